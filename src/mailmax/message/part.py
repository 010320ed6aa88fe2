"""The MIME parts of a message by their places: one scan, no copies.

Theory:
    A multipart's own boundary cuts its range into ranges, outermost first; each range
    is a part with a header and a body, and may be cut again. So an outer delimiter
    ends whatever was left open inside (RFC 2046 §5.1.2), and each octet is searched
    once a level by a substring search. Work lies on a stack, never on Python's.

    Parts stand in the order they begin (a parent before its children). A
    message/rfc822 part has one child: the message inside.

Rules:
    Never raises. Offsets stay inside the message. A container beyond the limits is
    shown as application/octet-stream and `Tree.cut` is set ("unparsed", TRUST 3).

Limits:
    Depth 50, parts 1,000, boundary 70 octets (longer ones are searched by their full
    length up to 1,000; what is longer is no boundary).

Standards:
    RFC 2045 §5, §6; RFC 2046 §4, §5.1 (multipart), §5.2.1 (message/rfc822).
"""

import re
from functools import lru_cache

from mailmax.message import parameters
from mailmax.message.header import HEADER_LIMIT_OCTETS, find_end, raw_fields

DEPTH_LIMIT = 50
PARTS_LIMIT = 1_000
_BOUNDARY_OCTETS = 1_000
_CACHED_OCTETS = 200

# What may follow a boundary on its line (RFC 2046 §5.1.1: transport padding).
_LINE_REST = re.compile(rb"(--)?+[ \t]*+(?:\r?\n|\r?\Z)")
_TYPE = re.compile(
    rb"([^\s/;\"()<>@,:\\\[\]?=]++)\s*+/\s*+([^\s/;\"()<>@,:\\\[\]?=]++)"
)
_CONTAINERS = frozenset({b"multipart", b"message"})
_MESSAGES = frozenset({b"rfc822", b"global"})


class ContentType:
    """A Content-Type, read."""

    __slots__ = ("boundary", "main", "parameters", "sub", "valid")

    def __init__(self, value: parameters.Value) -> None:
        """Read it; what is no type becomes text/plain (RFC 2045 §5.2)."""
        found = _TYPE.fullmatch(value.main)
        self.valid = found is not None
        self.main: bytes = found[1] if found else b"text"
        self.sub: bytes = found[2] if found else b"plain"
        self.parameters = value.parameters if found else ((b"charset", b"us-ascii"),)
        boundary = value.get(b"boundary") if self.main == b"multipart" else None
        self.boundary = (boundary or b"").rstrip()[: _BOUNDARY_OCTETS + 1]


TEXT = ContentType(parameters.Value(b"text/plain", ((b"charset", b"us-ascii"),)))
MESSAGE = ContentType(parameters.Value(b"message/rfc822", ()))
OPAQUE = ContentType(parameters.Value(b"application/octet-stream", ()))


class Part:
    """One part: ``octets[header_start:body_start:end]``, its type and children."""

    __slots__ = (
        "body_start",
        "children",
        "content_type",
        "end",
        "fields",
        "header_start",
        "lines",
        "parent",
        "unread_start",
    )

    def __init__(self, header_start: int, end: int, parent: int) -> None:
        """Make a part whose header is not read yet."""
        self.header_start = header_start
        self.body_start = header_start
        self.end = end
        self.parent = parent
        """Index of the container in `Tree.parts`; -1 for the message."""
        self.children: list[int] = []
        self.fields: dict[bytes, bytes] = {}
        """First value of each field by lower-case name, as written."""
        self.content_type = TEXT
        self.lines = 0
        """LFs in the body; of text and messages only."""
        self.unread_start = -1
        """Where parts begin that were too many to be looked at; -1: nowhere."""

    @property
    def is_multipart(self) -> bool:
        """It is cut into parts by a boundary."""
        return self.content_type.main == b"multipart"

    @property
    def is_message(self) -> bool:
        """It holds a whole message, its only child."""
        kind = self.content_type
        return kind.main == b"message" and kind.sub in _MESSAGES


class Tree:
    """All parts of a message, in the order they begin; the first is the message."""

    __slots__ = ("ambiguous", "cut", "octets", "parts")

    def __init__(self, octets: bytes) -> None:
        """Make a tree of nothing yet."""
        self.octets = octets
        self.parts: list[Part] = []
        self.cut = False
        """A limit was met: part of the message was not looked into."""
        self.ambiguous = False
        """Readers may disagree about it (TRUST D-4): repeated or broken MIME fields."""


