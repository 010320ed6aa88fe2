"""Clearing away: the directories of users and domains that are gone.

Rules:
    A note at the hub is closed when its work is done, or can never be done. What is
    only in the way now (a session, the user's lock) is tried again next time, and is
    listed with its reason. What was deleted a moment ago is waited for. What waits for
    the end of its grace is listed with the day, and touched by nobody.

Manual: 6.6, 7.7.
"""

import logging
from contextlib import closing

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.housekeeping import removals
from mailmax.housekeeping.book import Book
from mailmax.housekeeping.moves import Moves
from mailmax.housekeeping.room import Room
from mailmax.hub.contract.housekeeping import (
    SETTLED_S,
    SETTLING,
    AskRemovals,
    Deed,
    NoteRemoval,
    RemovalPage,
    RemovalWork,
)

_log = logging.getLogger("mailmax.housekeeping")


class Clearing:
    """See the head of this file."""

    def __init__(self, room: Room, book: Book, *, dry_run: bool) -> None:
        """Begin.

        Args:
            room: To work with.
            book: To write into.
            dry_run: Only count.
        """
        self._room = room
        self._book = book
        self._dry_run = dry_run
        self._moves = Moves(room, book, dry_run=dry_run)
        self._left: dict[int, Deed] = {}
        """What stays for now, by the number of its note."""
        self._begun_at = 0.0
        self._is_settling = False
        self._is_last_look = False

    async def run(self) -> None:
        """Do what is due.

        Raises:
            TemporaryFailure: The hub is away.
            Stopped: It is to end.
            ClockJumped: What is due cannot be told any more.
        """
        self._begun_at = self._room.watch.believed()
        await self._go_through()
        if self._is_settling:
            self._is_last_look = True
            await self._room.leisure.wait(SETTLED_S)
            await self._go_through()
        for deed in self._left.values():
            self._book.write(deed)

    async def list_waiting(self) -> None:
        """List what stays until its days of grace are over, and until when.

        Raises:
            TemporaryFailure: The hub is away.
            Stopped: It is to end.
            ClockJumped: The hub's clock is another.
        """
        after = 0
        while rows := (await self._ask(AskRemovals(after, waiting=True))).rows:
            for work in rows:
                day = f"{self._room.clocks.local(work.due_at):%Y-%m-%d}"
                note = f"stays in {work.place} until {day}: its days of grace"
                self._book.write(Deed("waits", work.name, note=note))
                after = work.removal_id

    async def _go_through(self) -> None:
        """Do what is due, note by note."""
        after = 0
        while True:
            self._room.watch.believed()
            page = await self._ask(AskRemovals(after))
            if not page.rows:
                return
            for work in page.rows:
                self._room.watch.believed()
                await self._clear(work)
                after = work.removal_id

    async def _ask(self, asked: AskRemovals) -> RemovalPage:
        page = await self._room.leisure.heard(self._room.hub.ask(asked))
        if not isinstance(page, RemovalPage):
            raise TemporaryFailure(str(page))
        if page.rows:
            self._room.watch.compare(page.now)
        return page

    async def _clear(self, work: RemovalWork) -> None:
        if work.refused:
            await self._leave(work)
            return
        if work.way == "move":
            await self._moves.move(work)
            return
        try:
            octets = await self._room.measure(work)
            note = "" if self._dry_run else await self._do(work)
        except PermanentFailure as failure:
            self._book.trouble(work.name, failure.text)
            await self._note(work, f"refused: {failure.text}", is_done=True)
        except TemporaryFailure as failure:
            self._book.trouble(work.name, failure.text)
            await self._note(work, failure.text, is_done=False)
        else:
            self._count(work, octets)
            await self._note(work, note, is_done=True)

    async def _leave(self, work: RemovalWork) -> None:
        """Say why a directory stays for now."""
        if work.refused == SETTLING and work.asked_at > self._begun_at:
            return  # this very run has asked for it: the next one's work
        if work.refused == SETTLING and not self._is_last_look:
            self._is_settling = True
            return
        note = f"stays in {work.place}: {work.refused}"
        self._left[work.removal_id] = Deed("left", work.name, note=note)
        if work.way == "move":
            return  # a service is slow to end its sessions
        if work.refused != work.note:
            _log.warning("%s stays in %s: %s", work.name, work.place, work.refused)
        await self._note(work, work.refused, is_done=False)

    def _count(self, work: RemovalWork, octets: int) -> None:
        totals = self._book.totals
        if work.way == "archive":
            totals.archived += 1
            self._book.write(Deed("archive", work.name, 0, octets, work.place))
        else:
            totals.removed += 1
            totals.removed_octets += octets
            self._book.write(Deed("remove", work.name, 0, octets, work.place))

    async def _do(self, work: RemovalWork) -> str:
        room = self._room
        if work.way == "archive":
            asked = room.clocks.local(work.asked_at)
            note = removals.put_away(room.removing, work, asked)
        else:
            with closing(removals.remove(room.removing, work)) as removing:
                while await room.leisure.slices(removing):
                    pass
            note = "removed"
        _log.info("the mail of %s in %s: %s", work.name, work.place, note)
        return note

    async def _note(self, work: RemovalWork, note: str, *, is_done: bool) -> None:
        if self._dry_run or (note == work.note and not is_done):
            return
        noting = NoteRemoval(work.removal_id, note, is_done)
        await self._room.leisure.heard(self._room.hub.ask(noting))
