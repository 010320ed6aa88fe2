"""Moving the mail of a domain whose directory was changed (DOM-1).

Theory:
    measured, directory made → begun at the hub: services pause, sessions end, the
    filer puts mail aside → all homes brought over → ended at the hub: the domain goes
    on in the new directory, and the old one is noted for removal.

Rules:
    What fails is undone, and the domain goes on where it was. What is cut stays
    begun, and goes on first of all when Housekeeping is back.

Limits:
    Sessions have a minute to end; those that do not find their mail locked.

Manual: 6.1.
"""

import asyncio
import logging
from contextlib import closing

from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.housekeeping.book import Book
from mailmax.housekeeping.room import Room
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.housekeeping import (
    OPEN,
    AskRemovals,
    BeginMove,
    Deed,
    EndMove,
    RemovalPage,
    RemovalWork,
)

SETTLE_S = 2.0
"""For services in the middle of a batch, after they have heard."""
SESSIONS_S = 60.0
LOOK_S = 0.5

_log = logging.getLogger("mailmax.housekeeping")


class Moves:
    """See the head of this file."""

    def __init__(self, room: Room, book: Book, *, dry_run: bool) -> None:
        """Begin; as `clearing.Clearing`."""
        self._room = room
        self._book = book
        self._dry_run = dry_run

    async def move(self, work: RemovalWork) -> None:
        """Move one domain.

        Raises:
            TemporaryFailure: The hub is away.
            Stopped: It is to end.
        """
        room = self._room
        try:
            octets = await room.measure(work)
            await asyncio.to_thread(room.moving.prepare, work.target, work.name, octets)
        except Failure as failure:
            await self._give_up(work, failure)
            return
        if not self._dry_run:
            await self._say(BeginMove(work.removal_id))
            await self._wait_for_sessions(work)
            try:
                await self._bring(work)
            except Failure as failure:
                await self._undo(work, failure)
                return
            await self._end(work, "moved", is_moved=True)
            _log.info("the mail of %s is in %s now", work.name, work.target)
        self._book.totals.moved += 1
        self._book.write(Deed("move", work.name, 0, octets, work.target))

    async def _wait_for_sessions(self, work: RemovalWork) -> None:
        leisure = self._room.leisure
        await leisure.wait(SETTLE_S)
        for _ in range(int(SESSIONS_S / LOOK_S)):
            asked = AskRemovals(work.removal_id - 1, 1)
            page = await leisure.heard(self._room.hub.ask(asked))
            if not isinstance(page, RemovalPage):
                raise TemporaryFailure(str(page))
            if all(row.refused != OPEN for row in page.rows):
                return
            await leisure.wait(LOOK_S)

    async def _bring(self, work: RemovalWork) -> None:
        with closing(self._room.moving.bring(work.place, work.target)) as bringing:
            while await self._room.leisure.slices(bringing):
                pass

    async def _undo(self, work: RemovalWork, why: Failure) -> None:
        """Let the domain go on where it was; where even that fails, it waits."""
        try:
            with closing(self._room.moving.undo(work.place, work.target)) as undoing:
                while await self._room.leisure.slices(undoing):
                    pass
        except Failure as failure:
            words = f"neither moved ({why.text}) nor undone: {failure.text}"
            self._book.trouble(work.name, words)
            return
        await self._give_up(work, why)

    async def _give_up(self, work: RemovalWork, why: Failure) -> None:
        self._book.trouble(work.name, f"not moved to {work.target}: {why.text}")
        if not self._dry_run:
            await self._end(work, f"not moved: {why.text}", is_moved=False)

    async def _end(self, work: RemovalWork, note: str, *, is_moved: bool) -> None:
        await self._say(EndMove(work.removal_id, is_moved, note))

    async def _say(self, request: BeginMove | EndMove) -> None:
        answer = await self._room.leisure.heard(self._room.hub.ask(request))
        if not isinstance(answer, Changed):
            raise TemporaryFailure(str(answer))
