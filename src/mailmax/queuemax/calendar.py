"""Whether the calendar has gone on evenly since the process was started (TRUST D14).

Rules:
    While it has jumped, nothing is deleted or returned by its age.
"""

import asyncio
from typing import Final

from mailmax.base.ports import Clock
from mailmax.base.units import DAY_S

JUMP_S: Final = DAY_S


class Calendar:
    """The clock, and whether it is believed."""

    def __init__(self, clock: Clock) -> None:
        """Begin to look, on the running loop.

        Args:
            clock: The time of the day.
        """
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._begun = clock.now() - self._loop.time()

    def past(self, days: int) -> float | None:
        """Return the Unix time so many days ago; None: the clock has jumped."""
        now = self._clock.now()
        if abs(now - self._loop.time() - self._begun) > JUMP_S:
            return None
        return now - days * DAY_S
