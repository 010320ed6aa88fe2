"""STORE and UID STORE (RFC 3501 §6.4.6, RFC 7162 §3.1.3)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.types.flags import Flags
from mailmax.wire.imap.types.malformed import Malformed
from mailmax.wire.imap.types.sequence import SequenceSet

_ITEMS = {
    b"FLAGS": ("=", False),
    b"FLAGS.SILENT": ("=", True),
    b"+FLAGS": ("+", False),
    b"+FLAGS.SILENT": ("+", True),
    b"-FLAGS": ("-", False),
    b"-FLAGS.SILENT": ("-", True),
}


@dataclass(frozen=True, slots=True)
class Store:
    """Change flags."""

    messages: SequenceSet
    mode: str
    """``=`` replaces, ``+`` adds, ``-`` takes away."""
    flags: Flags
    silent: bool = False
    by_uid: bool = False
    unchanged_since: int | None = None


# store           = "STORE" SP sequence-set [SP store-modifiers] SP store-att-flags
# store-modifiers = "(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")"
# store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP
#                   (flag-list / (flag *(SP flag)))
def parse(cursor: Cursor) -> Store:
    """Read STORE's arguments."""
    return _arguments(cursor, by_uid=False)


# uid = "UID" SP store
def parse_uid(cursor: Cursor) -> Store:
    """Read UID STORE's arguments."""
    return _arguments(cursor, by_uid=True)


def _arguments(cursor: Cursor, *, by_uid: bool) -> Store:
    cursor.space()
    messages = cursor.sequence_set()
    cursor.space()
    unchanged_since = None
    if cursor.take(b"("):
        if cursor.word() != b"UNCHANGEDSINCE":
            raise Malformed("unknown STORE modifier")
        cursor.space()
        unchanged_since = cursor.modseq()
        cursor.require(b")")
        cursor.space()
    item = _ITEMS.get(cursor.word())
    if item is None:
        raise Malformed("unknown STORE item")
    cursor.space()
    flags = cursor.flag_list() if cursor.next_is(b"(") else cursor.flags()
    cursor.end()
    mode, silent = item
    return Store(messages, mode, flags, silent, by_uid, unchanged_since)
