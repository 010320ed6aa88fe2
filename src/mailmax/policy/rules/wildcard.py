"""Wildcards in names of files: ``*`` for any characters, ``?`` for one.

Theory:
    A pattern is run as an automaton whose states are the bits of one number: after
    each character of the name all states move at once. The work is the length of the
    name, whatever the stars (TRUST J8, E5). To find words, the automaton is started
    anew wherever one may begin. Where there are only stars, as in most patterns, what
    stands between them is sought from the left to the right, which is faster.
"""

import re

_STARS = re.compile(r"\*\*+")


class Wildcard:
    """A pattern, ready to be matched."""

    __slots__ = ("_end", "_letters", "_pieces", "_stars", "_wild")

    def __init__(self, pattern: str) -> None:
        """Prepare.

        Args:
            pattern: In the form in which texts are compared (`message.caseless`).
        """
        text = _STARS.sub("*", pattern)
        self._pieces = text.split("*") if "*" in text and "?" not in text else []
        """What stands between stars, where these are all there is."""
        self._end = 1 << len(text)
        self._stars = self._wild = 0
        self._letters: dict[str, int] = {}
        for at, sign in enumerate(text):
            if sign == "*":
                self._stars |= 1 << at
            elif sign == "?":
                self._wild |= 1 << at
            else:
                self._letters[sign] = self._letters.get(sign, 0) | 1 << at

    def matches(self, name: str) -> bool:
        """Tell whether the whole name fits."""
        if self._pieces:
            return self._has_pieces(name)
        states = self._passed(1)
        for character in name:
            states = self._after(states, character)
            if not states:
                return False
        return bool(states & self._end)

    def _has_pieces(self, name: str) -> bool:
        """Find the pieces one behind the other; the first place is as good as any."""
        first, *middle, last = self._pieces
        at, end = len(first), len(name) - len(last)
        if at > end or not name.endswith(last) or not name.startswith(first):
            return False
        for piece in middle:
            at = name.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    def matches_words(self, name: str) -> bool:
        """Tell whether a piece of the name fits that no letter stands beside."""
        states = 0
        before = ""
        for character in name:
            if not before.isalpha():
                states |= self._passed(1)
            if states & self._end and not character.isalpha():
                return True
            states = self._after(states, character)
            before = character
        return bool(states & self._end)

    def _after(self, states: int, character: str) -> int:
        stay = states & self._stars
        step = states & (self._wild | self._letters.get(character, 0))
        return self._passed(stay | step << 1)

    def _passed(self, states: int) -> int:
        """Let stars stand for nothing, too; no two stand side by side."""
        return states | (states & self._stars) << 1
