"""RENAME (RFC 3501 §6.3.5)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a mailbox, and all below it, another name."""

    mailbox: str
    new_name: str


# rename = "RENAME" SP mailbox SP mailbox
def parse(cursor: Cursor) -> Rename:
    """Read both names."""
    cursor.space()
    mailbox = cursor.mailbox()
    cursor.space()
    new_name = cursor.mailbox()
    cursor.end()
    return Rename(mailbox, new_name)
