"""Where the words of a message can be sought, and whether they hold a text.

Theory:
    Octets in which no word could hide behind an encoding are *plain*: a substring
    search over them answers SEARCH, many messages at once. In all others the header's
    encoded words and the text parts are decoded first; the octets alone would find
    words in base64 that nobody wrote. Which of both it is never changes, so it is a
    mark in the fragment.

Rules:
    Never raises. Case is ignored by lower-casing both sides.

Standards:
    RFC 3501 §6.4.4 (TEXT, BODY).
"""

import re
from collections.abc import Iterator

from mailmax.message import content, encoded_words
from mailmax.message.fragment import Mark
from mailmax.message.header import unfold
from mailmax.message.part import scan

# Charsets that read ASCII octets as ASCII; behind any other name they may be anything.
_ASCII_CHARSET = re.compile(
    rb"charset=\"?(?:us-ascii|utf-8|iso-8859-\d\d?|windows-125\d)(?![^\s\";])"
)


def marks(octets: bytes) -> int:
    """Return `Mark.PLAIN` and `Mark.ASCII` where they are true of a message."""
    lowered = octets.lower()
    if (
        b"=?" in lowered
        or b"base64" in lowered
        or b"quoted-printable" in lowered
        or b"iso-2022" in lowered
    ):
        return 0
    if not octets.isascii():
        return Mark.PLAIN
    named = lowered.count(b"charset")
    if named and named != len(_ASCII_CHARSET.findall(lowered)):
        return Mark.PLAIN
    return Mark.PLAIN | Mark.ASCII


def texts(octets: bytes, *, header_too: bool) -> Iterator[str]:
    """Give the decoded header (if wanted) and each decoded text part, lower case."""
    tree = scan(octets)
    if header_too:
        header = octets[: tree.parts[0].body_start]
        yield encoded_words.decode(unfold(header)).lower()
    for part in tree.parts:
        if part.content_type.main == b"text":
            yield content.text(tree, part).lower()


def holds(octets: bytes, needle: str, *, header_too: bool) -> bool:
    """Tell whether a message whose octets are not plain holds a text (lower case)."""
    return any(needle in text for text in texts(octets, header_too=header_too))
