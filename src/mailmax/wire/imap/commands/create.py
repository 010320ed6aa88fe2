"""CREATE (RFC 3501 §6.3.3)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Create:
    """Create a mailbox, and the parents it lacks."""

    mailbox: str
    """Without the delimiter that a client may put at the end (RFC 3501 §6.3.3)."""


# create = "CREATE" SP mailbox
def parse(cursor: Cursor) -> Create:
    """Read the name."""
    cursor.space()
    mailbox = cursor.mailbox()
    cursor.end()
    return Create(mailbox.removesuffix("/"))
