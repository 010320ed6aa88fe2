"""The fragment: what IMAP asks of a message most, rendered once when it is filed.

Theory:
    A fixed head of lengths, then the pieces one after another. Reading a piece is an
    unpack and a slice, so that ten thousand ENVELOPEs are a matter of milliseconds
    (DESIGN 1). `structure.render` makes fragments; stores keep them opaquely.

    ========= =========================================================
    head      version, marks, number of places, lengths, sent date
    envelope  ENVELOPE, ready to be sent
    structure BODYSTRUCTURE, ready to be sent
    columns   subject, from, to, cc: decoded, lower case, UTF-8
    thread    Message-ID, then References (else In-Reply-To), space between
    places    for each part: parent, kind, header_start, body_start, end
    ========= =========================================================

Rules:
    Reading never raises: octets that are no fragment read as those of an empty
    message. `VERSION` grows when the renderer changes; stores rebuild older ones.
"""

from collections.abc import Iterable, Sequence
from enum import IntFlag
from struct import Struct, error
from typing import NamedTuple

VERSION = 2

UNKNOWN_DATE = -(2**63)

_HEAD = Struct("<BBHIIIIIIIIq")
_LENGTHS = Struct("<II")
_SIX_LENGTHS = Struct("<6I")
_LENGTHS_AT = 8
_PLACE = Struct("<hBIII")
_BODY_AT = _HEAD.size

_MARKS_AND_HEADER = Struct("<xBxxI")
_MARKS = 31

_NO_ENVELOPE = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
_NO_STRUCTURE = (
    b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)'
)


class Mark(IntFlag):
    """What the scan found about the whole message."""

    CUT = 1
    """Beyond the limits: not all of it was looked into."""
    AMBIGUOUS = 2
    """Readers may disagree about its structure (TRUST D-4)."""
    ATTACHMENT = 4
    """It has a part that is offered as a file."""
    PLAIN = 8
    """No word hides behind an encoding: its octets may be searched (`searchable`)."""
    ASCII = 16
    """Plain, and ASCII in whatever charset it is read."""


class Kind(IntFlag):
    """What a part is."""

    LEAF = 0
    MULTIPART = 1
    MESSAGE = 2


class Place(NamedTuple):
    """Where a part lies: ``octets[header_start:body_start:end]``."""

    parent: int
    """Index of its container; -1 for the message."""
    kind: int
    header_start: int
    body_start: int
    end: int


class Columns(NamedTuple):
    """What SEARCH and SORT look at: decoded, lower case, UTF-8."""

    subject: bytes
    sender: bytes
    """The From field."""
    to: bytes
    cc: bytes


class Pieces(NamedTuple):
    """All that goes into a fragment."""

    marks: int
    header_octets: int
    envelope: bytes
    bodystructure: bytes
    columns: Columns
    thread: bytes
    sent_s: int
    """Unix seconds of the Date field, or UNKNOWN_DATE."""
    places: Sequence[Place]


def pack(pieces: Pieces) -> bytes:
    """Make a fragment."""
    subject, sender, to, copied = pieces.columns
    head = _HEAD.pack(
        VERSION,
        pieces.marks,
        len(pieces.places),
        pieces.header_octets,
        len(pieces.envelope),
        len(pieces.bodystructure),
        len(subject),
        len(sender),
        len(to),
        len(copied),
        len(pieces.thread),
        pieces.sent_s,
    )
    places = b"".join([_PLACE.pack(*place) for place in pieces.places])
    return b"".join(
        (
            head,
            pieces.envelope,
            pieces.bodystructure,
            subject,
            sender,
            to,
            copied,
            pieces.thread,
            places,
        )
    )


def envelope(fragment: bytes) -> bytes:
    """Return ENVELOPE, ready to be sent."""
    try:
        first, _ = _LENGTHS.unpack_from(fragment, _LENGTHS_AT)
    except error:
        return _NO_ENVELOPE
    return fragment[_BODY_AT : _BODY_AT + first]


