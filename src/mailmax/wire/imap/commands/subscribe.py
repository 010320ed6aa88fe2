"""SUBSCRIBE (RFC 3501 §6.3.6)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Put a name on the list of LSUB."""

    mailbox: str


# subscribe = "SUBSCRIBE" SP mailbox
def parse(cursor: Cursor) -> Subscribe:
    """Read the name."""
    cursor.space()
    mailbox = cursor.mailbox()
    cursor.end()
    return Subscribe(mailbox)
