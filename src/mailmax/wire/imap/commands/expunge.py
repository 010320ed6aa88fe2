r"""EXPUNGE and UID EXPUNGE (RFC 3501 §6.4.3, RFC 4315 §2.1)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.types.sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Expunge:
    r"""Remove what is \Deleted."""

    uids: SequenceSet | None = None
    """Only among these (UID EXPUNGE)."""


# expunge = "EXPUNGE"  ; RFC 3501 §9
def parse(cursor: Cursor) -> Expunge:
    """Read EXPUNGE's arguments: there are none."""
    cursor.end()
    return Expunge()


# uid-expunge = "UID" SP "EXPUNGE" SP sequence-set
def parse_uid(cursor: Cursor) -> Expunge:
    """Read UID EXPUNGE's arguments."""
    cursor.space()
    uids = cursor.sequence_set()
    cursor.end()
    return Expunge(uids)
