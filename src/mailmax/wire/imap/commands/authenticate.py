"""AUTHENTICATE (RFC 3501 §6.2.2, RFC 4959): its first line."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Begin a SASL dialogue; the machine holds it and makes a `Login` of it."""

    mechanism: bytes
    """Upper case."""
    initial: bytes | None = None
    """Initial response in base64; ``=`` is an empty one."""


# authenticate = "AUTHENTICATE" SP auth-type [SP (base64 / "=")] *(CRLF base64)
def parse(cursor: Cursor) -> Authenticate:
    """Read the mechanism and the initial response."""
    cursor.space()
    mechanism = cursor.word()
    initial = None
    if cursor.take(b" "):
        initial = cursor.text[cursor.at :]
        cursor.at = len(cursor.text)
    return Authenticate(mechanism, initial)
