"""FETCH and UID FETCH (RFC 3501 §6.4.5, RFC 7162 §3.1.4).

Limits:
    Part numbers nest 100 deep at most; MIME itself is read 50 deep (TRUST §3).
"""

import re
from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.codec.encode import encode_astring
from mailmax.wire.imap.types.fetch_items import (
    Attribute,
    BodySection,
    FetchItem,
    Section,
)
from mailmax.wire.imap.types.malformed import Malformed
from mailmax.wire.imap.types.sequence import SequenceSet

DEEPEST_PART = 100

_NAME = re.compile(rb"[A-Za-z0-9.]+")
_PART = re.compile(rb"[0-9]+(?:\.[0-9]+)*")
_TEXTS = frozenset({b"HEADER", b"HEADER.FIELDS", b"HEADER.FIELDS.NOT", b"TEXT"})

_FAST = (Attribute.FLAGS, Attribute.INTERNALDATE, Attribute.RFC822_SIZE)
_MACROS = {
    b"FAST": _FAST,
    b"ALL": (*_FAST, Attribute.ENVELOPE),
    b"FULL": (*_FAST, Attribute.ENVELOPE, Attribute.BODY),
}
_WHOLE = {
    b"RFC822": BodySection(Section(), b"RFC822"),
    b"RFC822.HEADER": BodySection(Section((), "HEADER"), b"RFC822.HEADER", peek=True),
    b"RFC822.TEXT": BodySection(Section((), "TEXT"), b"RFC822.TEXT"),
}
_ATTRIBUTES = {attribute.value: attribute for attribute in Attribute}


@dataclass(frozen=True, slots=True)
class Fetch:
    """Send these items of these messages."""

    messages: SequenceSet
    items: tuple[FetchItem, ...]
    """In the order asked, each once."""
    by_uid: bool = False
    changed_since: int | None = None


# fetch           = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" /
#                   fetch-att / "(" fetch-att *(SP fetch-att) ")") [SP fetch-modifiers]
# fetch-modifiers = "(" "CHANGEDSINCE" SP mod-sequence-value ")"
def parse(cursor: Cursor) -> Fetch:
    """Read FETCH's arguments."""
    return _arguments(cursor, by_uid=False)


# uid = "UID" SP fetch
def parse_uid(cursor: Cursor) -> Fetch:
    """Read UID FETCH's arguments."""
    return _arguments(cursor, by_uid=True)


def _arguments(cursor: Cursor, *, by_uid: bool) -> Fetch:
    cursor.space()
    messages = cursor.sequence_set()
    cursor.space()
    items = _items(cursor)
    changed_since = None
    if cursor.take(b" ("):
        if cursor.word() != b"CHANGEDSINCE":
            raise Malformed("unknown FETCH modifier")
        cursor.space()
        changed_since = cursor.modseq()
        cursor.require(b")")
        items[Attribute.MODSEQ] = None  # implied, RFC 7162 §3.1.4.1
    cursor.end()
    if by_uid:
        items[Attribute.UID] = None  # always part of the answer, RFC 3501 §6.4.8
    return Fetch(messages, tuple(items), by_uid, changed_since)


def _items(cursor: Cursor) -> dict[FetchItem, None]:
    if not cursor.take(b"("):
        start = cursor.at
        macro = _MACROS.get(_name(cursor))
        if macro is not None:
            return dict.fromkeys(macro)
        cursor.at = start
        return {_item(cursor): None}
    items: dict[FetchItem, None] = {}
    while True:
        items[_item(cursor)] = None
        if not cursor.take(b" "):
            break
    cursor.require(b")")
    return items


# fetch-att = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822" [".HEADER" / ".SIZE" /
#             ".TEXT"] / "BODY" ["STRUCTURE"] / "UID" / "MODSEQ" /
#             "BODY" [".PEEK"] section ["<" number "." nz-number ">"]
def _item(cursor: Cursor) -> FetchItem:
    name = _name(cursor)
    if cursor.next_is(b"[") and name in {b"BODY", b"BODY.PEEK"}:
        return _body_section(cursor, peek=name == b"BODY.PEEK")
    item = _ATTRIBUTES.get(name) or _WHOLE.get(name)
    if item is None:
        raise Malformed("unknown FETCH item")
    return item


def _name(cursor: Cursor) -> bytes:
    found = _NAME.match(cursor.text, cursor.at)
    if not found:
        raise Malformed("FETCH item expected")
    cursor.at = found.end()
    return found[0].upper()


# section = "[" [section-spec] "]"
def _body_section(cursor: Cursor, *, peek: bool) -> BodySection:
    cursor.require(b"[")
    section = _section(cursor)
    cursor.require(b"]")
    label = b"BODY[%b]" % _encode_section(section)
    if not cursor.take(b"<"):
        return BodySection(section, label, peek)
    offset = cursor.number()
    cursor.require(b".")
    length = cursor.nz_number()
    cursor.require(b">")
    return BodySection(section, b"%b<%d>" % (label, offset), peek, offset, length)


# section-spec    = section-msgtext / (section-part ["." section-text])
# section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
# section-part    = nz-number *("." nz-number)
# section-text    = section-msgtext / "MIME"
def _section(cursor: Cursor) -> Section:
    found = _PART.match(cursor.text, cursor.at)
    part: tuple[int, ...] = ()
    if found:
        part = _part(found[0])
        cursor.at = found.end()
        if not cursor.take(b"."):
            return Section(part)
    elif cursor.next_is(b"]"):
        return Section()
    what = _name(cursor)
    if what not in _TEXTS and not (part and what == b"MIME"):
        raise Malformed("unknown section")
    fields: tuple[bytes, ...] = ()
    if what.startswith(b"HEADER.FIELDS"):
        cursor.space()
        fields = _header_list(cursor)
    return Section(part, what.decode("ascii"), fields)


def _part(digits: bytes) -> tuple[int, ...]:
    numbers = digits.split(b".")
    if len(numbers) > DEEPEST_PART or any(len(number) > 10 for number in numbers):
        raise Malformed("section too deep")
    part = tuple(map(int, numbers))
    if 0 in part:
        raise Malformed("part number must not be zero")
    return part


# header-list = "(" header-fld-name *(SP header-fld-name) ")"
def _header_list(cursor: Cursor) -> tuple[bytes, ...]:
    cursor.require(b"(")
    names = [cursor.astring()]
    while cursor.take(b" "):
        names.append(cursor.astring())
    cursor.require(b")")
    return tuple(names)


def _encode_section(section: Section) -> bytes:
    words = [str(number) for number in section.part]
    if section.what:
        words.append(section.what)
    spec = ".".join(words).encode()
    if section.fields:
        spec += b" (%b)" % b" ".join(map(encode_astring, section.fields))
    return spec
