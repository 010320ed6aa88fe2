"""Forms in which passwords are kept: how each is made and checked.

Theory:
    New passwords become Argon2id. Imported ones may be hashes of the SHA family, with
    or without salt, or Argon2. A fast hash does not stay so: it is wrapped, that is,
    kept as Argon2id over its digest, until the user logs in and the password is
    known. The wrapped form is ``{WRAP-SCHEME}salt:argon2``, the salt in base64.
    Where the administrator wants it so, a password is kept as ``{CLEAR}password``.
    A blank one is kept as nothing at all.

Rules:
    Each check costs exactly one Argon2 computation, whatever the form, so that time
    tells nothing (TRUST G3). A form that cannot be checked here is refused by name
    when it is imported. No form cuts a password short (TRUST G8).

Limits:
    Argon2id with t=2, 19 MiB, p=1 (OWASP): 17 to 40 ms. Imported Argon2 at most 64 MiB
    and t=10.

Standards:
    RFC 9106 (Argon2), RFC 2307 §5.3 (schemes in braces), RFC 8265 §4 (NFC).
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from mailmax.settings.field import BadValue

HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
LONGEST_PASSWORD_OCTETS = 1_024
LONGEST_HASH = 1_024


def _make_dummy() -> str:
    """Write a hash that was never computed, so that starting costs none."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(octets)).decode().rstrip("=")
        for octets in (HASHER.salt_len, HASHER.hash_len)
    )
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


DUMMY = _make_dummy()
"""Checked for users who do not exist: no password fits it, and it costs the same."""

_SHA = {
    "SHA": ("sha1", 20, False),
    "SSHA": ("sha1", 20, True),
    "SHA256": ("sha256", 32, False),
    "SSHA256": ("sha256", 32, True),
    "SHA512": ("sha512", 64, False),
    "SSHA512": ("sha512", 64, True),
}
"""Scheme: algorithm, octets of the digest, whether a salt follows."""

KEPT_CLEAR = "{CLEAR}"
_CLEAR = frozenset({"PLAIN", "CLEARTEXT", "CLEAR"})
_MOST_MEMORY_KIB = 64 * 1024
_MOST_TIME = 10
_IMPORT_SALT_OCTETS = 16


@dataclass(frozen=True, slots=True)
class Imported:
    """What an imported password field means."""

    clear: str = ""
    """A password in clear text; else `kept` holds."""
    kept: str = ""
    """A hash in a form that can be checked here."""
    is_fast: bool = False
    """It should be wrapped."""


def check_new_password(password: str) -> BadValue | None:
    """Say what is wrong with a password that somebody chooses; None when good."""
    if not password:
        return BadValue("password", "it is blank", "give at least one character")
    if any(c.isspace() for c in password):
        return BadValue("password", "it contains a space", "leave spaces out")
    if any(unicodedata.category(c) == "Cc" for c in password):
        return BadValue("password", "it contains a control character", "leave it out")
    if len(password.encode("utf-8", "replace")) > LONGEST_PASSWORD_OCTETS:
        return BadValue(
            "password", "it is too long", f"give at most {LONGEST_PASSWORD_OCTETS}"
        )
    if any("\ud800" <= c <= "\udfff" for c in password):
        return BadValue("password", "it is not text", "give it as UTF-8")
    return None


def is_possible(password: str) -> bool:
    """Tell whether it is worth checking: within limits, no NUL, valid text."""
    try:
        octets = password.encode()
    except UnicodeEncodeError:
        return False
    return 0 < len(octets) <= LONGEST_PASSWORD_OCTETS and b"\0" not in octets


def make_hash(password: str) -> str:
    """Make the Argon2id hash of a password; slow on purpose."""
    return HASHER.hash(_canonical(password))


def keep_clear(password: str) -> str:
    """Keep a password for everybody to see who sees the database (GEN-5)."""
    return KEPT_CLEAR + unicodedata.normalize("NFC", password)


def clear_of(kept: str) -> str | None:
    """Return the password that is kept in clear text; None where it is not."""
    return kept.removeprefix(KEPT_CLEAR) if kept.startswith(KEPT_CLEAR) else None


def make_verifier(password: str) -> str:
    """Make a salted SHA-256 verifier: quick, to be wrapped later (DESIGN 8)."""
    salt = secrets.token_bytes(_IMPORT_SALT_OCTETS)
    digest = hashlib.sha256(_canonical(password) + salt).digest()
    return f"{{SSHA256}}{base64.b64encode(digest + salt).decode()}"