def scan(octets: bytes, *, counts_lines: bool = True) -> Tree:
    """Find all parts of a message.

    Args:
        octets: The message.
        counts_lines: Without it `Part.lines` stay 0: of a message in plain text that
            is most of the work.
    """
    tree = Tree(octets)
    stack = [(0, len(octets), -1, 0, TEXT)]
    while stack:
        start, end, parent, depth, default = stack.pop()
        part = Part(start, end, parent)
        index = len(tree.parts)
        tree.parts.append(part)
        if parent >= 0:
            tree.parts[parent].children.append(index)
        _read_header(tree, part, default)
        kind = part.content_type.main
        if kind not in _CONTAINERS:
            continue
        room = PARTS_LIMIT - len(tree.parts) - len(stack)
        for begin, stop, inner in reversed(_open(tree, part, depth, room)):
            stack.append((begin, stop, index, depth + 1, inner))
    if counts_lines:
        _count_lines(tree)
    return tree


def _read_header(tree: Tree, part: Part, default: ContentType) -> None:
    octets = tree.octets
    start = part.header_start
    part.body_start = behind = find_end(octets, start, part.end)
    found = raw_fields(octets[start : min(behind, start + HEADER_LIMIT_OCTETS)])
    # Filled from the last to the first, so that the first of equal names stays.
    part.fields = fields = {name.lower(): value for name, value in reversed(found)}
    if len(fields) != len(found):
        _check_repeated(tree, [name.lower() for name, _ in found])
    raw = fields.get(b"content-type")
    if raw is None:
        part.content_type = default
        return
    part.content_type = kind = (
        _cached_type(raw) if len(raw) <= _CACHED_OCTETS else _type(raw)
    )
    if not kind.valid:
        tree.ambiguous = True


def _type(raw: bytes) -> ContentType:
    return ContentType(parameters.parse(raw))


_cached_type = lru_cache(maxsize=512)(_type)


def _check_repeated(tree: Tree, names: list[bytes]) -> None:
    for name in (
        b"content-type",
        b"content-transfer-encoding",
        b"content-disposition",
    ):
        if names.count(name) > 1:
            tree.ambiguous = True


_Range = tuple[int, int, ContentType]


def _open(tree: Tree, part: Part, depth: int, room: int) -> list[_Range]:
    """Return the ranges inside a container; a leaf has none."""
    if not part.is_multipart and not part.is_message:
        return []
    if depth >= DEPTH_LIMIT or room < 1:
        part.content_type = OPAQUE
        tree.cut = True
        return []
    if part.is_message:
        return [(part.body_start, part.end, TEXT)]
    boundary = part.content_type.boundary
    if not boundary or len(boundary) > _BOUNDARY_OCTETS:
        tree.ambiguous = True
        return []
    names = [name for name, _ in part.content_type.parameters]
    if names.count(b"boundary") > 1:
        tree.ambiguous = True
    inner = MESSAGE if part.content_type.sub == b"digest" else TEXT
    return [(start, end, inner) for start, end in _cut(tree, part, boundary, room)]


def _cut(tree: Tree, part: Part, boundary: bytes, room: int) -> list[tuple[int, int]]:
    """Cut a multipart's body at its delimiters."""
    octets = tree.octets
    delimiter = b"\n--" + boundary
    ranges: list[tuple[int, int]] = []
    begin = -1
    # The LF before the first delimiter may be the one that ended the header.
    position = part.body_start - 1
    while len(ranges) < room:
        hit = octets.find(delimiter, position, part.end)
        if hit < 0:
            break
        rest = _LINE_REST.match(octets, hit + len(delimiter), part.end)
        if rest is None:
            position = hit + 1
            continue
        if begin >= 0:
            stop = hit - (octets[hit - 1] == 13)
            ranges.append((begin, max(begin, stop)))
        begin = -1
        if rest[1]:
            return ranges
        begin = rest.end()
        position = begin - 1
    if begin >= 0 and len(ranges) < room:
        ranges.append((begin, part.end))
    elif begin >= 0:
        tree.cut = True
        part.unread_start = ranges[-1][1]
    return ranges


def _count_lines(tree: Tree) -> None:
    """Count the lines of text and message parts, each octet once."""
    octets = tree.octets
    if len(tree.parts) == 1:
        part = tree.parts[0]
        if part.content_type.main == b"text":
            part.lines = octets.count(b"\n", part.body_start, part.end)
        return
    counted = [p for p in tree.parts if p.content_type.main == b"text" or p.is_message]
    places = sorted({p.body_start for p in counted} | {p.end for p in counted})
    before: dict[int, int] = {}
    total = 0
    last = 0
    for place in places:
        total += octets.count(b"\n", last, place)
        before[place] = total
        last = place
    for part in counted:
        part.lines = before[part.end] - before[part.body_start]
