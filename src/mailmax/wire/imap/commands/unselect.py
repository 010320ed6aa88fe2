"""UNSELECT (RFC 3691 §2)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Unselect:
    """Leave the mailbox; remove nothing."""


# unselect = "UNSELECT"  ; RFC 3691 §4
def parse(cursor: Cursor) -> Unselect:
    """Read the arguments: there are none."""
    cursor.end()
    return Unselect()