def read_import(text: str) -> Imported | BadValue:
    """Find out what the password field of an imported user is.

    Args:
        text: A clear password, or a hash that begins with ``{SCHEME}`` or ``$``.
    """
    if not text.startswith(("{", "$")):
        return check_new_password(text) or Imported(clear=text)
    if len(text) > LONGEST_HASH:
        return BadValue("password", "the hash is too long", "look at that line")
    scheme, rest = _scheme_of(text)
    if scheme in _CLEAR:
        return check_new_password(rest) or Imported(clear=rest)
    if scheme in _SHA:
        return _read_sha(scheme, rest)
    if scheme in ("ARGON2ID", "ARGON2I", "ARGON2D", "ARGON2"):
        return _read_argon2(rest)
    return BadValue(
        "password",
        f"hashes of the form {scheme} cannot be checked here",
        "give a clear password, SHA, SSHA, SHA256, SSHA256, SHA512, SSHA512 or Argon2",
    )


def wrap(kept: str) -> str:
    """Put a fast hash under Argon2id; slow on purpose.

    Args:
        kept: As `read_import` or `make_verifier` gave it.
    """
    scheme, rest = _scheme_of(kept)
    digest, salt = _take_apart(scheme, rest)
    over = HASHER.hash(digest)
    return f"{{WRAP-{scheme}}}{base64.b64encode(salt).decode()}:{over}"


def is_wanted(kept: str, *, in_clear: bool = False) -> bool:
    """Tell whether it is of the form that new passwords get."""
    if in_clear:
        return kept.startswith(KEPT_CLEAR)
    return kept.startswith("$argon2id$") and not HASHER.check_needs_rehash(kept)


def verify(kept: str, password: str) -> bool:
    """Check a password; a wrong one costs the same Argon2 computations in any case.

    They are one, and two of a password that is not in its composed form (NFC): as it
    came, too.

    Args:
        kept: The form in which it is kept.
        password: Within the limits of `is_possible`.
    """
    if kept.startswith("$argon2"):
        return _argon2(kept, _canonical(password)) or (
            not unicodedata.is_normalized("NFC", password)
            and _argon2(kept, password.encode())
        )
    if not unicodedata.is_normalized("NFC", password):
        _argon2(DUMMY, password.encode())
    scheme, rest = _scheme_of(kept)
    wrapped = scheme.removeprefix("WRAP-")
    if wrapped != scheme:
        coded, _, over = rest.partition(":")
        return _argon2(over, _digest(wrapped, password, base64.b64decode(coded)))
    _argon2(DUMMY, password.encode())
    clear = clear_of(kept)
    if clear is not None:
        return hmac.compare_digest(clear.encode(), _canonical(password))
    if not kept:
        return False
    digest, salt = _take_apart(scheme, rest)
    return hmac.compare_digest(digest, _digest(scheme, password, salt))


def _canonical(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode()


def _argon2(kept: str, secret: bytes) -> bool:
    try:
        return HASHER.verify(kept, secret)
    except (VerificationError, InvalidHashError):
        return False


def _digest(scheme: str, password: str, salt: bytes) -> bytes:
    algorithm, _, _ = _SHA[scheme]
    return hashlib.new(algorithm, _canonical(password) + salt).digest()


def _scheme_of(text: str) -> tuple[str, str]:
    """Take ``{SCHEME}rest`` or ``$scheme$rest`` apart; the scheme in upper case."""
    if text.startswith("{"):
        scheme, _, rest = text[1:].partition("}")
        scheme = scheme.upper()
        if scheme == "CRYPT":
            return _scheme_of(rest) if rest.startswith("$") else (scheme, rest)
        return scheme[:40], rest
    return text[1:].partition("$")[0].upper()[:40], text


def _read_sha(scheme: str, rest: str) -> Imported | BadValue:
    _, length, is_salted = _SHA[scheme]
    try:
        raw = base64.b64decode(rest, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) < length or (len(raw) > length) != is_salted:
        return BadValue(
            "password", f"it is not a hash of the form {scheme}", "look at that line"
        )
    return Imported(kept=f"{{{scheme}}}{rest}", is_fast=True)


def _take_apart(scheme: str, rest: str) -> tuple[bytes, bytes]:
    raw = base64.b64decode(rest)
    length = _SHA[scheme][1]
    return raw[:length], raw[length:]


def _read_argon2(text: str) -> Imported | BadValue:
    bad = BadValue("password", "it is not a usable Argon2 hash", "look at that line")
    try:
        found = argon2.extract_parameters(text)
    except (InvalidHashError, ValueError):
        return bad
    if found.memory_cost > _MOST_MEMORY_KIB or found.time_cost > _MOST_TIME:
        return BadValue(
            "password",
            "checking this Argon2 hash would take too much memory or time",
            f"give one of at most {_MOST_MEMORY_KIB} KiB and {_MOST_TIME} rounds",
        )
    return Imported(kept=text)
