"""The signal box: who may go next, how many at once, and when to look again.

Theory:
    Mail for one destination waits in a *lane*, fresh and retried mail in lanes of
    their own, so that fresh mail never waits behind mail that failed before. A lane
    has a `Window`: how many connections it may use. It opens with success and closes
    with trouble, as a congestion window does; a lane that fails alone is *down* for a
    while, and its mail is put off at once without a connection each (TRUST C6).

Rules:
    Pure: times are arguments. `Turns` gives each waiting lane a connection before any
    gets its second, so a slow destination cannot take all.

Limits:
    5 connections to begin with, 20 at most (Postfix: 5 and 20).
"""

import heapq
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

FIRST_WINDOW: Final = 5
LARGEST_WINDOW: Final = 20
DOWN_S: Final = 45.0
"""How long a host that is away is left alone. Less than the shortest retry interval, a
minute less a tenth: who comes back for the next try finds it tried anew."""
STRIKES: Final = 2

T = TypeVar("T")


@dataclass(slots=True)
class Window:
    """How many connections a lane may use."""

    size: float = FIRST_WINDOW
    strikes: int = 0
    """Failures since the last success."""

    def succeeded(self) -> None:
        """A message went through: one more connection for each full window."""
        self.strikes = 0
        self.size = min(LARGEST_WINDOW, self.size + 1 / self.size)

    def failed(self) -> None:
        """A connection failed: half as many, and one at least."""
        self.strikes += 1
        self.size = max(1.0, self.size / 2)


class Turns(Generic[T]):
    """Lanes that want a connection, and whose turn it is.

    Each call takes no longer for ten thousand lanes than for ten. Those with fewest
    connections come first. Among them the one that waits longest and the one that
    has just come take turns: what is new need not wait behind ten thousand that lead
    nowhere, and those get their half.
    """

    def __init__(self) -> None:
        self._rows: list[OrderedDict[T, None]] = [
            OrderedDict() for _ in range(LARGEST_WINDOW + 1)
        ]
        self._row_of: dict[T, int] = {}
        self._is_newest = False

    def __len__(self) -> int:
        return len(self._row_of)

    def want(self, lane: T, active: int) -> None:
        """Note that a lane with so many connections wants one more."""
        row = min(active, LARGEST_WINDOW)
        if self._row_of.get(lane) != row:
            self.drop(lane)
            self._rows[row][lane] = None
            self._row_of[lane] = row

    def drop(self, lane: T) -> None:
        """Note that a lane wants none any more."""
        row = self._row_of.pop(lane, None)
        if row is not None:
            del self._rows[row][lane]

    def take(self) -> T | None:
        """Return whose turn it is; it wants none any more until it says so."""
        if not self._row_of:
            return None
        row = next(row for row in self._rows if row)
        lane, _ = row.popitem(last=self._is_newest)
        self._is_newest = not self._is_newest
        del self._row_of[lane]
        return lane


@dataclass(slots=True)
class Agenda(Generic[T]):
    """What is to be tried again, and when."""

    _heap: list[tuple[float, int, T]] = field(default_factory=list)
    _count: int = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, due: float, item: T) -> None:
        """Note something for a time."""
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, item))

    def take_due(self, now: float, limit: int) -> list[T]:
        """Return what is due, the oldest first, no more than `limit`."""
        items: list[T] = []
        while self._heap and self._heap[0][0] <= now and len(items) < limit:
            items.append(heapq.heappop(self._heap)[2])
        return items

    def next_due(self) -> float | None:
        """Return when the next item is due."""
        return self._heap[0][0] if self._heap else None

    def items(self) -> Iterable[tuple[float, T]]:
        """Return all with their times, in no order."""
        return [(due, item) for due, _, item in self._heap]
