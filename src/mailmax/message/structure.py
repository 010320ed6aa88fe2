"""One scan of a message, and everything that is kept of it.

Theory:
    The filer calls `render` once for each message; the fragment then answers IMAP
    without the body being read. Rules and scanners use `part.scan` and keep the tree.

Rules:
    Never raises; linear in the message (TRUST 4.D).

See Also:
    `part` (the scan), `envelope`, `bodystructure` (IMAP's forms), `fragment` (the
    form on disk), `section` (BODY[…] by place).
"""

import re
from functools import lru_cache

from mailmax.message import (
    bodystructure,
    dates,
    encoded_words,
    envelope,
    fragment,
    searchable,
)
from mailmax.message.fragment import Columns, Kind, Mark, Pieces, Place
from mailmax.message.header import FIELD_LIMIT_OCTETS, unfold
from mailmax.message.part import Part, Tree, scan

_MESSAGE_ID = re.compile(rb"<[^<>\s]{1,995}+>")
_REFERENCES_LIMIT = 100
_CACHED_OCTETS = 200


def render(body: bytes | memoryview) -> bytes:
    """Make the fragment of a message."""
    octets = body if isinstance(body, bytes) else bytes(body)
    return render_tree(scan(octets))


def render_tree(tree: Tree) -> bytes:
    """Make the fragment of a message that was scanned already."""
    parts = tree.parts
    message = parts[0]
    get = message.fields.get
    date = dates.parse(get(b"date", b"")[:_CACHED_OCTETS])
    pieces = Pieces(
        marks=_marks(tree),
        header_octets=message.body_start,
        envelope=envelope.render(message.fields),
        bodystructure=bodystructure.render(tree),
        columns=Columns(
            _lowered(get(b"subject")),
            _lowered(get(b"from")),
            _lowered(get(b"to")),
            _lowered(get(b"cc")),
        ),
        thread=_thread(get(b"message-id"), get(b"references"), get(b"in-reply-to")),
        sent_s=fragment.UNKNOWN_DATE if date is None else date,
        places=[
            Place(p.parent, _kind(p), p.header_start, p.body_start, p.end)
            for p in parts
        ],
    )
    return fragment.pack(pieces)


def body(rendered: bytes) -> bytes:
    """Return BODY for a BODYSTRUCTURE (IMAP's FETCH BODY without a section)."""
    return bodystructure.without_extensions(rendered)


def _kind(part: Part) -> int:
    if part.content_type.main == b"multipart":
        return Kind.MULTIPART
    return Kind.MESSAGE if part.children else Kind.LEAF


def _marks(tree: Tree) -> int:
    marks = searchable.marks(tree.octets)
    if tree.cut:
        marks |= Mark.CUT
    if tree.ambiguous:
        marks |= Mark.AMBIGUOUS
    if any(map(is_attachment, tree.parts)):
        marks |= Mark.ATTACHMENT
    return marks


def is_attachment(part: Part) -> bool:
    """Tell whether a part is offered as a file (RFC 2183 §2.2)."""
    raw = part.fields.get(b"content-disposition")
    return raw is not None and b"attachment" in raw[:_CACHED_OCTETS].lower()


def _lowered(raw: bytes | None) -> bytes:
    if raw is None:
        return b""
    if len(raw) <= _CACHED_OCTETS:
        return _lowered_short(raw)
    return _lower(raw[:FIELD_LIMIT_OCTETS])


def _lower(raw: bytes) -> bytes:
    value = unfold(raw)
    if value.isascii() and b"=?" not in value:
        return value.lower()
    return encoded_words.decode(value).lower().encode("utf-8", "replace")


_lowered_short = lru_cache(maxsize=2048)(_lower)


def _thread(own: bytes | None, refs: bytes | None, reply: bytes | None) -> bytes:
    """Join the Message-ID and what it refers to (RFC 5256, REFERENCES step 1)."""
    found = _MESSAGE_ID.findall(own) if own else []
    above = _MESSAGE_ID.findall(refs[:FIELD_LIMIT_OCTETS]) if refs else []
    if not above and reply:
        above = _MESSAGE_ID.findall(reply[:FIELD_LIMIT_OCTETS])[:1]
    return b" ".join([*(found[:1] or [b""]), *above[-_REFERENCES_LIMIT:]])
