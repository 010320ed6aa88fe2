"""LOGOUT (RFC 3501 §6.1.3)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Logout:
    """Good-bye."""


# logout = "LOGOUT"  ; RFC 3501 §9
def parse(cursor: Cursor) -> Logout:
    """Read the arguments: there are none."""
    cursor.end()
    return Logout()
