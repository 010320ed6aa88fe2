"""STARTTLS (RFC 3501 §6.2.1)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class StartTls:
    """Go on under TLS."""


# starttls = "STARTTLS"  ; RFC 3501 §9
def parse(cursor: Cursor) -> StartTls:
    """Read the arguments: there are none."""
    cursor.end()
    return StartTls()
