"""SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2; RFC 7162 §3.1.8)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.types.malformed import Malformed


@dataclass(frozen=True, slots=True)
class Select:
    """Open a mailbox."""

    mailbox: str
    read_only: bool = False
    """EXAMINE."""
    condstore: bool = False


# select        = "SELECT" SP mailbox [select-params]
# select-params = SP "(" select-param *(SP select-param) ")"
# select-param  = "CONDSTORE"
def parse(cursor: Cursor) -> Select:
    """Read SELECT's arguments."""
    return Select(*_arguments(cursor))


# examine = "EXAMINE" SP mailbox [select-params]
def parse_examine(cursor: Cursor) -> Select:
    """Read EXAMINE's arguments."""
    mailbox, _, condstore = _arguments(cursor)
    return Select(mailbox, read_only=True, condstore=condstore)


def _arguments(cursor: Cursor) -> tuple[str, bool, bool]:
    cursor.space()
    mailbox = cursor.mailbox()
    condstore = False
    if cursor.take(b" ("):
        while True:
            if cursor.word() != b"CONDSTORE":
                raise Malformed("unknown SELECT parameter")
            condstore = True
            if not cursor.take(b" "):
                break
        cursor.require(b")")
    cursor.end()
    return mailbox, False, condstore
