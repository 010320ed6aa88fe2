"""A message without some of its parts, and a text in the place of each.

Theory:
    The message is cut at the places of the scan; what stays, stays octet by octet. In
    the place of a part stands a text part that says what was there. A message that is
    nothing but the part keeps its header, but for what the header says of the content.

    Some containers mean something that is no longer true: the alternative would be
    shown in place of the text, the signature would be called forged. They become
    ``multipart/mixed``, and a signature that no longer fits goes, too.

    Parts beyond the limits of the scan go whenever one goes: nobody has looked at them.

Rules:
    Never raises. The result is scanned and must have the parts that were meant to
    stay, each as it was; else there is none, and the original is kept (TRUST J9).

Standards:
    RFC 2046 §5.1 (multipart), §5.1.4 (alternative); RFC 1847 (signed, encrypted); RFC
    6522 (report).
"""

import binascii
from collections.abc import Collection, Iterator

from mailmax.message import attachments
from mailmax.message.composing import text_body
from mailmax.message.header import fields
from mailmax.message.part import Part, Tree, scan

FILE = "{file}"
"""Stands in the words for the name of what was removed."""
UNNAMED = "a file without a name"
_UNFIT = frozenset({b"alternative", b"encrypted", b"report", b"signed"})
_Edit = tuple[int, int, bytes]


def without_attachments(body: bytes, words: str) -> bytes | None:
    """Return a message without its attached files; itself, when it has none.

    Args:
        body: The message.
        words: As for `without_parts`.

    Returns:
        None when it cannot be done.
    """
    tree = scan(body)
    parts = attachments.removable(tree)
    return _without(tree, parts, words) if parts or tree.cut else body


def without_parts(body: bytes, parts: Collection[int], words: str) -> bytes | None:
    """Return a message without some parts, or None when it cannot be done.

    Args:
        body: The message.
        parts: Their indexes in `Tree.parts`, as in `attachments.Attachment.part`.
        words: What the text in the place of each says; ``{file}`` is its name.
    """
    return _without(scan(body), parts, words)


def _without(tree: Tree, parts: Collection[int], words: str) -> bytes | None:
    if not all(0 <= index < len(tree.parts) for index in parts):
        return None
    removed, changed = _closure(tree, parts)
    names = {one.part: one.name for one in attachments.find(tree)}
    edits: list[_Edit] = []
    for index in sorted(removed):
        text = words.replace(FILE, names.get(index) or UNNAMED)
        edits += _replaced(tree, index, text)
    for index in changed:
        edits += _made_mixed(tree, tree.parts[index])
    edits += _unread(tree, removed)
    result = _applied(tree.octets, sorted(edits))
    return result if _is_as_meant(tree, removed, changed, scan(result)) else None


def _closure(tree: Tree, parts: Collection[int]) -> tuple[set[int], set[int]]:
    """Return what goes, outermost only, and the containers that change their type."""
    removed = set(parts)
    changed: set[int] = set()
    for index in sorted(parts):
        child = index
        while (above := tree.parts[child].parent) >= 0:
            container = tree.parts[above]
            kind = container.content_type.sub if container.is_multipart else b""
            if kind == b"signed" or (kind in _UNFIT and child == index):
                changed.add(above)
            if kind == b"signed":
                signatures = container.children[1:]
                removed.update(
                    s for s in signatures if attachments.is_signature(tree, s)
                )
            child = above
    covered = _inside(tree, removed)
    return removed - covered, changed - covered - removed


def _inside(tree: Tree, removed: set[int]) -> set[int]:
    """Return the parts inside of those that go."""
    inside: set[int] = set()
    for index, part in enumerate(tree.parts):  # a parent stands before its children
        if part.parent in removed or part.parent in inside:
            inside.add(index)
    return inside


def _replaced(tree: Tree, index: int, words: str) -> Iterator[_Edit]:
    part = tree.parts[index]
    eol = _line_end(tree)
    said, text = _said(words, eol)
    if part.parent >= 0 and tree.parts[part.parent].is_multipart:
        yield part.header_start, part.end, said + eol + text
        return
    # A whole message: its header stays, but for what it says of the content.
    yield part.header_start, part.end, _kept_header(tree, part, eol) + said + eol + text


