"""STATUS (RFC 3501 §6.3.10; RFC 7162 §3.1.7)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.types.malformed import Malformed

ITEMS = frozenset(
    {b"MESSAGES", b"RECENT", b"UIDNEXT", b"UIDVALIDITY", b"UNSEEN", b"HIGHESTMODSEQ"}
)


@dataclass(frozen=True, slots=True)
class Status:
    """How does a mailbox stand, without opening it?"""

    mailbox: str
    items: tuple[bytes, ...]
    """Upper case, in the order asked, each once."""


# status     = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
# status-att = "MESSAGES" / "RECENT" / "UIDNEXT" / "UIDVALIDITY" / "UNSEEN" /
#              "HIGHESTMODSEQ"
def parse(cursor: Cursor) -> Status:
    """Read name and items."""
    cursor.space()
    mailbox = cursor.mailbox()
    cursor.space()
    cursor.require(b"(")
    items: dict[bytes, None] = {}
    while True:
        item = cursor.word()
        if item not in ITEMS:
            raise Malformed("unknown status item")
        items[item] = None
        if not cursor.take(b" "):
            break
    cursor.require(b")")
    cursor.end()
    return Status(mailbox, tuple(items))
