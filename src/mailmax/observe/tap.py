"""The tap: what is wanted of a process's trace, as lines, few at a time.

Theory:
    Each watch wants some kinds, of some sessions. What any of them wants becomes a
    line, once, with the watches that it is for. Between two calls of `take` a bounded
    number of lines is made; what comes beyond is counted and forgotten, so that no
    flood of events costs more than a look at each.

Rules:
    Never waits, never grows. While nobody wants anything it is no subscriber.

Limits:
    2,000 lines and 512 KiB between two calls; 2,000 characters a line.

Manual: §9.2.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from mailmax.observe.events.catalogue import Event, describe
from mailmax.observe.events.kinds import Kinds, Who
from mailmax.observe.trace import Trace
from mailmax.policy.access import PERMITTED, FilterList, octets_of, read_pattern
from mailmax.settings.field import BadValue

MOST_LINES: Final = 2_000
MOST_CHARACTERS: Final = 512 * 1024
LONGEST_LINE: Final = 2_000


class Choice:
    """Which sessions are meant."""

    __slots__ = ("_addresses", "_is_within", "_session", "_user")

    def __init__(
        self, addresses: FilterList | None = None, user: str = "", session: str = ""
    ) -> None:
        """Mean all, or only those.

        Args:
            addresses: Clients there.
            user: Who has logged in so.
            session: That one.
        """
        self._addresses = addresses
        self._user = user.lower()
        self._session = session
        self._is_within = lru_cache(4_096)(self._look_up)

    def fits(self, who: Who) -> bool:
        """Tell whether a session is meant."""
        if self._session and who.session != self._session:
            return False
        if self._user and who.user.lower() != self._user:
            return False
        return self._addresses is None or self._is_within(who.peer)

    def _look_up(self, peer: str) -> bool:
        addresses = self._addresses
        return addresses is None or addresses.match(octets_of(peer)) is not None


EVERYBODY: Final = Choice()


def read_choice(address: str, user: str, session: str) -> Choice | BadValue:
    """Return which sessions somebody means, or what is wrong with the address."""
    if not address:
        return Choice(None, user, session)
    pattern = read_pattern(address)
    if isinstance(pattern, BadValue):
        return BadValue("address", pattern.reason, pattern.cure)
    return Choice(FilterList([(pattern, PERMITTED)]), user, session)


@dataclass(frozen=True, slots=True)
class Watch:
    """What one watcher wants."""

    number: int
    kinds: Kinds
    choice: Choice = EVERYBODY


class Line(NamedTuple):
    """What happened, for whom."""

    watches: tuple[int, ...]
    at: float
    """Unix time."""
    who: Who
    event: str
    """Its name in the catalogue."""
    text: str


class Tap:
    """On the trace of one process."""

    def __init__(self, trace: Trace, now: Callable[[], float] = time.time) -> None:
        """Stay closed until somebody wants something.

        Args:
            trace: What is tapped.
            now: Returns Unix time.
        """
        self._trace = trace
        self._now = now
        self._watches: Sequence[Watch] = ()
        self._leave: Callable[[], None] | None = None
        self._lines: list[Line] = []
        self._characters = 0
        self._lost: dict[int, int] = {}

    @property
    def is_open(self) -> bool:
        """Somebody watches."""
        return self._leave is not None

    def want(self, watches: Sequence[Watch]) -> None:
        """Make lines for these from now on, and for no others."""
        self._watches = watches
        if watches:
            kinds: Kinds = frozenset().union(*(one.kinds for one in watches))
            self._leave = self._trace.subscribe(kinds, self._take)
        elif self._leave is not None:
            self._leave()
            self._leave = None
            self.take()

    def take(self) -> tuple[list[Line], dict[int, int]]:
        """Return the lines since the last call, and of which watch how many more."""
        lines, self._lines = self._lines, []
        lost, self._lost = self._lost, {}
        self._characters = 0
        return lines, lost

    def _take(self, event: Event) -> None:
        kinds, who = event.kinds, event.who
        watches = [
            one.number
            for one in self._watches
            if not one.kinds.isdisjoint(kinds) and one.choice.fits(who)
        ]
        if not watches:
            return
        if len(self._lines) >= MOST_LINES or self._characters >= MOST_CHARACTERS:
            for number in watches:
                self._lost[number] = self._lost.get(number, 0) + 1
            return
        text = describe(event)[:LONGEST_LINE]
        self._characters += len(text)
        name = type(event).__name__
        self._lines.append(Line(tuple(watches), self._now(), who, name, text))
