"""A message as rules look at it: its facts, its texts, and how many steps they cost.

Theory:
    One `Mail` serves every list of rules that a message is shown to, so what one of
    them had decoded is there for the next, and a text that was sought once is known.

    A *step* is one condition, or 16 KiB of text that is searched. They are counted, not
    timed, so that a replay gives the same verdicts. Short texts can be searched in a
    time that grows with both lengths; that costs more steps.

Limits:
    10,000 steps for a list of rules, 30,000 for a message (TRUST J8); on one core of
    a small server that is less than two seconds for the most hostile of them.

Manual: 8.1.1 to 8.1.4; DECISIONS 24.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property

from mailmax.base.units import KIB
from mailmax.message.part import Tree, scan
from mailmax.message.readable import Readable

LIST_STEPS = 10_000
MESSAGE_STEPS = 30_000
SEARCHED_CHARACTERS = 16 * KIB
"""In one step."""
_COMPARED_CHARACTERS = 100_000
"""In one step, when every place of a text is compared with a whole needle."""
_LINEAR_CHARACTERS = 30_000
"""From here on the interpreter's search is linear (but for the shortest needles)."""
_MATCHED_CHARACTERS = 200
"""In one step, run through the longest of patterns."""
_OCCURRENCES = 50
"""Looked at in one step, whether they are whole words."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 250_000_000_000_000
"""In the year 9892: no zone leads out of the calendar from here."""


class TooManySteps(Exception):
    """A list of rules, or all of them, took more steps than a message may cost."""


class Mail:
    """One message."""

    def __init__(
        self, message: bytes | Tree, size_octets: int, arrived_at_ms: int, zone: tzinfo
    ) -> None:
        """Take what rules may ask for.

        Args:
            message: Its octets, or what the scan made of them.
            size_octets: With its header.
            arrived_at_ms: Unix time.
            zone: Of the server: whose days and hours count.
        """
        tree = scan(message) if isinstance(message, bytes) else message
        self.text = Readable(tree)
        self.size_octets = size_octets
        since = timedelta(milliseconds=max(0, min(arrived_at_ms, _LATEST_MS)))
        arrived = (_EPOCH + since).astimezone(zone)
        self.date: date = arrived.date()
        self.day = arrived.isoweekday() % 7 + 1
        """Sunday is 1."""
        self.minute = arrived.hour * 60 + arrived.minute
        """Of the day."""
        self._found: dict[tuple[str, str, bool], bool] = {}
        self._allowed = self._left = LIST_STEPS
        self._spent: dict[object, int] = {}

    def begin(self, rules: object) -> None:
        """Begin to count for a list; one that is shown the message again starts anew.

        Args:
            rules: The list.
        """
        others = sum(many for key, many in self._spent.items() if key is not rules)
        self._allowed = self._left = max(0, min(LIST_STEPS, MESSAGE_STEPS - others))

    def end(self, rules: object) -> None:
        """Keep what the list has cost."""
        self._spent[rules] = self._allowed - max(0, self._left)

    def spend(self, steps: int = 1) -> None:
        """Count steps.

        Raises:
            TooManySteps: It was the last.
        """
        self._left -= steps
        if self._left < 0:
            raise TooManySteps

    def holds(self, text: str, needle: str, *, whole_word: bool) -> bool:
        """Tell whether a text holds another, both in the form they are compared in.

        Raises:
            TooManySteps: Nobody knows.
        """
        steps = len(text) // SEARCHED_CHARACTERS
        if len(text) < _LINEAR_CHARACTERS:
            steps += len(text) * len(needle) // _COMPARED_CHARACTERS
        self.spend(steps)
        return self._has_word(text, needle) if whole_word else needle in text

    def body_holds(self, needle: str, *, whole_word: bool) -> bool:
        """Tell whether the body holds a text, which is sought once.

        Raises:
            TooManySteps: Nobody knows.
        """
        return self._known(("body", needle, whole_word), self.text.body)

    def header_holds(self, needle: str, *, whole_word: bool) -> bool:
        """Tell whether any field holds a text, which is sought once.

        Raises:
            TooManySteps: Nobody knows.
        """
        return self._known(("header", needle, whole_word), self.text.header)

    def names_hold(self, needle: str, *, whole_word: bool) -> bool:
        """Tell whether a name of an attached file holds a text, sought once.

        Raises:
            TooManySteps: Nobody knows.
        """
        return self._known(("names", needle, whole_word), self._names)

    def has_type(self, extension: str) -> bool:
        """Tell whether the name of an attached file ends in a dot and that.

        Raises:
            TooManySteps: Nobody knows.
        """
        return self.holds(self._endings, f".{extension}\n", whole_word=False)

    def has_name(self, fits: Callable[[str], bool]) -> bool:
        """Tell whether the name of an attached file fits a pattern.

        Raises:
            TooManySteps: Nobody knows.
        """
        self.spend(len(self._names) // _MATCHED_CHARACTERS)
        return any(map(fits, self.text.names))

    @cached_property
    def _names(self) -> str:
        return "\n".join(self.text.names)

    @cached_property
    def _endings(self) -> str:
        # Where extensions tell how files are opened, dots and spaces behind are lost.
        return "".join(name.rstrip(". ") + "\n" for name in self.text.names)

    def _known(self, key: tuple[str, str, bool], text: str) -> bool:
        found = self._found.get(key)
        if found is None:
            _, needle, whole_word = key
            found = self._found[key] = self.holds(text, needle, whole_word=whole_word)
        return found

    def _has_word(self, text: str, needle: str) -> bool:
        at = text.find(needle)
        many = 0
        while at >= 0:
            end = at + len(needle)
            if not text[at - 1 : at].isalpha() and not text[end : end + 1].isalpha():
                return True
            many += 1
            if many % _OCCURRENCES == 0:
                self.spend()
            at = text.find(needle, at + 1)
        return False
