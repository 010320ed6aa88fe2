"""Telling those who idle, without making everybody else wait.

Theory:
    A message that arrives where a hundred clients idle is a hundred writes, each
    with its own encryption; a thousand such messages a second would be all that this
    process does. So pushes are made in slices, and after each slice the loop has as
    long a time for its other work as the slice took. Who is due is noted once: what
    happens meanwhile is told together, in one write. When there is no end of it, the
    rests grow: pushes take a fifth of the time then, and each of them tells more.

Rules:
    The first push after a rest is made on the spot.

Limits:
    A slice ends after 2 ms: a tenth of what a NOOP may take beside a flood. Three
    slices, some hundred clients, are made with short rests.
"""

import asyncio
from collections.abc import Iterable
from time import perf_counter
from typing import Protocol

SLICE_S = 0.002
QUICK_SLICES = 3
LONG_REST = 4
"""So many times as long as a slice is the rest after those."""


class Looker(Protocol):
    """Somebody to be told."""

    def push(self) -> None:
        """Something changed: say it now if the client idles."""


class Pushes:
    """All who are due to be told, of one process."""

    __slots__ = ("_due", "_rest", "_slices")

    def __init__(self) -> None:
        """Start with nobody."""
        self._due: dict[Looker, None] = {}
        self._rest: asyncio.TimerHandle | None = None
        self._slices = 0
        """How many were made since all who were due had been told."""

    @property
    def busy(self) -> bool:
        """A slice was made, and the rest after it is not over."""
        return self._rest is not None

    def soon(self, lookers: Iterable[Looker]) -> None:
        """Tell them, at once if there is time."""
        self._due.update(dict.fromkeys(lookers))
        if not self.busy:
            self._slice()

    def _slice(self) -> None:
        self._rest = None
        begin = now = perf_counter()
        due = self._due
        try:
            while due and now - begin < SLICE_S:
                looker = next(iter(due))
                del due[looker]
                looker.push()
                now = perf_counter()
        finally:
            self._slices += 1
            times = 1 if self._slices <= QUICK_SLICES else LONG_REST
            loop = asyncio.get_running_loop()
            rest_s = times * (perf_counter() - begin)
            self._rest = loop.call_later(rest_s, self._rested)

    def _rested(self) -> None:
        if self._due:
            self._slice()
        else:
            self._rest = None
            self._slices = 0
