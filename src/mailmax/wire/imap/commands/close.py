"""CLOSE (RFC 3501 §6.4.2)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Close:
    """Leave the mailbox; remove what is marked as deleted without a word."""


# close = "CLOSE"  ; RFC 3501 §9
def parse(cursor: Cursor) -> Close:
    """Read the arguments: there are none."""
    cursor.end()
    return Close()
