"""SEARCH and UID SEARCH (RFC 3501 §6.4.4, RFC 4731 ESEARCH, RFC 7162 §3.1.5).

Theory:
    Keys nest, so their parser keeps its own stack: a frame for each ``NOT``, ``OR``
    and ``(`` that is still open. A finished key is handed to the innermost frame,
    which may be finished by it, and so on outward.

Limits:
    50 frames (TRUST E4); nobody who searches needs ten.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from mailmax.wire.imap.codec.cursor import Cursor, decode_utf8
from mailmax.wire.imap.types.dates import parse_day
from mailmax.wire.imap.types.flags import SYSTEM_FLAGS
from mailmax.wire.imap.types.malformed import Malformed, Unacceptable
from mailmax.wire.imap.types.search_keys import (
    And,
    DayIs,
    Everything,
    HasFlag,
    HasKeyword,
    HeaderHas,
    InSet,
    IsRecent,
    ModSeqFrom,
    Not,
    Or,
    SearchKey,
    SizeIs,
    TextHas,
)

DEEPEST = 50
CHARSETS = frozenset({b"US-ASCII", b"UTF-8"})
RESULTS = frozenset({b"MIN", b"MAX", b"ALL", b"COUNT"})


@dataclass(frozen=True, slots=True)
class Search:
    """Which messages fit?"""

    key: SearchKey
    by_uid: bool = False
    results: frozenset[bytes] | None = None
    """MIN, MAX, ALL, COUNT; None: a plain SEARCH response."""


# search = "SEARCH" [SP search-return-opts] [SP "CHARSET" SP astring] 1*(SP search-key)
def parse(cursor: Cursor) -> Search:
    """Read SEARCH's arguments."""
    return _arguments(cursor, by_uid=False)


# uid = "UID" SP search
def parse_uid(cursor: Cursor) -> Search:
    """Read UID SEARCH's arguments."""
    return _arguments(cursor, by_uid=True)


def _arguments(cursor: Cursor, *, by_uid: bool) -> Search:
    cursor.space()
    results = _results(cursor)
    if cursor.text[cursor.at : cursor.at + 8].upper() == b"CHARSET ":
        cursor.at += 8
        if cursor.astring().upper() not in CHARSETS:
            raise Unacceptable("unknown charset", "BADCHARSET (US-ASCII UTF-8)")
        cursor.space()
    return Search(_keys(cursor), by_uid, results)


# search-return-opts = "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
def _results(cursor: Cursor) -> frozenset[bytes] | None:
    if cursor.text[cursor.at : cursor.at + 8].upper() != b"RETURN (":
        return None
    cursor.at += 8
    results: set[bytes] = set()
    if not cursor.take(b")"):
        while True:
            results.add(cursor.word())
            if not cursor.take(b" "):
                break
        cursor.require(b")")
    if not results <= RESULTS:
        raise Malformed("unknown RETURN option")
    cursor.space()
    return frozenset(results) or frozenset({b"ALL"})


class _Kind(Enum):
    TOP = auto()
    LIST = auto()
    NOT = auto()
    OR = auto()


@dataclass(slots=True)
class _Frame:
    kind: _Kind
    keys: list[SearchKey] = field(default_factory=list)


# search-key = … / "NOT" SP search-key / "OR" SP search-key SP search-key /
#              "(" search-key *(SP search-key) ")"
def _keys(cursor: Cursor) -> SearchKey:
    frames = [_Frame(_Kind.TOP)]
    while frames:
        if len(frames) > DEEPEST:
            raise Malformed("search keys nest too deep")
        opened = _opening(cursor)
        if opened is not None:
            frames.append(_Frame(opened))
            continue
        key: SearchKey | None = _leaf(cursor)
        while key is not None:
            frame = frames[-1]
            frame.keys.append(key)
            key = _finished(frame, cursor)
            if key is not None:
                frames.pop()
                if not frames:
                    return key
    raise Malformed("search key expected")


def _opening(cursor: Cursor) -> _Kind | None:
    """Take what opens a frame, if that is next."""
    if cursor.take(b"("):
        return _Kind.LIST
    next_word = cursor.text[cursor.at : cursor.at + 4].upper()
    if next_word == b"NOT ":
        cursor.at += 4
        return _Kind.NOT
    if next_word[:3] == b"OR ":
        cursor.at += 3
        return _Kind.OR
    return None


