"""What is kept of a user's password: a hash, and SCRAM keys beside it.

Theory:
    SCRAM's keys are made while the password is at hand: when it is set, and at the
    first login of a user who was imported. They give a thief of the database no more
    than a hash does, but cannot be made of one.

Standards:
    RFC 5802 §3, RFC 7677 §4 (at least 4,096 rounds).
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from scramp import (  # type: ignore[import-untyped]
    ScramException,
    ScramMechanism,
)

from mailmax.datamax import schemes
from mailmax.datamax.apop import ApopSecrets
from mailmax.settings.field import BadValue

SCRAM_ROUNDS = 4_096
_SCRAM = ScramMechanism("SCRAM-SHA-256")


Keeping = Literal["hashed", "encrypted", "clear"]
"""How passwords are kept (GEN-5)."""


@dataclass(frozen=True, slots=True)
class Credential:
    """The columns of one user's credentials."""

    password_hash: str
    needs_wrapping: bool = False
    scram_salt: bytes | None = None
    scram_rounds: int | None = None
    scram_stored_key: bytes | None = None
    scram_server_key: bytes | None = None
    to_encrypt: str = field(default="", repr=False)
    """The password, where an encrypted copy of it is to be kept."""

    def columns(self) -> dict[str, Any]:
        """Return them as the database wants them."""
        return {
            "password_hash": self.password_hash,
            "needs_wrapping": self.needs_wrapping,
            "scram_salt": self.scram_salt,
            "scram_rounds": self.scram_rounds,
            "scram_stored_key": self.scram_stored_key,
            "scram_server_key": self.scram_server_key,
        }


BLANK = Credential("")
"""Of a user without a password (GEN-6)."""


def of_password(password: str, keeping: Keeping = "hashed") -> Credential:
    """Make all that is kept of a password; slow on purpose."""
    in_clear = keeping == "clear"
    hashed = schemes.keep_clear(password) if in_clear else schemes.make_hash(password)
    to_encrypt = password if keeping == "encrypted" else ""
    try:
        salt, stored, server, rounds = _SCRAM.make_auth_info(
            password, iteration_count=SCRAM_ROUNDS
        )
    except (ValueError, ScramException):
        # SASLprep (RFC 4013) has no form of it, as of what is newer than Unicode 3.2:
        # no SCRAM with it.
        return Credential(hashed, to_encrypt=to_encrypt)
    return Credential(
        hashed,
        scram_salt=salt,
        scram_rounds=rounds,
        scram_stored_key=stored,
        scram_server_key=server,
        to_encrypt=to_encrypt,
    )


def of_field(text: str, keeping: Keeping = "hashed") -> Credential | BadValue:
    """Make what is kept of a password or hash that an administrator gives; slow."""
    read = schemes.read_import(text)
    if isinstance(read, BadValue):
        return read
    return of_password(read.clear, keeping) if read.clear else _of_kept(read)


def of_import(text: str) -> Credential | BadValue:
    """Make what is kept of one line of many, at once: a clear one as a verifier."""
    read = schemes.read_import(text)
    if isinstance(read, BadValue):
        return read
    if read.clear:
        return Credential(schemes.make_verifier(read.clear), needs_wrapping=True)
    return _of_kept(read)


def _of_kept(read: schemes.Imported) -> Credential:
    return Credential(read.kept, needs_wrapping=read.is_fast)


def kept_columns(
    credential: Credential,
    user_id: int,
    apop: ApopSecrets,
    old_secret: bytes | None = None,
) -> dict[str, Any]:
    """Return a user's columns: with an encrypted copy, where there is to be one.

    Args:
        credential: What is kept.
        user_id: Of whom.
        apop: Encrypts.
        old_secret: What was kept so far: it stays where it is no copy of a password.
    """
    secret = None
    if old_secret and not apop.is_password(user_id, old_secret):
        secret = old_secret
    elif credential.to_encrypt:
        secret = apop.encrypt(user_id, credential.to_encrypt, is_password=True)
    return {**credential.columns(), "apop_secret": secret}
