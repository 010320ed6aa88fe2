"""APPEND (RFC 3501 §6.3.11): everything before the message itself.

Theory:
    The message does not become a value: the machine offers the head as an event, the
    room accepts or refuses it, and the octets follow as chunks. The name of the
    mailbox may be a literal too, so the machine asks `parse_head` at every literal
    whether this one is the message.
"""

import re
from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.types.dates import parse_date_time
from mailmax.wire.imap.types.flags import Flags
from mailmax.wire.imap.types.malformed import Malformed

_MESSAGE = re.compile(rb"\{([0-9]{1,10})(\+?)\}")


@dataclass(frozen=True, slots=True)
class Append:
    """Put a message of so many octets into a mailbox."""

    mailbox: str
    flags: Flags
    internal_date_ms: int | None
    size: int
    synchronizing: bool = True
    """The client waits to be asked for the octets."""


@dataclass(frozen=True, slots=True)
class AppendChunk:
    """The next octets of the message."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class AppendEnd:
    """The message is whole: answer the command."""


@dataclass(frozen=True, slots=True)
class AppendAbandoned:
    """The command was misspelt after the message; the machine has answered it."""


# append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
def parse_head(cursor: Cursor) -> Append:
    """Read up to the announcement of the message, which must be the last thing.

    Raises:
        Malformed: It does not follow the grammar.
    """
    cursor.space()
    mailbox = cursor.mailbox()
    cursor.space()
    flags = Flags()
    if cursor.next_is(b"("):
        flags = cursor.flag_list()
        cursor.space()
    date = None
    if cursor.next_is(b'"'):
        date = parse_date_time(cursor.string())
        cursor.space()
    found = _MESSAGE.fullmatch(cursor.text, cursor.at)
    if not found:
        raise Malformed("literal expected")
    return Append(mailbox, flags, date, int(found[1]), synchronizing=not found[2])


def parse(_cursor: Cursor) -> Append:
    """Refuse an APPEND that came without a literal.

    Raises:
        Malformed: Always.
    """
    raise Malformed("literal expected")
