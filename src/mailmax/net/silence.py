"""Waiting for clients that say nothing: few timers, however many clients there are.

Theory:
    A timer a client would be the heaviest part of one that idles: 0.8 KiB of 5. So
    clients whose time is up at about the same moment are waited for together, and who
    spoke meanwhile is put off when that moment comes, not when it speaks.

Rules:
    Nobody is looked at too early, nor later than a part of its own patience: 1 s of
    60, half a minute of 30 minutes.
    A crowd that is due at once is looked at in slices; the loop has its turn between.

Limits:
    64 moments for each length of patience; 100 clients a slice.
"""

import asyncio
from math import ceil
from typing import Protocol

from mailmax.net.alarm import Alarm

PARTS = 64
SHORTEST_S = 0.001
SLICE = 100
NEVER = 0.0


class Waiter(Protocol):
    """Somebody with a deadline."""

    def on_due(self) -> None:
        """The moment has come; whoever goes on waiting says so anew."""


class Silence:
    """Everybody who is waited for on one loop."""

    __slots__ = ("_alarm", "_moments")

    def __init__(self) -> None:
        """Wait for nobody yet."""
        self._moments: dict[float, set[Waiter]] = {}
        self._alarm = Alarm(self._look)

    def wait(self, waiter: Waiter, deadline: float, patience_s: float) -> float:
        """Look at somebody soon after a deadline.

        Args:
            waiter: Not waited for yet.
            deadline: By the loop's clock.
            patience_s: How long it is from a word to its deadline.

        Returns:
            The moment, for `forget`.
        """
        step = max(patience_s / PARTS, SHORTEST_S)
        moment = ceil(deadline / step) * step
        self._moments.setdefault(moment, set()).add(waiter)
        self._alarm.set_not_later(moment)
        return moment

    def forget(self, waiter: Waiter, moment: float) -> None:
        """Do not look at somebody any more."""
        waiting = self._moments.get(moment)
        if waiting is not None:
            waiting.discard(waiter)

    def _look(self) -> None:
        moments = self._moments
        now = asyncio.get_running_loop().time()
        left = SLICE
        for moment in [each for each in moments if each <= now]:
            waiting = moments[moment]
            while waiting and left:
                left -= 1
                waiting.pop().on_due()
            if waiting:
                break
            del moments[moment]
        if moments:
            self._alarm.set_not_later(min(moments))

    def stop(self) -> None:
        """Look at nobody any more."""
        self._moments.clear()
        self._alarm.cancel()
