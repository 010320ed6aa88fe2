"""A login by SASL, one response at a time.

Theory:
    A mechanism is an object with one verb: `step` takes what the client sent (None
    when there was no initial response) and gives the next challenge (octets), or
    `Credentials` to be verified, or a `SaslFault`. Base64 is done here, since SMTP,
    POP3 and IMAP all wrap it alike.

Rules:
    Passwords and responses are in no repr.
    ``*`` alone cancels; ``=`` alone as initial response is an empty one. Anything
    that is not canonical base64 (spaces, wrong padding, line breaks) is refused.

Limits:
    A response is at most 12,288 octets on the wire (RFC 4954 §4.3), a password 1,024
    octets, names 512 (TRUST G8).

Standards:
    RFC 4422 §3 (framework), RFC 4954 §4 (SMTP), RFC 5034 (POP3), RFC 3501 §6.2.2.
"""

import binascii
import stringprep
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

RESPONSE_LIMIT = 12288
PASSWORD_LIMIT = 1024
NAME_LIMIT = 512


class SaslFault(Enum):
    """Why an exchange ends without credentials."""

    MALFORMED = auto()
    CANCELLED = auto()
    NOT_ONESELF = auto()
    """An authorization identity other than the authentication identity."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login name and a password to be verified."""

    login_name: str
    password: str = field(repr=False)


class Exchange(Protocol):
    """One mechanism at work."""

    def step(self, response: bytes | None) -> bytes | Credentials | SaslFault:
        """Take a response; give a challenge, credentials or a fault."""


def decode_response(line: bytes, *, initial: bool = False) -> bytes | SaslFault:
    """Decode one response as it stands on the wire.

    Args:
        line: Without CR LF.
        initial: It stood on the command's own line, where ``=`` is "empty".
    """
    if initial and line == b"=":
        return b""
    if line == b"*":
        return SaslFault.CANCELLED
    if len(line) > RESPONSE_LIMIT:
        return SaslFault.MALFORMED
    try:
        response = binascii.a2b_base64(line, strict_mode=True)
    except binascii.Error:
        return SaslFault.MALFORMED
    # Strict as it is, it passes over padding behind the end and over stray bits.
    return response if encode_challenge(response) == line else SaslFault.MALFORMED


def encode_challenge(challenge: bytes) -> bytes:
    """Encode a challenge for the wire."""
    return binascii.b2a_base64(challenge, newline=False)


def check_credentials(name: bytes, password: bytes) -> Credentials | SaslFault:
    """Make credentials of what may be a name and a password (RFC 4616 §2)."""
    if not name or not password:
        return SaslFault.MALFORMED
    if len(name) > NAME_LIMIT or len(password) > PASSWORD_LIMIT:
        return SaslFault.MALFORMED
    try:
        credentials = Credentials(name.decode(), password.decode())
    except UnicodeDecodeError:
        return SaslFault.MALFORMED
    if _is_prohibited(credentials.login_name) or _is_prohibited(credentials.password):
        return SaslFault.MALFORMED
    return credentials


_PROHIBITED = (
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def _is_prohibited(text: str) -> bool:
    """Tell whether SASLprep prohibits a character of it (RFC 4013 §2.3)."""
    if text.isascii():
        return not text.isprintable()
    return any(table(c) for c in text for table in _PROHIBITED)
