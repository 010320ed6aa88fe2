"""The files that are attached to a message, as people see them.

Theory:
    A leaf of the part tree is an attached file if it has a file name, if it is offered
    as a file (Content-Disposition), or if it is no text: pictures in the text count. A
    message inside is one when it has a name or is offered, and its own files are
    listed as well. A container that could not be opened is one, too, and so is a
    message that is itself encoded; it has the names of what is in it.

    Readers disagree about names that are written in two ways. `Attachment.name` is
    what most show; `Attachment.names` has every reading, so that a rule about
    ``*.exe`` cannot be passed by writing two names (TRUST D-3).

Rules:
    Never raises; linear in the header of the parts. Nothing is decoded until it is
    asked for. A name has no control characters, no line ends, and nothing invisible
    that turns its direction; it may well have slashes.

Limits:
    Those of the scan (1,000 parts, depth 50); 40 readings of a name (the first and the
    last of many), 1,000 characters each; 4 MiB of encoded messages, not those inside
    of such. What hides in archives, in uuencoded text or in TNEF is part of the file
    around it.

Standards:
    RFC 2183 (Content-Disposition), RFC 2045 §5.1 (name), RFC 2231, RFC 1847 §2.1
    (multipart/signed).
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from mailmax.base.units import MIB
from mailmax.message import charsets, content, encoded_words, parameters
from mailmax.message.header import (
    FIELD_LIMIT_OCTETS,
    HEADER_LIMIT_OCTETS,
    raw_fields,
    unfold,
)
from mailmax.message.part import Part, Tree, scan

MOST_NAMES = 40
NAME_CHARACTERS = 1_000

MOST_INSIDE_OCTETS = 4 * MIB

_KEYS = ("filename", "name")
_NAMING = frozenset({b"content-disposition", b"content-type"})
# What a reader finds that knows nothing of the grammar: filename=my file.exe
_LOOSE = re.compile(rb"name(?:\*\d{0,3}+\*?+)?+\s*+=\s*+\"?+([^\";]*+)", re.IGNORECASE)
_REPORTS = frozenset(
    {b"delivery-status", b"disposition-notification", b"feedback-report"}
    | {b"global-delivery-status", b"global-disposition-notification"}
)
_SIGNATURES = frozenset(
    {b"pgp-signature", b"pkcs7-signature", b"x-pkcs7-signature", b"pkcs7-mime"}
)


class Attachment(NamedTuple):
    """One attached file."""

    part: int
    """Its index in `Tree.parts`; for `removing.without_parts`."""
    name: str
    """What most readers show; empty when it has none."""
    names: tuple[str, ...]
    """Every reading of its name, the shown one first."""
    content_type: str
    """Lower case: ``application/pdf``."""
    size_octets: int
    """About how large it is when it is decoded."""
    start: int
    """Where it begins as it is encoded: ``octets[start:end]``."""
    end: int
    encoding: bytes
    """Lower case; empty is none."""
    is_signature: bool
    """The signature of a signed message, where it belongs."""


def find(tree: Tree) -> list[Attachment]:
    """Return the files of a message, in the order in which they stand."""
    room = MOST_INSIDE_OCTETS
    found: list[Attachment] = []
    for index, part in enumerate(tree.parts):
        names = list(_names(tree, part))
        if content.is_encoded_message(part):
            room -= part.end - part.body_start
            inside = _names_inside(tree, part) if room >= 0 else []
            found.append(_attachment(tree, index, part, [*(names or [""]), *inside]))
        elif names or _is_file(part):
            found.append(_attachment(tree, index, part, names))
    return found


def _names_inside(tree: Tree, part: Part) -> list[str]:
    """Return the names of files in a message that is encoded."""
    inside = scan(content.octets(tree, part))
    return [name for one in inside.parts for name in _names(inside, one)]


def removable(tree: Tree) -> list[int]:
    """Return the parts that are attached files, but for signatures that fit."""
    return [one.part for one in find(tree) if not one.is_signature]


def decode(tree: Tree, attachment: Attachment) -> bytes:
    """Return what is in a file."""
    encoded = tree.octets[attachment.start : attachment.end]
    return content.decode(encoded, attachment.encoding)


def is_signature(tree: Tree, index: int) -> bool:
    """Tell whether a part is the signature of the part before it (RFC 1847 §2.1)."""
    part = tree.parts[index]
    if part.parent < 0:
        return False
    above = tree.parts[part.parent]
    return (
        above.is_multipart
        and above.content_type.sub == b"signed"
        and above.children[1:] == [index]
        and part.content_type.main == b"application"
        and part.content_type.sub in _SIGNATURES
    )


def _is_file(part: Part) -> bool:
    """Tell whether a part without a name is a file all the same."""
    kind = part.content_type
    if part.children:
        return part.is_message and _is_offered(part)
    if kind.main == b"text" or (kind.main == b"message" and kind.sub in _REPORTS):
        return _is_offered(part)
    return True


def _is_offered(part: Part) -> bool:
    raw = part.fields.get(b"content-disposition", b"")
    # What is none of the known ones is an attachment (RFC 2183 §2.8).
    return parameters.parse(raw[:FIELD_LIMIT_OCTETS]).main not in {b"", b"inline"}


def _attachment(tree: Tree, index: int, part: Part, names: list[str]) -> Attachment:
    kind = part.content_type
    encoding = content.encoding(part)
    size = part.end - part.body_start
    return Attachment(
        index,
        names[0] if names else "",
        tuple(filter(None, names)),
        charsets.guess(kind.main + b"/" + kind.sub),
        size * 3 // 4 if encoding == b"base64" else size,
        part.body_start,
        part.end,
        encoding,
        is_signature(tree, index),
    )


def _names(tree: Tree, part: Part) -> Iterator[str]:
    """Give each reading of a part's name once, the shown one first."""
    if part.is_multipart and part.children:
        return
    seen = {""}
    for name in islice(_readings(tree, part), 4 * MOST_NAMES):
        clean = _clean(name)
        if clean not in seen and len(seen) <= MOST_NAMES:
            seen.add(clean)
            yield clean


