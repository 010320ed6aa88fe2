"""BODYSTRUCTURE and BODY: the part tree as IMAP sends it, ready to be written out.

Theory:
    Parts are rendered from the last to the first, so that children are ready when
    their parent comes: no recursion. BODY is BODYSTRUCTURE without the extension
    data, taken out of the rendered octets by a linear walk over its parentheses.

Rules:
    Always valid syntax. A multipart without parts shows one empty text part, since
    the grammar knows no empty multipart (as Dovecot does).

Standards:
    RFC 3501 §7.4.2 (BODY, BODYSTRUCTURE), §9 (body and below); RFC 9051 §7.5.2
    (message/global).
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from mailmax.message import envelope, parameters
from mailmax.message.header import FIELD_LIMIT_OCTETS, unfold
from mailmax.message.part import ContentType, Part, Tree
from mailmax.message.quoting import NIL, string

_CACHED_OCTETS = 200
_NO_PARTS = (
    b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)'
)
_TOKEN = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|\{(\d{1,10})\}\r\n|[^ ()"{]++|.', re.DOTALL
)
_COMMENT = re.compile(rb"\([^()]*+\)")


def render(tree: Tree) -> bytes:
    """Write the BODYSTRUCTURE of a message."""
    parts = tree.parts
    if len(parts) == 1:
        return _leaf(parts[0])
    done: list[bytes] = [b""] * len(parts)
    for index in range(len(parts) - 1, -1, -1):
        part = parts[index]
        inside = [done[child] for child in part.children]
        if part.is_multipart:
            done[index] = _multipart(part, inside)
        elif inside:
            done[index] = _message(part, parts[part.children[0]], inside[0])
        else:
            done[index] = _leaf(part)
        for child in part.children:
            done[child] = b""
    return done[0]


def _multipart(part: Part, inside: Sequence[bytes]) -> bytes:
    kind = part.content_type
    # body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    return b"(%b %b %b %b %b %b)" % (
        b"".join(inside) or _NO_PARTS,
        string(kind.sub),
        _parameters(kind.parameters),
        *_extension(part),
    )


def _message(part: Part, message: Part, inside: bytes) -> bytes:
    # body-type-msg = media-message SP body-fields SP envelope SP body SP body-fld-lines
    return b"(%b %b %b %b %b %b %b %b %b)" % (
        _basic(part),
        b"%d" % (part.end - part.body_start),
        envelope.render(message.fields),
        inside,
        b"%d" % part.lines,
        _text(part, b"content-md5"),
        *_extension(part),
    )


def _leaf(part: Part) -> bytes:
    if part.is_multipart:
        return _multipart(part, ())
    size = part.end - part.body_start
    lines = b" %d" % part.lines if part.content_type.main == b"text" else b""
    return b"(%b %d%b %b %b %b %b)" % (
        _basic(part),
        size,
        lines,
        _text(part, b"content-md5"),
        *_extension(part),
    )


def _basic(part: Part) -> bytes:
    """Write type, parameters, id, description and encoding."""
    fields = part.fields
    raw = fields.get(b"content-transfer-encoding")
    return b"%b %b %b %b" % (
        _type(part.content_type),
        _text(part, b"content-id"),
        _text(part, b"content-description"),
        b'"7bit"' if raw is None else _encoding(raw[:_CACHED_OCTETS]),
    )


@lru_cache(maxsize=512)
def _type(kind: ContentType) -> bytes:
    return b"%b %b %b" % (
        string(kind.main),
        string(kind.sub),
        _parameters(kind.parameters),
    )


@lru_cache(maxsize=64)
def _encoding(raw: bytes) -> bytes:
    return string(_COMMENT.sub(b"", unfold(raw)).strip().lower() or b"7bit")


def _text(part: Part, name: bytes) -> bytes:
    raw = part.fields.get(name)
    return NIL if raw is None else string(unfold(raw[:FIELD_LIMIT_OCTETS]))


def _parameters(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    # body-fld-param = "(" string SP string *(SP string SP string) ")" / nil
    if not pairs:
        return NIL
    return b"(%b)" % b" ".join(
        string(name) + b" " + string(value) for name, value in pairs
    )


def _extension(part: Part) -> tuple[bytes, bytes, bytes]:
    """Write disposition, language and location."""
    get = part.fields.get
    disposition = get(b"content-disposition")
    language = get(b"content-language")
    return (
        NIL if disposition is None else _disposition(disposition),
        NIL if language is None else _language(language),
        _text(part, b"content-location"),
    )


def _disposition(raw: bytes) -> bytes:
    value = parameters.parse(raw[:FIELD_LIMIT_OCTETS])
    if not value.main:
        return NIL
    return b"(%b %b)" % (string(value.main), _parameters(value.parameters))


def _language(raw: bytes) -> bytes:
    tags = [tag.strip() for tag in unfold(raw[:FIELD_LIMIT_OCTETS]).split(b",")]
    tags = [tag for tag in tags if tag]
    return b"(%b)" % b" ".join(map(string, tags)) if tags else NIL


def without_extensions(rendered: bytes) -> bytes:
    """Turn a rendered BODYSTRUCTURE into BODY (RFC 3501 §7.4.2)."""
    stack = [_Frame()]
    position = 1
    while True:
        token, position = _next_token(rendered, position)
        frame = stack[-1]
        if token == b"(":
            if frame.expects_body():
                stack.append(_Frame())
            else:
                start = position - 1
                position = _skip_list(rendered, position)
                frame.items.append(rendered[start:position])
        elif token in {b")", b""}:
            stack.pop()
            if not stack:
                return frame.close()
            stack[-1].add_body(frame.close())
        elif token != b" ":
            frame.items.append(token)


class _Frame:
    """A body whose parenthesis is open."""

    __slots__ = ("bodies", "items")

    def __init__(self) -> None:
        self.items: list[bytes] = []
        self.bodies: list[bytes] = []

    def expects_body(self) -> bool:
        """Tell whether a parenthesis that opens now is a body."""
        return not self.items or (len(self.items) == 8 and self._is_message())

    def add_body(self, body: bytes) -> None:
        (self.items or self.bodies).append(body)

    def close(self) -> bytes:
        if self.bodies:
            return b"(%b %b)" % (b"".join(self.bodies), b"".join(self.items[:1]))
        kept = 10 if self._is_message() else 7 + (self.items[:1] == [b'"text"'])
        return b"(%b)" % b" ".join(self.items[:kept])

    def _is_message(self) -> bool:
        # Only an envelope is a list in the eighth place; of a leaf it is the MD5.
        items = self.items
        return items[:1] == [b'"message"'] and b"".join(items[7:8]).startswith(b"(")


def _next_token(rendered: bytes, position: int) -> tuple[bytes, int]:
    found = _TOKEN.match(rendered, position)
    if found is None:
        return b"", position
    end = found.end() + (int(found[1]) if found[1] else 0)
    return rendered[position:end], end


def _skip_list(rendered: bytes, position: int) -> int:
    depth = 1
    while depth:
        token, position = _next_token(rendered, position)
        depth += (token == b"(") - (token in {b")", b""})
    return position