def bodystructure(fragment: bytes) -> bytes:
    """Return BODYSTRUCTURE, ready to be sent."""
    try:
        first, second = _LENGTHS.unpack_from(fragment, _LENGTHS_AT)
    except error:
        return _NO_STRUCTURE
    start = _BODY_AT + first
    return fragment[start : start + second]


def envelopes(fragments: Iterable[bytes]) -> list[bytes]:
    """Return many ENVELOPEs at once."""
    unpack = _LENGTHS.unpack_from
    try:
        return [
            one[_BODY_AT : _BODY_AT + unpack(one, _LENGTHS_AT)[0]] for one in fragments
        ]
    except error:
        return [envelope(one) for one in fragments]


def both(fragments: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Return (ENVELOPE, BODYSTRUCTURE) of many messages at once."""
    unpack = _LENGTHS.unpack_from
    base = _BODY_AT
    try:
        return [
            (one[base : (middle := base + first)], one[middle : middle + second])
            for one in fragments
            for first, second in (unpack(one, _LENGTHS_AT),)
        ]
    except error:
        return [(envelope(one), bodystructure(one)) for one in fragments]


def _head(fragment: bytes) -> tuple[int, ...]:
    try:
        return _HEAD.unpack_from(fragment)
    except error:
        return (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UNKNOWN_DATE)


def columns(fragment: bytes) -> Columns:
    """Return the four columns."""
    lengths = _head(fragment)[4:10]
    place = _BODY_AT + lengths[0] + lengths[1]
    found = []
    for length in lengths[2:]:
        found.append(fragment[place : place + length])
        place += length
    return Columns(*found)


def column(fragments: Iterable[bytes], number: int) -> list[bytes]:
    """Return one column of many messages: 0 subject, 1 from, 2 to, 3 cc."""
    unpack = _SIX_LENGTHS.unpack_from
    base = _BODY_AT
    last = 2 + number
    try:
        return [
            one[(start := base + sum(lengths[:last])) : start + lengths[last]]
            for one in fragments
            for lengths in (unpack(one, _LENGTHS_AT),)
        ]
    except error:
        return [columns(one)[number] for one in fragments]


def holding(fragments: Sequence[bytes], needle: bytes, number: int) -> list[int]:
    """Return the indexes of messages whose column holds a text (SEARCH).

    A look into the whole fragment says no for most; the column says yes.

    Args:
        fragments: Of many messages.
        needle: Decoded, lower case, UTF-8, as the columns are.
        number: As in `column`.
    """
    likely = [index for index, one in enumerate(fragments) if needle in one]
    found = column([fragments[index] for index in likely], number)
    return [index for index, text in zip(likely, found, strict=True) if needle in text]


def thread(fragment: bytes) -> list[bytes]:
    """Return the Message-ID (or empty), then the references, oldest first."""
    lengths = _head(fragment)[4:11]
    start = _BODY_AT + sum(lengths[:6])
    return fragment[start : start + lengths[6]].split(b" ")


def header_octets(fragment: bytes) -> int:
    """Return the length of the header with its empty line."""
    return _head(fragment)[3]


def marks_and_headers(fragments: Iterable[bytes]) -> list[tuple[int, int]]:
    """Return (marks, length of the header) of many messages at once."""
    unpack = _MARKS_AND_HEADER.unpack_from
    try:
        return [unpack(one) for one in fragments]
    except error:
        return [(head[1], head[3]) for head in map(_head, fragments)]


def sent_s(fragment: bytes) -> int | None:
    """Return Unix seconds of the Date field, or None."""
    seconds = _head(fragment)[11]
    return None if seconds == UNKNOWN_DATE else seconds


def marks(fragment: bytes) -> Mark:
    """Return what the scan found about the whole message."""
    return Mark(_head(fragment)[1] & _MARKS)


def places(fragment: bytes) -> list[Place]:
    """Return the places of all parts; the first is the message."""
    head = _head(fragment)
    start = _BODY_AT + sum(head[4:11])
    octets = fragment[start : start + head[2] * _PLACE.size]
    if len(octets) != head[2] * _PLACE.size or not octets:
        return [Place(-1, Kind.LEAF, 0, 0, 0)]
    return [Place(*row) for row in _PLACE.iter_unpack(octets)]
