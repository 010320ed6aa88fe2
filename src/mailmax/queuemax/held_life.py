"""How long mail waits for the server of its ETRN domain, and then is returned.

Rules:
    Who was asked for in time is tried, however old it is; what waits is looked at each
    hour, and when the setting changes. While the calendar has jumped nothing is
    returned (`calendar`).

Manual: 6.5.2.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from mailmax.base.ports import Clock
from mailmax.policy.outcome import permanent
from mailmax.queuemax.calendar import Calendar
from mailmax.queuemax.held_mail import Held
from mailmax.queuemax.ledger import Ledger, Verdict
from mailmax.store.queue.entry import QueueEntry

LOOK_S: Final = 3600.0
UNASKED: Final = permanent("5.4.7", "its server did not ask for it in time")

_log = logging.getLogger("queuemax")


class HeldLife:
    """See the head of this file."""

    def __init__(
        self,
        held: Held,
        ledger: Ledger,
        clock: Clock,
        settle: Callable[[QueueEntry, Verdict], None],
    ) -> None:
        """Prepare; nothing is returned before `start`.

        Args:
            held: What waits.
            ledger: Sets states.
            clock: The time.
            settle: Carries out what the ledger says.
        """
        self._held = held
        self._ledger = ledger
        self._calendar = Calendar(clock)
        self._settle = settle
        self._loop = asyncio.get_running_loop()
        self._days = 0
        self._is_on = False
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look from now on: all that waits is known."""
        self._is_on = True
        self._plan(0.0)

    def use(self, days: int) -> None:
        """Follow another limit; 0: for ever."""
        if days != self._days:
            self._days = days
            self._plan(0.0)

    def stop(self) -> None:
        """Return nothing more."""
        self._is_on = False
        if self._timer is not None:
            self._timer.cancel()

    def _plan(self, wait_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(wait_s, self._look)

    def _look(self) -> None:
        if not self._is_on:
            return
        self._plan(LOOK_S)
        self._held.forget_ended()
        if not self._days:
            return
        oldest = self._calendar.past(self._days)
        if oldest is None:
            _log.warning(
                "the clock has jumped: no mail for ETRN is returned by its age"
            )
            return
        for entry, targets in self._held.take_old(int(oldest * 1000)):
            self._settle(entry, self._ledger.expire(entry, targets, UNASKED))
