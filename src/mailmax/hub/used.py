"""Telling DataMax what the mail of users comes to, when it has changed.

Theory:
    Every two seconds what has changed is taken from the mailboxes. A user who was told
    within the last minute waits for the minute to end; meanwhile only the last count
    is kept. One report is on its way at a time, so a hub that has much to do hears
    less often, and of each user the newest alone.

Rules:
    Nothing is lost while the hub is away but what came in between: it is told later
    with its age. A hub that does not answer holds up nothing.

Limits:
    100,000 users wait; more are dropped until their mail changes again. 1,000 in one
    report.
"""

import time
from collections.abc import Awaitable, Mapping
from itertools import islice
from typing import Any, Final, Protocol

from mailmax.base.errors import Failure
from mailmax.hub.contract.used import MOST_USED, ReportUsed, Used
from mailmax.hub.telling import Telling

PERIOD_S: Final = 2.0
PAUSE_S: Final = 60.0
"""Between two reports of one user."""
MOST_WAITING: Final = 100_000


class Hub(Protocol):
    """The hub, as far as it is needed here."""

    def ask(self, request: Any) -> Awaitable[Any]:
        """Ask and wait for the answer."""


class Count(Protocol):
    """What a user's mail came to."""

    @property
    def octets(self) -> int:
        """Of all messages."""

    @property
    def messages(self) -> int:
        """How many."""

    @property
    def moment(self) -> float:
        """When, on the monotonic clock."""


class Counted(Protocol):
    """Where the changes are noted: `store.mailboxes.segments.counted`."""

    def take(self) -> Mapping[Any, Count]:
        """Return what was noted since this was asked, by the users' numbers."""


class UsedReports:
    """Tells the hub; a part of each role that changes mailboxes."""

    def __init__(self, hub: Hub, counted: Counted) -> None:
        """Prepare.

        Args:
            hub: Who is told.
            counted: Where the changes of this process are noted.
        """
        self._hub = hub
        self._counted = counted
        self._waiting: dict[int, Count] = {}
        self._told: dict[int, float] = {}
        """When users were told last: the longest ago first."""
        self._telling = Telling("used", self.tell, PERIOD_S)

    async def start(self) -> None:
        """Tell from now on."""
        self._telling.start()

    async def stop(self) -> None:
        """Tell the last of it, if the hub is there."""
        self._told.clear()
        await self._telling.stop()

    async def tell(self) -> None:
        """Tell what is due."""
        self._take()
        while due := self._due():
            try:
                await self._hub.ask(self._report(due))
            except Failure:
                return  # away; it is told again
            self._note(due)

    def _take(self) -> None:
        for number, count in self._counted.take().items():
            if number in self._waiting or len(self._waiting) < MOST_WAITING:
                self._waiting[number] = count

    def _due(self) -> dict[int, Count]:
        """Return some who may be told again."""
        before = time.monotonic() - PAUSE_S
        for number in [*_older(self._told, before)]:
            del self._told[number]
        due = (one for one in self._waiting.items() if one[0] not in self._told)
        return dict(islice(due, MOST_USED))

    def _note(self, told: Mapping[int, Count]) -> None:
        now = time.monotonic()
        for number, count in told.items():
            self._told[number] = now
            if self._waiting.get(number) is count:
                del self._waiting[number]

    def _report(self, due: Mapping[int, Count]) -> ReportUsed:
        now = time.monotonic()
        return ReportUsed(
            tuple(
                Used(number, count.octets, count.messages, now - count.moment)
                for number, count in due.items()
            )
        )


def _older(told: Mapping[int, float], moment: float) -> list[int]:
    """Return who was told before a moment; the longest ago come first."""
    found = []
    for number, told_at in told.items():
        if told_at >= moment:
            break
        found.append(number)
    return found
