"""Words of messages and of what is sought, cut by one rule.

Theory:
    The kind of a character alone says whether it is part of a word, a word by itself
    (CJK, which has no spaces) or a gap. So wherever a text contains a needle, it
    contains the needle's words: those inside as they are, the first one as the end of
    a word, the last one as the beginning of a word, a single one anywhere in a word.
    Messages that lack one of them cannot hold the needle; the others may.

Rules:
    Both sides are in lower case already (`message.searchable`), and nothing else is
    folded, so that a word lost here is a word that SEARCH would not find either.

Limits:
    A message with more than 16 MiB, with more than 1 MiB of text, or with a word of
    more than 1,000 characters is not cut: it may always fit.
"""

import re
from enum import IntEnum
from typing import NamedTuple

from mailmax.base.units import MIB
from mailmax.message import searchable
from mailmax.message.fragment import Mark

MESSAGE_OCTETS = 16 * MIB
TEXT_LIMIT = MIB
WORD_LIMIT = 1_000

_ALONE = "\u2e80-\u2fff\u3040-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(
    f"[{_ALONE}]|[0-9a-z\u00c0-\u1fff\ua000-\ud7ff\ufb00-\ufdff\U00010000-\U0001efff]+"
)
_IS_ALONE = re.compile(f"[{_ALONE}]")


class Part(IntEnum):
    """How a word of the needle lies in a word of the message."""

    WHOLE = 0
    BEGIN = 1
    END = 2
    INSIDE = 3


class Sought(NamedTuple):
    """A word of the needle."""

    word: str
    part: Part


def words_of(octets: bytes) -> set[str] | None:
    """Return the words of a message wherever SEARCH may find them; None: too many."""
    if len(octets) > MESSAGE_OCTETS:
        return None
    marks = searchable.marks(octets)
    words: set[str] = set()
    if marks & Mark.PLAIN:
        if len(octets) > TEXT_LIMIT:
            return None
        words.update(_WORD.findall(octets.lower().decode("utf-8", "replace")))
    if not marks & Mark.ASCII:
        length = 0
        for text in searchable.texts(octets, header_too=True):
            length += len(text)
            if length > TEXT_LIMIT:
                return None
            words.update(_WORD.findall(text))
    if max(map(len, words), default=0) > WORD_LIMIT:
        return None
    return words


def words_sought(needle: str) -> list[Sought]:
    """Return the words that a message with this text must have."""
    found = []
    for match in _WORD.finditer(needle):
        word = match[0]
        part = Part.WHOLE
        if not _IS_ALONE.match(word):
            if match.start() == 0:
                part = Part.END
            if match.end() == len(needle):
                part = Part.INSIDE if part else Part.BEGIN
        found.append(Sought(word, part))
    return found
