"""UNSUBSCRIBE (RFC 3501 §6.3.7)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Take a name off the list of LSUB."""

    mailbox: str


# unsubscribe = "UNSUBSCRIBE" SP mailbox
def parse(cursor: Cursor) -> Unsubscribe:
    """Read the name."""
    cursor.space()
    mailbox = cursor.mailbox()
    cursor.end()
    return Unsubscribe(mailbox)