def _kept_header(tree: Tree, part: Part, eol: bytes) -> bytes:
    """Return the header of a message without what it says of the content."""
    header = tree.octets[part.header_start : _end_of_fields(tree.octets, part)]
    pieces: list[bytes] = []
    position = 0
    version = b"MIME-Version: 1.0" + eol
    for field in fields(header):
        name = field.name.lower()
        if name.startswith(b"content-"):
            pieces.append(header[position : field.start])
            position = field.end
        elif name == b"mime-version":
            version = b""
    kept = b"".join([*pieces, header[position:]])
    # It may have broken off within its last line.
    return kept + (eol if kept and not kept.endswith(b"\n") else b"") + version


def _end_of_fields(octets: bytes, part: Part) -> int:
    """Return where the empty line stands that ends a header."""
    for line in (b"\r\n", b"\n"):
        begin = part.body_start - len(line)
        before = octets[begin - 1 : begin] if begin > part.header_start else b"\n"
        if (
            begin >= part.header_start
            and before == b"\n"
            and octets[begin : part.body_start] == line
        ):
            return begin
    return part.body_start


def _made_mixed(tree: Tree, part: Part) -> Iterator[_Edit]:
    """Write another type into the header of a container."""
    start = part.header_start
    boundary = part.content_type.boundary.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    eol = _line_end(tree)
    new = b'Content-Type: multipart/mixed;%b boundary="%b"%b' % (eol, boundary, eol)
    for field in fields(tree.octets[start : part.body_start]):
        if field.name.lower() == b"content-type":
            yield start + field.start, start + field.end, new
            new = b""


def _unread(tree: Tree, removed: set[int]) -> Iterator[_Edit]:
    """End containers where the scan ended."""
    gone = removed | _inside(tree, removed)
    eol = _line_end(tree)
    for index, part in enumerate(tree.parts):
        if part.unread_start >= 0 and index not in gone:
            end = eol + b"--" + part.content_type.boundary + b"--" + eol
            yield part.unread_start, part.end, end


def _said(words: str, eol: bytes) -> tuple[bytes, bytes]:
    """Return the header of a text part, and the text, that no boundary can stand in."""
    clean = "".join(c if c.isprintable() or c == "\n" else " " for c in words)
    encoding, text = text_body(clean.strip("\n"))
    if any(line.startswith(b"--") for line in text.splitlines()):
        encoding = b"base64"
        text = binascii.b2a_base64(clean.encode("utf-8", "replace"), newline=False)
        lines = [text[at : at + 76] for at in range(0, len(text), 76)]
        text = b"\r\n".join(lines)
    header = b"".join(
        name + b": " + value + eol
        for name, value in (
            (b"Content-Type", b"text/plain; charset=utf-8"),
            (b"Content-Transfer-Encoding", encoding),
            (b"Content-Disposition", b"inline"),
        )
    )
    return header, text.replace(b"\r\n", eol).removesuffix(eol)


def _line_end(tree: Tree) -> bytes:
    first = tree.octets.find(b"\n")
    return b"\n" if first >= 0 and tree.octets[:first][-1:] != b"\r" else b"\r\n"


def _applied(octets: bytes, edits: list[_Edit]) -> bytes:
    pieces: list[bytes] = []
    position = 0
    for start, end, new in edits:
        pieces += [octets[position:start], new]
        position = end
    pieces.append(octets[position:])
    return b"".join(pieces)


def _is_as_meant(old: Tree, removed: set[int], changed: set[int], new: Tree) -> bool:
    """Tell whether the new message has the parts that stay, and texts in place."""
    gone = _inside(old, removed)
    kept = [index for index in range(len(old.parts)) if index not in gone]
    if new.cut or len(kept) != len(new.parts):
        return False
    places = {index: place for place, index in enumerate(kept)} | {-1: -1}
    return all(
        places[old.parts[index].parent] == part.parent
        and _is_same(old, index, new, part, removed, changed)
        for index, part in zip(kept, new.parts, strict=True)
    )


def _is_same(
    old: Tree, index: int, new: Tree, part: Part, removed: set[int], changed: set[int]
) -> bool:
    before = old.parts[index]
    kind = part.content_type
    if index in removed:
        return not part.children and (kind.main, kind.sub) == (b"text", b"plain")
    sub = b"mixed" if index in changed else before.content_type.sub
    if (kind.main, kind.sub) != (before.content_type.main, sub):
        return False
    return bool(before.children) or (
        new.octets[part.body_start : part.end]
        == old.octets[before.body_start : before.end]
    )
