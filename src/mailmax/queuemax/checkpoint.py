"""The checkpoint: what is unfinished is kept, then the journals are let go.

Theory:
    Every few seconds, when much was read, or when mail that cannot be sent at once
    holds up the reading: bodies of all that is unfinished and
    still lies in a journal go into the queue directory, then the position behind
    them, then the journals are told (DESIGN 5). So no journal waits for a dead host.

    The position is not the newest: `_choose` takes the newest that leaves nothing
    unfinished behind, or one that is a second old. So mail that is sent at once is
    written nowhere again, however much of it is on its way.

    Mail that was put off is kept as soon as there is much of it, the position staying
    where it is: a hundred thousand messages for dead hosts hold up none behind them.

Rules:
    On any failure nothing is let go; the next checkpoint tries again (TRUST D2).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from mailmax.base.errors import Failure
from mailmax.queuemax.recorder import Recorder
from mailmax.store.queue.entry import QueueEntry
from mailmax.store.queue.store import QueueStore
from mailmax.store.spool.port import SpoolReader

EVERY_S: Final = 5.0
MUCH_OCTETS: Final = 32 * 1024 * 1024
MANY: Final = 1_000
"""Unfinished entries in the journals before reading waits for some to finish."""
SETTLE_S: Final = 1.0
"""How long mail is given to be sent at once."""
LOOK_S: Final = 0.05
BLOCKED_LOOKS: Final = 5
"""How many looks long reading waits before what holds it up is kept."""

_log = logging.getLogger("queuemax")


class Mark(NamedTuple):
    """How far the journals were read once."""

    position: bytes
    number: int
    """Entries below this came before the position."""
    read_at: float


class Checkpoints:
    """Makes checkpoints; knows what still lies in the journals."""

    def __init__(
        self,
        store: QueueStore,
        recorder: Recorder,
        reader: SpoolReader,
        on_damaged: Callable[[QueueEntry], None],
    ) -> None:
        """Prepare.

        Args:
            store: The queue directory.
            recorder: Its writing thread.
            reader: The journals.
            on_damaged: Called for an entry whose body cannot be read any more.
        """
        self._store = store
        self._recorder = recorder
        self._reader = reader
        self._on_damaged = on_damaged
        self.in_journal: dict[int, QueueEntry] = {}
        """Unfinished entries whose bodies lie in a journal, by number."""
        self._octets = 0
        self._marks: deque[Mark] = deque()
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    def start(self) -> None:
        """Begin to make them."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        """Make a last one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.make()

    def has_room(self) -> bool:
        """Tell whether more may be read before the next checkpoint; any thread."""
        return len(self.in_journal) < MANY

    def find(self, number: int) -> QueueEntry | None:
        """Return the entry of a number, if it waits."""
        return self.in_journal.get(number) or self._store.entries.get(number)

    def all_unfinished(self) -> dict[int, QueueEntry]:
        """Return all entries that wait, kept and not, by number: a copy."""
        return {**self._store.entries, **self.in_journal}

    def admitted(self, entry: QueueEntry) -> None:
        """Note an entry whose body lies in a journal."""
        self.in_journal[entry.number] = entry
        self._octets += entry.size

    def read_to(self, position: bytes) -> None:
        """Note how far the journals were read."""
        now = asyncio.get_running_loop().time()
        self._marks.append(Mark(position, self._store.next_number, now))

    def is_over(self, entry: QueueEntry) -> None:
        """Forget an entry that needs nothing any more."""
        self.in_journal.pop(entry.number, None)

    async def make(self) -> bool:
        """Make one of all that was read; False when it failed."""
        return await self._make(lambda: self._marks[-1] if self._marks else None)

    async def keep(self, entries: Iterable[QueueEntry]) -> None:
        """Keep what still lies in a journal, now; durable on return.

        Raises:
            TemporaryFailure: It may or may not be kept.
        """
        async with self._turn:
            await self._keep([e for e in entries if e.number in self.in_journal])

    async def _make(self, choose: Callable[[], Mark | None]) -> bool:
        try:
            async with self._turn:
                mark = choose()
                if mark is not None:
                    await self._pass(mark)
                await self._recorder.compact()
        except Failure as failure:
            _log.error("no checkpoint: %s (%s)", failure, failure.__cause__)
            return False
        return True

    def _choose(self) -> Mark | None:
        """Return the newest position that is free, or old enough."""
        oldest = next(iter(self.in_journal), self._store.next_number)
        until = asyncio.get_running_loop().time() - SETTLE_S
        for mark in reversed(self._marks):
            if mark.number <= oldest or mark.read_at <= until:
                return mark
        return None

    async def _pass(self, mark: Mark) -> None:
        store, recorder, position = self._store, self._recorder, mark.position
        self._octets = 0
        await self._keep(
            [e for e in self.in_journal.values() if e.number < mark.number]
        )
        await recorder.run(lambda: store.advance(position))
        store.advanced(position)
        while self._marks and self._marks.popleft() is not mark:
            pass
        await asyncio.to_thread(self._reader.done, position)

    async def _keep(self, entries: Sequence[QueueEntry]) -> None:
        store = self._store
        entries = [entry for entry in entries if not entry.is_over]
        items = [(entry, store.body_of(entry)) for entry in entries]
        places = await self._recorder.run(lambda: store.keep(items)) if items else []
        for entry, place in zip(entries, places, strict=True):
            self.in_journal.pop(entry.number, None)
            if place is None:
                self._on_damaged(entry)
            else:
                store.adopt(entry, place)

    async def _keep_put_off(self) -> bool:
        """Keep what waits for another try, if it is much; False when that failed."""
        if len(self.in_journal) < MANY // 2:
            return True
        put_off = [one for one in self.in_journal.values() if one.is_put_off]
        if len(put_off) < MANY // 4:
            return True
        try:
            await self.keep(put_off)
        except Failure as failure:
            _log.error("mail cannot be kept: %s (%s)", failure, failure.__cause__)
            return False
        return True

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + EVERY_S
        former, looks = 0, 0
        while True:
            await asyncio.sleep(LOOK_S)
            is_well = await self._keep_put_off()
            oldest = 0 if self.has_room() else next(iter(self.in_journal), 0)
            looks = looks + 1 if oldest and oldest == former else 0
            former = oldest
            is_due = loop.time() >= due or self._octets > MUCH_OCTETS
            if is_due or looks >= BLOCKED_LOOKS:
                due, looks = loop.time() + EVERY_S, 0
                is_well = await self._make(self._choose) and is_well
            if not is_well:
                await asyncio.sleep(1.0)
