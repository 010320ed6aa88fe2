"""Names of mailboxes: which may be, and which fit a LIST pattern.

Theory:
    A pattern is run as an automaton whose states are the bits of one number: after
    each octet of the name all states move at once. The work is the length of the name,
    whatever the stars (TRUST E5).

Limits:
    20 levels, 255 octets of UTF-8 a level.

Standards:
    RFC 3501 §5.1, §6.3.8 (``*`` and ``%``).
"""

import re

from mailmax.wire.imap.types.mailbox_name import canonical

DEEPEST = 20
LONGEST_LEVEL = 255
_STARS = re.compile(rb"[*%]*\*[*%]*")
_PERCENTS = re.compile(rb"%%+")


def may_exist(name: str) -> bool:
    """Tell whether a mailbox may be created under this name."""
    levels = name.split("/")
    return (
        bool(name)
        and len(levels) <= DEEPEST
        and all(levels)
        and all(len(level.encode()) <= LONGEST_LEVEL for level in levels)
        and not any(char in name for char in "*%")
    )


class Pattern:
    """A LIST pattern, in modified UTF-7."""

    __slots__ = ("_end", "_letters", "_percents", "_plain", "_stars", "stops_at_levels")

    def __init__(self, pattern: bytes) -> None:
        """Prepare; INBOX matches in any case (RFC 3501 §5.1)."""
        text = canonical(pattern.decode("latin-1")).encode("latin-1")
        text = _PERCENTS.sub(b"%", _STARS.sub(b"*", text))
        self.stops_at_levels = text.endswith(b"%")
        """Names below a match are not matched."""
        self._plain = text == b"*"
        self._end = 1 << len(text)
        self._stars = self._percents = 0
        self._letters: dict[int, int] = {}
        for at, sign in enumerate(text):
            if sign == 0x2A:
                self._stars |= 1 << at
            elif sign == 0x25:
                self._percents |= 1 << at
            else:
                self._letters[sign] = self._letters.get(sign, 0) | 1 << at

    def matches(self, name: bytes) -> bool:
        """Tell whether an encoded name fits."""
        if self._plain:
            return True
        wild = self._stars | self._percents
        states = 1
        states |= (states & wild) << 1
        for octet in name:
            stay = self._stars if octet == 0x2F else wild
            states = (states & stay) | (states & self._letters.get(octet, 0)) << 1
            if not states:
                return False
            states |= (states & wild) << 1
        return bool(states & self._end)
