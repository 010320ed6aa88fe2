"""The hub's desk for daily limits (USR-3).

Theory:
    What forwards have sent on the filer tells in batches; it knows the limits and
    counts from the tables. So whoever forwards and hands in mail as well has the row
    pushed again soon after.

Manual: 7.1, 7.2; TRUST K7.
"""

import asyncio
import time

from mailmax.base.errors import Failure
from mailmax.datamax import forwarding
from mailmax.datamax.desk import Answers
from mailmax.datamax.effect import Effect
from mailmax.datamax.pushes import Publisher
from mailmax.datamax.sending import count_forwards, count_sending
from mailmax.hub.contract.message import Done
from mailmax.hub.contract.sending import (
    CountForwards,
    CountSending,
    ForwardsCounted,
    SendingRefused,
)
from mailmax.store.accounts.database import Database, in_time

GATHER_S = 0.2


class SendingDesk:
    """Counts, and lets the filer know."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        """Take what it needs.

        Args:
            database: Where counts are kept.
            publisher: Pushes the tables.
        """
        self._database = database
        self._publisher = publisher
        self._changed: set[int] = set()
        self._came = asyncio.Event()

    def answers(self) -> Answers:
        """Return what answers each request."""
        return {CountSending: self._count, CountForwards: self._count_forwards}

    async def push_changed(self) -> None:
        """Tell the filer what users who forward have handed in, for ever."""
        while True:
            await self._came.wait()
            await asyncio.sleep(GATHER_S)
            self._came.clear()
            numbers, self._changed = self._changed, set()
            try:
                rows = await self._database.read(forwarding.forwards_of, tuple(numbers))
            except Failure:
                self._note(*numbers)
                continue
            if rows:
                self._publisher.publish(Effect(forwards=rows))

    async def _count(self, request: CountSending) -> Done | SendingRefused:
        answer, forwards = await in_time(
            self._database.write(count_sending, request, time.time())
        )
        if forwards:
            self._note(request.user_id)
        return answer

    async def _count_forwards(self, request: CountForwards) -> ForwardsCounted:
        return await self._database.write(count_forwards, request, time.time())

    def _note(self, *user_ids: int) -> None:
        self._changed.update(user_ids)
        self._came.set()
