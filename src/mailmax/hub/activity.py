"""Telling DataMax what was counted here, in batches, each once (HUB-7).

Theory:
    Every ten seconds what has come since is put aside with its moment, and told. What
    was told is told again, unchanged and under its number, until the hub has answered:
    it may have taken it. What comes meanwhile waits for the next report.

Rules:
    That the process was started is told at once: who dies soon was there, too.
    Nothing is told of a time in which nothing happened. While the hub is away nothing
    is lost but detail: what is older than an hour is added up.

Limits:
    360 slots wait (an hour). A process that is killed takes ten seconds with it.
"""

import asyncio
import secrets
from collections.abc import Awaitable
from typing import Any, Final, Protocol

from mailmax.base.errors import Failure
from mailmax.hub.contract.activity import ReportActivity, Slot
from mailmax.hub.telling import Telling
from mailmax.observe.counters import Counters

PERIOD_S: Final = 10.0
MOST_WAITING: Final = 360


class Hub(Protocol):
    """The hub, as far as it is needed here."""

    def ask(self, request: Any) -> Awaitable[Any]:
        """Ask and wait for the answer."""


class ActivityReports:
    """Tells the hub what a process has counted; a part of its role."""

    def __init__(
        self, hub: Hub, counters: Counters, period_s: float = PERIOD_S
    ) -> None:
        """Prepare, on the running loop.

        Args:
            hub: Who is told.
            counters: Of this process.
            period_s: How often.
        """
        self._hub = hub
        self._counters = counters
        self._loop = asyncio.get_running_loop()
        self._run = secrets.token_bytes(16)
        self._number = 0
        self._told: list[tuple[float, tuple[int, ...]]] = []
        """The report that was not answered yet: moments and counts."""
        self._waiting: list[tuple[float, tuple[int, ...]]] = []
        self._telling = Telling("activity", self.tell, period_s)

    async def start(self) -> None:
        """Tell from now on, and that there was a start."""
        self._counters.starts += 1
        self._telling.start()

    async def stop(self) -> None:
        """Tell the last of it, if the hub is there."""
        await self._telling.stop()

    async def tell(self) -> None:
        """Tell what has come until now."""
        self._put_aside()
        while self._told or self._waiting:
            if not self._told:
                self._told, self._waiting = self._waiting, []
                self._number += 1
            try:
                await self._hub.ask(self._report())
            except Failure:
                return  # away; it is told again
            self._told = []

    def _put_aside(self) -> None:
        counts = self._counters.take()
        if any(counts):
            self._waiting.append((self._loop.time(), counts))
        if len(self._waiting) > MOST_WAITING:
            (_, oldest), (moment, next_one), *rest = self._waiting
            both = tuple(map(sum, zip(oldest, next_one, strict=True)))
            self._waiting = [(moment, both), *rest]

    def _report(self) -> ReportActivity:
        now = self._loop.time()
        slots = tuple(Slot(now - moment, *counts) for moment, counts in self._told)
        return ReportActivity(self._run, self._number, slots)