def _readings(tree: Tree, part: Part) -> Iterator[str]:
    raw = list(_naming_fields(tree, part))
    values = [parameters.parse(one) for one in raw]
    for value in values:
        joined = parameters.joined(value)
        yield from (joined[key] for key in _KEYS if key in joined)
    # The first of many is among these; the last may well be the one that counts.
    for value in values:
        for key, text in reversed(value.parameters):
            if key in {b"filename", b"name"}:
                yield encoded_words.decode(text)
    for one in raw:
        loose = islice(_LOOSE.finditer(unfold(one)), parameters.PARAMETERS_LIMIT)
        for found in reversed(list(loose)):
            yield encoded_words.decode(found[1].strip())


def _naming_fields(tree: Tree, part: Part) -> Iterator[bytes]:
    """Give the fields that may name a part: the disposition first, repeated ones too.

    A message inside is named by its container, never by its own header.
    """
    if not _NAMING.intersection(part.fields):
        return
    start = part.header_start
    stop = min(part.body_start, start + HEADER_LIMIT_OCTETS)
    found = [
        (name.lower(), value)
        for name, value in raw_fields(tree.octets[start:stop])
        if name.lower() in _NAMING
    ]
    for wanted in (b"content-disposition", b"content-type"):
        for name, value in found[:MOST_NAMES]:
            if name == wanted:
                yield value[:FIELD_LIMIT_OCTETS]


def _clean(name: str) -> str:
    """Return a name as it is seen: one line, composed, nothing invisible in it."""
    seen = "".join(
        c if c.isprintable() else " " if c in "\t\r\n" else ""
        for c in name[:NAME_CHARACTERS]
    )
    return unicodedata.normalize("NFC", " ".join(seen.split()))
