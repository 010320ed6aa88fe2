"""Codes that an authenticator shows: one every thirty seconds.

Theory:
    HOTP (RFC 4226) of the number of the thirty-second step. A clock may be one step
    off either way. `matching_step` names the step, so that the caller can see to it
    that none is used twice (RFC 6238 §5.2).

Standards: RFC 4226 §5.3, RFC 6238 §4, §5.2; key URI format of authenticators.
"""

import hmac
import secrets
from base64 import b32decode, b32encode
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
DRIFT_STEPS = 1
SECRET_OCTETS = 20
"""As long as the hash's output (RFC 4226 §4, R6)."""


def make_secret() -> str:
    """Return a new secret in Base32."""
    return b32encode(secrets.token_bytes(SECRET_OCTETS)).decode("ascii")


def code_at(secret: str, step: int, digits: int = DIGITS) -> str:
    """Return the code of a step (RFC 4226 §5.3).

    Args:
        secret: In Base32.
        step: Unix time divided by `STEP_S`.
        digits: How long it is.
    """
    digest = hmac.digest(b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def is_code(text: str) -> bool:
    """Tell whether it can be one; else it may be a recovery code."""
    return len(text) == DIGITS and text.isascii() and text.isdecimal()


def matching_step(secret: str, code: str, now: float) -> int | None:
    """Return the step whose code that is; None: of none around now."""
    here = int(now) // STEP_S
    found: int | None = None
    for step in range(here - DRIFT_STEPS, here + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            found = step
    return found


def uri(secret: str, address: str, system: str) -> str:
    """Return what authenticators read: otpauth://totp/… (a URI)."""
    label = quote(f"{system}:{address}", safe="")
    issuer = quote(system, safe="")
    return f"otpauth://totp/{label}?secret={secret}&issuer={issuer}"
