"""Answers about activity: services tell, administrators look (HUB-7, ACT-1).

Rules:
    Written once a minute and when the hub stops: a hub that is killed forgets a
    minute at most.

Manual: 2.6.
"""

import asyncio
import time
from typing import Final, get_args

from mailmax.datamax.activity import (
    RANGES,
    SERVICES,
    SHAPES,
    ActivityBook,
    ActivityFile,
)
from mailmax.datamax.desk import Answers
from mailmax.datamax.member import Member
from mailmax.hub.contract.activity import (
    MOST_SLOTS,
    Activity,
    AskActivity,
    Measure,
    ReportActivity,
    Series,
)
from mailmax.hub.contract.message import Denied, Done, Message
from mailmax.observe.counters import MEASURES

WRITE_S: Final = 60.0
_RUN_OCTETS = 16


class ActivityDesk:
    """Keeps the book of activity."""

    def __init__(self, file: ActivityFile) -> None:
        """Open the book where it was left.

        Args:
            file: Where it is kept.
        """
        self._file = file
        self._book = ActivityBook()
        self._is_changed = False

    async def restore(self) -> None:
        """Read what was kept."""
        await asyncio.to_thread(self._file.read, self._book)

    async def write_often(self) -> None:
        """Write what has changed, again and again; for ever."""
        while True:
            await asyncio.sleep(WRITE_S)
            await self.write()

    async def write(self) -> None:
        """Write what has changed."""
        if not self._is_changed:
            return
        self._is_changed = False
        if not await asyncio.to_thread(self._file.write, self._book.keep()):
            self._is_changed = True

    def report(self, member: Member, said: ReportActivity) -> Message:
        """Take what a service has counted."""
        if member.role not in SERVICES:
            return Denied("not_allowed", "role", "nothing is counted of that service")
        if len(said.run) != _RUN_OCTETS or len(said.slots) > MOST_SLOTS:
            return Denied("bad_value", "slots", "that is no report")
        slots = [
            (slot.age_s, tuple(getattr(slot, measure) for measure in MEASURES))
            for slot in said.slots
        ]
        report = (said.run, said.number)
        if self._book.take(report, member.role, slots, time.time()):
            self._is_changed = True
        return Done()

    def answers(self) -> Answers:
        """Return who answers what."""
        return {AskActivity: self._show}

    def _show(self, asked: AskActivity) -> Message:
        if asked.service not in SERVICES:
            return Denied(
                "not_found",
                "service",
                f"{asked.service[:40]!r} has no activity",
                f"ask for one of {', '.join(SERVICES)}",
            )
        now = time.time()
        ring, _ = RANGES[asked.range]
        step_s = SHAPES[ring][0]
        return Activity(
            asked.service,
            asked.range,
            step_s,
            (now // step_s + 1) * step_s,
            tuple(
                Series(
                    measure,
                    self._book.series(asked.service, asked.range, measure, now),
                )
                for measure in _chosen(asked)
            ),
            self._book.series(asked.service, asked.range, "starts", now),
        )


def _chosen(asked: AskActivity) -> tuple[Measure, ...]:
    every = get_args(Measure)
    return tuple(one for one in every if not asked.measures or one in asked.measures)
