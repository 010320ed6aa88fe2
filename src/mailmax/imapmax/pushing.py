"""Telling those who idle, without making everybody else wait.

Theory:
    A message that arrives where a hundred clients idle is a hundred writes, each
    with its own encryption; a thousand such messages a second would be all that this
    process does. So pushes are made in slices, and after each slice the loop has as
    long a time for its other work as the slice took. Who is due is noted once: what
    happens meanwhile is told together, in one write.

Rules:
    The first push after a rest is made on the spot.

Limits:
    A slice ends after 2 ms: a tenth of what a NOOP may take beside a flood.
"""

import asyncio
from collections.abc import Iterable
from time import perf_counter
from typing import Protocol

SLICE_S = 0.002


class Looker(Protocol):
    """Somebody to be told."""

    def push(self) -> None:
        """Something changed: say it now if the client idles."""


class Pushes:
    """All who are due to be told, of one process."""

    __slots__ = ("_due", "_rest")

    def __init__(self) -> None:
        """Start with nobody."""
        self._due: dict[Looker, None] = {}
        self._rest: asyncio.TimerHandle | None = None

    def soon(self, lookers: Iterable[Looker]) -> None:
        """Tell them, at once if there is time."""
        self._due.update(dict.fromkeys(lookers))
        if self._rest is None:
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
            loop = asyncio.get_running_loop()
            self._rest = loop.call_later(perf_counter() - begin, self._rested)

    def _rested(self) -> None:
        if self._due:
            self._slice()
        else:
            self._rest = None
