"""Texts in the form in which they are compared: without case, spaces as one, composed.

Theory:
    Rules look for what people read. To them it is the same text in capitals, wrapped
    at another word, with an accent that is a character of its own, or with a soft
    hyphen in it. Both sides are brought into one form, and then it is plain search.

Rules:
    Linear: a run of accents is composed only where it is short, since composing takes
    the square of its length. The result has no line ends, so they may part texts.

Standards:
    Unicode §3.13 (default caseless matching), UAX #15 (NFC).
"""

import re
import unicodedata

# Soft hyphen, zero width space, joiners, marks of direction, word joiner, BOM.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_HAS_INVISIBLE = re.compile(f"[{_INVISIBLE}]")
_HAS_MARKS = re.compile("[\u0300-\u036f\u1100-\u11ff\u3099\u309a]")
_COMPOSED_CHARACTERS = 200


def caseless(text: str) -> str:
    """Return a text in the form in which it is compared."""
    if text.isascii():
        return " ".join(text.lower().split())
    if _HAS_INVISIBLE.search(text):
        text = _HAS_INVISIBLE.sub("", text)
    text = text.casefold()
    words = text.split()
    if _HAS_MARKS.search(text):
        words = [
            unicodedata.normalize("NFC", word)
            if len(word) <= _COMPOSED_CHARACTERS
            else word
            for word in words
        ]
    return " ".join(words)
