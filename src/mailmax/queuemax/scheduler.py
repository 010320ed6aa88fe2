"""The signal box: who may go next, how many at once, and when to look again.

Theory:
    Mail for one destination waits in a *lane*, fresh and retried mail in lanes of
    their own, so that fresh mail never waits behind mail that failed before. A lane
    has a `Window`: how many connections it may use. It opens with success and closes
    with trouble, as a congestion window does; a lane that fails alone is *down* for a
    while, and its mail is put off at once without a connection each (TRUST C6).

Rules:
    Pure: times are arguments. `choose_lanes` gives each waiting lane a connection
    before any gets its second, so a slow destination cannot take all.

Limits:
    5 connections to begin with, 20 at most (Postfix: 5 and 20).
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

FIRST_WINDOW: Final = 5
LARGEST_WINDOW: Final = 20
DOWN_S: Final = 60.0
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


@dataclass(frozen=True, slots=True)
class LaneState:
    """What matters of a lane for the choice."""

    waiting: int
    """Messages without a connection."""
    active: int
    """Connections open or opening."""
    window: int


def choose_lanes(lanes: Sequence[LaneState], free: int) -> list[int]:
    """Return the lanes that open a connection now, each as often as it may.

    Args:
        lanes: In the order in which they have waited.
        free: Connections that may be opened in all.

    Returns:
        Indexes into `lanes`: those with fewest connections first.
    """
    wanted: list[tuple[int, int]] = []
    for index, lane in enumerate(lanes):
        more = min(lane.waiting, max(0, lane.window - lane.active))
        wanted += [(lane.active + count, index) for count in range(min(more, free))]
    return [index for _, index in heapq.nsmallest(free, wanted)]


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
