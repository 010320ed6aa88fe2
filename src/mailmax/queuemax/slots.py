"""How many connections of one kind there may be, and who stands aside.

Theory:
    A connection takes a place when it is begun. A host that has not even taken the
    call within moments gives its place to others and goes on aside: the call may
    still be answered, in half a minute at most, and ten thousand hosts that are
    switched off do not keep one away that is there::

        begun --- connected ------------------------------> over
          |           ^
          +-- aside --+ (late: counts again, above the limit if need be)
          |
          +-- given up: nobody may stand aside any more, and others wait

Rules:
    Only fresh mail is given up so: it is tried again with patience, as retried mail.

Limits:
    3 s, by two seconds each way, so that places come free one by one; five times
    the limit stand aside.
"""

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

PATIENCE_S: Final = 3.0
SPREAD_S: Final = 2.0
ASIDE: Final = 5


class Place(Enum):
    """Where a connection counts."""

    COUNTED = auto()
    ASIDE = auto()
    NOWHERE = auto()


class Slots:
    """All places of one kind."""

    def __init__(self, limit: int) -> None:
        """Begin with all free."""
        self.limit = limit
        self.taken = 0
        self.aside = 0

    @property
    def free(self) -> int:
        """How many connections may be begun."""
        return self.limit - self.taken

    def may_stand_aside(self) -> bool:
        """Tell whether one more may."""
        return self.aside < self.limit * ASIDE


class Slot:
    """One connection's place; taken at once."""

    def __init__(self, slots: Slots) -> None:
        self.place = Place.COUNTED
        self._slots = slots
        self._timer: asyncio.TimerHandle | None = None
        slots.taken += 1

    def call_unless_connected(
        self, wait_s: float, callback: Callable[..., None], *arguments: object
    ) -> None:
        """Have something called in a while, unless it is connected by then."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(wait_s, callback, *arguments)

    def step_aside(self) -> bool:
        """Leave the place to others; False when too many did."""
        if not self._slots.may_stand_aside():
            return False
        self._move(Place.ASIDE)
        return True

    def connected(self) -> None:
        """The call was taken: count."""
        self._stop_waiting()
        self._move(Place.COUNTED)

    def leave(self) -> None:
        """The connection is over."""
        self._stop_waiting()
        self._move(Place.NOWHERE)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _move(self, place: Place) -> None:
        slots = self._slots
        slots.taken += (place is Place.COUNTED) - (self.place is Place.COUNTED)
        slots.aside += (place is Place.ASIDE) - (self.place is Place.ASIDE)
        self.place = place
