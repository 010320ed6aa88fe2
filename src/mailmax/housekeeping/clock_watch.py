"""Whether the clock is believed (TRUST M9).

Rules:
    What is remembered moves on only while the clock is believed. When it moved by
    more than a day it is not, until it is back or somebody says that it is right.
"""

import logging

import msgspec

from mailmax.base.units import DAY_S
from mailmax.housekeeping.clocks import Clocks
from mailmax.housekeeping.state import Saved
from mailmax.policy.quiet_hour import MOST_S, clock_trouble, drift

_log = logging.getLogger("mailmax.housekeeping")


class ClockJumped(Exception):
    """The work ends: what is old cannot be told any more."""


class ClockWatch:
    """The clocks, and what is remembered of them."""

    def __init__(self, clocks: Clocks, saved: Saved) -> None:
        """Take both.

        Args:
            clocks: Of this computer.
            saved: Its mark is kept up to date here.
        """
        self._clocks = clocks
        self._saved = saved
        self._told = ""

    def trouble(self) -> str:
        """Say in words why the clock is not believed; empty: it is."""
        return clock_trouble(self._saved.mark, self._clocks.mark())

    def believed(self) -> float:
        """Return the time.

        Raises:
            ClockJumped: It is not believed.
        """
        now = self._clocks.mark()
        trouble = clock_trouble(self._saved.mark, now)
        if trouble:
            raise ClockJumped(trouble)
        return now.wall

    def compare(self, hub_now: float) -> None:
        """Go on if DataMax, which judges users by its own clock, has the same time.

        Raises:
            ClockJumped: One of the two clocks is wrong.
        """
        ahead = hub_now - self.believed()
        if abs(ahead) > MOST_S:
            way = "ahead of" if ahead > 0 else "behind"
            days = f"{abs(ahead) / DAY_S:.1f} days"
            raise ClockJumped(f"the clock of DataMax is {days} {way} this computer's")

    def note(self) -> bool:
        """Remember this moment, if the clock is believed; tell whether it is."""
        now = self._clocks.mark()
        trouble = clock_trouble(self._saved.mark, now)
        if trouble and trouble[:20] != self._told[:20]:
            cure = "nothing is deleted until: mailmax housekeeping run --trust-clock"
            _log.error("%s; %s", trouble, cure)
        self._told = trouble
        if not trouble:
            moved = drift(self._saved.mark, now)
            self._saved.mark = msgspec.structs.replace(now, drift=moved)
        return not trouble

    def trust(self) -> None:
        """Somebody says that the clock is right; or a run was done by it."""
        self._saved.mark = self._clocks.mark()
