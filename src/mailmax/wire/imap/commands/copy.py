"""COPY and MOVE, also by UID (RFC 3501 §6.4.7, RFC 6851 §3.1)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.types.sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy messages into another mailbox, or move them there."""

    messages: SequenceSet
    mailbox: str
    by_uid: bool = False
    move: bool = False


# copy = "COPY" SP sequence-set SP mailbox
def parse(cursor: Cursor) -> Copy:
    """Read COPY's arguments."""
    return Copy(*_arguments(cursor))


# uid = "UID" SP copy
def parse_uid(cursor: Cursor) -> Copy:
    """Read UID COPY's arguments."""
    return Copy(*_arguments(cursor), by_uid=True)


# move = "MOVE" SP sequence-set SP mailbox
def parse_move(cursor: Cursor) -> Copy:
    """Read MOVE's arguments."""
    return Copy(*_arguments(cursor), move=True)


# uid = "UID" SP move
def parse_uid_move(cursor: Cursor) -> Copy:
    """Read UID MOVE's arguments."""
    return Copy(*_arguments(cursor), by_uid=True, move=True)


def _arguments(cursor: Cursor) -> tuple[SequenceSet, str]:
    cursor.space()
    messages = cursor.sequence_set()
    cursor.space()
    mailbox = cursor.mailbox()
    cursor.end()
    return messages, mailbox
