"""DELETE (RFC 3501 §6.3.4)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a mailbox with its messages."""

    mailbox: str


# delete = "DELETE" SP mailbox
def parse(cursor: Cursor) -> Delete:
    """Read the name."""
    cursor.space()
    mailbox = cursor.mailbox()
    cursor.end()
    return Delete(mailbox)
