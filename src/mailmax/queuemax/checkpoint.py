"""The checkpoint: what is unfinished is kept, then the journals are let go.

Theory:
    Every few seconds, when much was read, or when mail that cannot be sent at once
    holds up the reading: bodies of all that is unfinished and
    still lies in a journal go into the queue directory, then the position behind
    them, then the journals are told (DESIGN 5). So no journal waits for a dead host,
    and what was sent at once was written nowhere again.

Rules:
    On any failure nothing is let go; the next checkpoint tries again (TRUST D2).
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from mailmax.base.errors import Failure
from mailmax.queuemax.recorder import Recorder
from mailmax.store.queue.entry import QueueEntry
from mailmax.store.queue.store import QueueStore
from mailmax.store.spool.port import SpoolReader

EVERY_S: Final = 5.0
MUCH_OCTETS: Final = 32 * 1024 * 1024
MANY: Final = 1_000
"""Unfinished entries in the journals before reading waits for some to finish."""
BLOCKED_S: Final = 0.25
"""How long reading waits before what holds it up is kept."""

_log = logging.getLogger("queuemax")


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
        self._position = store.position
        self._task: asyncio.Task[None] | None = None

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

    def admitted(self, entry: QueueEntry) -> None:
        """Note an entry whose body lies in a journal."""
        self.in_journal[entry.number] = entry
        self._octets += entry.size

    def read_to(self, position: bytes) -> None:
        """Note how far the journals were read."""
        self._position = position

    def is_over(self, entry: QueueEntry) -> None:
        """Forget an entry that needs nothing any more."""
        self.in_journal.pop(entry.number, None)

    async def make(self) -> bool:
        """Make one now, if there is anything to do; False when it failed."""
        position = self._position
        try:
            if position != self._store.position:
                await self._make(position)
            await self._compact()
        except Failure as failure:
            _log.error("no checkpoint: %s (%s)", failure, failure.__cause__)
            return False
        return True

    async def _make(self, position: bytes) -> None:
        store, recorder = self._store, self._recorder
        self._octets = 0
        entries = [e for e in self.in_journal.values() if not e.is_over]
        items = [(entry, store.body_of(entry)) for entry in entries]
        places = await recorder.run(lambda: store.keep(items)) if items else []
        for entry, place in zip(entries, places, strict=True):
            self.in_journal.pop(entry.number, None)
            if place is None:
                self._on_damaged(entry)
            else:
                store.adopt(entry, place)
        await recorder.run(lambda: store.advance(position))
        store.advanced(position)
        await asyncio.to_thread(self._reader.done, position)

    async def _compact(self) -> None:
        """Move the living bodies out of one segment that is mostly dead."""
        found = self._store.find_sparse()
        if found is None:
            return
        number, entries = found
        items = [(entry, self._store.body_of(entry)) for entry in entries]
        places = await self._recorder.run(lambda: self._store.copy_sparse(items))
        self._store.moved(number, entries, places)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + EVERY_S
        former = 0
        while True:
            await asyncio.sleep(BLOCKED_S)
            oldest = 0 if self.has_room() else next(iter(self.in_journal), 0)
            is_due = loop.time() >= due or self._octets > MUCH_OCTETS
            if is_due or (oldest and oldest == former):
                due = loop.time() + EVERY_S
                if not await self.make():
                    await asyncio.sleep(1.0)
            former = oldest
