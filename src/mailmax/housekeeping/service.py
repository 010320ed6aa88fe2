"""Housekeeping: once a day at a quiet hour, and whenever somebody asks.

Theory:
    It wakes up every few minutes, notes that the clock went on as it should, and does
    what is due: the rest of a run that was cut, a run that was asked for, the daily
    one, or the directories of who is gone. Work is slow (`leisure`), and the mailboxes
    are open only while it lasts.

    A run clears directories away first, then goes through the users. A dry run goes
    the same way and only counts, so it says what a real one at that moment does. What
    a run deletes by age is cleared away later.

Rules:
    A run is resumed after a kill where it was noted to be: at most a page before.
    When the clock moved by more than a day nothing is deleted, by nobody's order,
    until somebody says that it is right (TRUST M9).

Manual: 2.2, 4.1.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from mailmax.base.errors import Failure
from mailmax.base.units import counted
from mailmax.housekeeping.book import Book
from mailmax.housekeeping.clearing import Clearing
from mailmax.housekeeping.clock_watch import ClockJumped, ClockWatch
from mailmax.housekeeping.clocks import Clocks
from mailmax.housekeeping.expiry import Expiry
from mailmax.housekeeping.leisure import REST, Leisure, Stopped
from mailmax.housekeeping.ports import Hub
from mailmax.housekeeping.room import Room
from mailmax.housekeeping.state import Memory, added
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.housekeeping import (
    AskHousekeeping,
    DeedPage,
    HousekeepingView,
    ListDeeds,
    RunBegun,
    RunHousekeeping,
    RunView,
    Totals,
)
from mailmax.hub.contract.message import Denied
from mailmax.policy.quiet_hour import is_due
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.moving import Moving
from mailmax.store.removing import Removing

TICK_S = 300.0

_log = logging.getLogger("mailmax.housekeeping")


@dataclass(frozen=True, slots=True)
class Options:
    """How this Housekeeping behaves."""

    memory: Path
    """The file in which it remembers."""
    tick_s: float = TICK_S
    rest: float = REST


class HousekeepingService:
    """See the head of this file."""

    def __init__(
        self,
        hub: Hub,
        open_store: Callable[[], SegmentStore],
        directories: tuple[Removing, Moving],
        clocks: Clocks,
        options: Options,
    ) -> None:
        """Prepare; nothing is done before `start`.

        Args:
            hub: Who knows what is to be done.
            open_store: Opens the mailboxes of this node; blocks.
            directories: Of this node, to be removed and to be moved.
            clocks: Of this computer.
            options: How to behave.
        """
        self._open_store = open_store
        self._options = options
        self._memory = Memory(options.memory)
        self._saved = self._memory.load(clocks.mark())
        self._watch = ClockWatch(clocks, self._saved)
        self._leisure = Leisure(rest=options.rest)
        self._room = Room(hub, *directories, self._leisure, clocks, self._watch)
        self._stirred = asyncio.Event()
        self._asked: RunView | None = None
        self._view = self._saved.run
        """The run under way, else the last one."""
        self._number = self._view.number if self._view is not None else 0
        self._is_busy = False
        self._book = Book(Totals())
        self._task: asyncio.Task[None] | None = None
        hub.on_request(AskHousekeeping, self._tell_state)
        hub.on_request(RunHousekeeping, self._begin)
        hub.on_request(ListDeeds, self._tell_deeds)

    async def start(self) -> None:
        """Look after what is due from now on."""
        self._task = asyncio.get_running_loop().create_task(self._live())

    async def stop(self) -> None:
        """End after the slice that is under way."""
        self._leisure.stop()
        if self._task is not None:
            await self._task

    # What administrators ask

    def _tell_state(self, _: AskHousekeeping) -> HousekeepingView:
        saved = self._saved
        trouble = self._watch.trouble()
        return HousekeepingView(
            trouble, self._next_at(), self._view, saved.sum_since, saved.sum
        )

    def _begin(self, asked: RunHousekeeping) -> RunBegun | Denied:
        if self._asked is not None or self._is_running:
            words = "Housekeeping is at work already"
            return Denied("conflict", "", words, "see: mailmax housekeeping status")
        if asked.trust_clock:
            self._watch.trust()
        trouble = self._watch.trouble()
        if trouble:
            cure = "if it is right now, say --trust-clock"
            return Denied("conflict", "clock", trouble, cure)
        self._asked = self._view = self._new_view(asked.domain, dry_run=asked.dry_run)
        self._stirred.set()
        return RunBegun(self._number)

    @property
    def _is_running(self) -> bool:
        """Whether a run is under way; what is cleared away between runs is none."""
        view = self._view
        return self._is_busy and view is not None and view.state == "running"

    def _tell_deeds(self, asked: ListDeeds) -> DeedPage | Denied:
        after = asked.after or "0"
        if not after.isascii() or not after.isdecimal() or len(after) > 9:
            words = "it is no place in the list"
            return Denied("bad_value", "after", words, "give a page's `next`")
        begin = int(after)
        end = begin + max(1, min(asked.limit, PAGE_ROWS))
        deeds = self._book.deeds
        return DeedPage(tuple(deeds[begin:end]), str(end) if end < len(deeds) else "")

    # Life

    async def _live(self) -> None:
        while not self._leisure.is_stopping:
            self._stirred.clear()
            self._is_busy = True
            try:
                with suppress(Stopped):
                    await self._turn()
            except Failure as failure:
                _log.warning("nothing can be done now: %s", failure.text)
            except ClockJumped as jumped:
                _log.error("the clock is not believed: %s", jumped)
            finally:
                self._is_busy = False
            with suppress(Stopped, TimeoutError):
                async with asyncio.timeout(self._options.tick_s):
                    await self._leisure.heard(self._stirred.wait())

    async def _turn(self) -> None:
        """Do what is due now."""
        saved = self._saved
        asked, self._asked = self._asked, None
        if not self._watch.note():
            if asked is not None:
                self._finish(asked, "refused", self._watch.trouble())
            return
        self._memory.save(saved)
        if asked is not None:
            await self._run(asked, "")
        elif saved.run is not None and saved.run.state == "running":
            await self._run(saved.run, saved.after)
        elif self._is_due():
            saved.begun_at = saved.mark.wall
            await self._run(self._new_view("", dry_run=False), "")
        else:
            await self._clear_away()

    def _is_due(self) -> bool:
        local = self._room.clocks.local
        begun = local(self._saved.begun_at)
        return is_due(local(self._saved.mark.wall), self._hour, begun)

    @property
    def _hour(self) -> int:
        return int(self._room.hub.tables.setting("housekeeping_hour"))

    def _next_at(self) -> float:
        now = self._room.clocks.mark().wall
        local = self._room.clocks.local(now)
        moment = local.replace(hour=self._hour, minute=0, second=0, microsecond=0)
        if moment <= local:
            moment += timedelta(days=1)
        return now + (moment - local).total_seconds()

    # Runs

    def _new_view(self, domain: str, *, dry_run: bool) -> RunView:
        self._number += 1
        now = self._room.clocks.mark().wall
        return RunView(self._number, "running", dry_run, domain, now, 0.0, Totals())

    async def _run(self, view: RunView, after: str) -> None:
        """Do a run from a place on, to its end or until something stops it."""
        self._view = view
        self._book = Book(view.totals)
        store = await asyncio.to_thread(self._open_store)
        end = ("done", "")
        try:
            await self._do(view, after, store)
        except ClockJumped as jumped:
            end = ("refused", str(jumped))
        except (Failure, Stopped):
            if not view.dry_run:
                raise
            end = ("stopped", "the hub or this service went away")
        finally:
            await asyncio.to_thread(store.close)
        self._finish(view, *end)

    async def _do(self, view: RunView, after: str, store: SegmentStore) -> None:
        dry_run = view.dry_run
        self._note_place(view, after)
        if not after and not view.domain:
            clearing = Clearing(self._room, self._book, dry_run=dry_run)
            await clearing.run()
            await clearing.list_waiting()
        expiry = Expiry(self._room, store, self._book, dry_run=dry_run)
        while after := await expiry.page(view.domain, after):
            self._note_place(view, after)

    def _note_place(self, view: RunView, after: str) -> None:
        if not view.dry_run:
            self._saved.run, self._saved.after = view, after
            self._memory.save(self._saved)

    def _finish(self, view: RunView, state: str, note: str) -> None:
        now = self._room.clocks.mark().wall
        totals = view.totals
        self._view = msgspec.structs.replace(view, state=state, ended_at=now, note=note)
        _log.info("run %d%s: %s; %s", view.number, " (dry)" if view.dry_run else "",
                  note or state, told(totals))  # fmt: skip
        if view.dry_run:
            return
        if state == "done":
            self._watch.trust()
        self._saved.run, self._saved.after = self._view, ""
        self._saved.sum = added(self._saved.sum, totals)
        self._memory.save(self._saved)

    async def _clear_away(self) -> None:
        book = Book(Totals())
        try:
            await Clearing(self._room, book, dry_run=False).run()
        finally:
            self._saved.sum = added(self._saved.sum, book.totals)


def told(totals: Totals) -> str:
    """Say in words what was done."""
    return (
        f"{counted(totals.looked_at, 'user')} looked at, "
        f"{counted(totals.messages, 'message')} of {counted(totals.octets, 'octet')} "
        f"and {counted(totals.users, 'user')} deleted, "
        f"{totals.archived} directories put away, {totals.moved} moved, "
        f"{totals.removed} removed "
        f"({counted(totals.removed_octets, 'octet')}), "
        f"{counted(totals.troubles, 'trouble')}"
    )