def _finished(frame: _Frame, cursor: Cursor) -> SearchKey | None:
    """Return the frame's key when it is whole; otherwise take the space after."""
    keys = frame.keys
    if frame.kind is _Kind.NOT:
        return Not(keys[0])
    if frame.kind is _Kind.OR:
        if len(keys) == 2:
            return Or(keys[0], keys[1])
    elif cursor.at_end if frame.kind is _Kind.TOP else cursor.take(b")"):
        return keys[0] if len(keys) == 1 else And(tuple(keys))
    cursor.space()
    return None


def _leaf(cursor: Cursor) -> SearchKey:
    if cursor.text[cursor.at : cursor.at + 1] in _SET_STARTS:
        return InSet(cursor.sequence_set(), by_uid=False)
    word = cursor.word()
    plain = _PLAIN.get(word)
    if plain is not None:
        return plain
    reader = _READERS.get(word)
    if reader is None:
        raise Malformed("unknown search key")
    cursor.space()
    return reader(cursor)


_SET_STARTS = frozenset(bytes([sign]) for sign in b"0123456789*")

_PLAIN: dict[bytes, SearchKey] = {
    b"ALL": Everything(),
    b"NEW": And((IsRecent(present=True), HasFlag(1, present=False))),
    b"OLD": IsRecent(present=False),
    b"RECENT": IsRecent(present=True),
}
for _name, _bit in SYSTEM_FLAGS.items():
    _PLAIN[_name[1:]] = HasFlag(_bit, present=True)
    _PLAIN[b"UN" + _name[1:]] = HasFlag(_bit, present=False)


def _needle(cursor: Cursor) -> str:
    return decode_utf8(cursor.astring()).lower()


def _day(cursor: Cursor) -> int:
    quoted = cursor.take(b'"')
    day = parse_day(cursor.atom())
    if quoted:
        cursor.require(b'"')
    return day


def _header(name: bytes) -> Callable[[Cursor], SearchKey]:
    return lambda cursor: HeaderHas(name, _needle(cursor))


def _any_header(cursor: Cursor) -> SearchKey:
    name = cursor.astring().lower()
    cursor.space()
    return HeaderHas(name, _needle(cursor))


def _keyword(cursor: Cursor, *, present: bool) -> SearchKey:
    return HasKeyword(cursor.atom().decode("ascii"), present)


def _before(cursor: Cursor, *, sent: bool) -> SearchKey:
    return DayIs(sent, None, _day(cursor))


def _on(cursor: Cursor, *, sent: bool) -> SearchKey:
    day = _day(cursor)
    return DayIs(sent, day, day + 1)


def _since(cursor: Cursor, *, sent: bool) -> SearchKey:
    return DayIs(sent, _day(cursor), None)


# MODSEQ [SP entry-name SP entry-type-req] SP mod-sequence-valzer
def _modseq(cursor: Cursor) -> SearchKey:
    if cursor.next_is(b'"'):
        # Only one mod-sequence is kept a message, so all entries answer alike.
        cursor.string()
        cursor.space()
        if cursor.word() not in {b"PRIV", b"SHARED", b"ALL"}:
            raise Malformed("unknown entry type")
        cursor.space()
    return ModSeqFrom(cursor.modseq())


_READERS: dict[bytes, Callable[[Cursor], SearchKey]] = {
    b"FROM": _header(b"from"),
    b"TO": _header(b"to"),
    b"CC": _header(b"cc"),
    b"BCC": _header(b"bcc"),
    b"SUBJECT": _header(b"subject"),
    b"HEADER": _any_header,
    b"BODY": lambda cursor: TextHas(_needle(cursor), header_too=False),
    b"TEXT": lambda cursor: TextHas(_needle(cursor), header_too=True),
    b"KEYWORD": lambda cursor: _keyword(cursor, present=True),
    b"UNKEYWORD": lambda cursor: _keyword(cursor, present=False),
    b"LARGER": lambda cursor: SizeIs(larger=True, octets=cursor.number()),
    b"SMALLER": lambda cursor: SizeIs(larger=False, octets=cursor.number()),
    b"BEFORE": lambda cursor: _before(cursor, sent=False),
    b"ON": lambda cursor: _on(cursor, sent=False),
    b"SINCE": lambda cursor: _since(cursor, sent=False),
    b"SENTBEFORE": lambda cursor: _before(cursor, sent=True),
    b"SENTON": lambda cursor: _on(cursor, sent=True),
    b"SENTSINCE": lambda cursor: _since(cursor, sent=True),
    b"UID": lambda cursor: InSet(cursor.sequence_set(), by_uid=True),
    b"MODSEQ": _modseq,
}
