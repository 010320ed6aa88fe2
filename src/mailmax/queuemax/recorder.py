"""Results on their way to the disk: piled up, written in groups, never forgotten.

Theory:
    One task owns the writing side of the queue directory. States that arrive while a
    group is being written make the next group (DESIGN 5). Checkpoints take their
    turn on the same thread, through `run`.

Rules:
    Nobody waits for a result to be recorded: a cut in between means that a message
    is sent twice, never that it is lost (TRUST D4). What could not be written stays
    in the pile and is tried again each second.
    Nothing is sent before the disk took a record once in this life (`prove`): else a
    full disk would have the same mail sent again after each restart.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.store.queue.records import State
from mailmax.store.queue.store import QueueStore

AGAIN_S: Final = 1.0

T = TypeVar("T")

_log = logging.getLogger("queuemax")


class Recorder:
    """The writing thread, and the pile before it."""

    def __init__(self, store: QueueStore) -> None:
        """Start the thread when it is first needed.

        Args:
            store: Whose writing side this owns.
        """
        self.store = store
        """Whose writing side this is."""
        self._thread = ThreadPoolExecutor(1, "queue")
        self._pile: list[State] = []
        self._waiters: list[asyncio.Future[None]] = []
        """Those who wait until the pile is durable."""
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def prove(self) -> bool:
        """Tell whether results can be recorded: nothing is, but as durably."""
        return await self._write([]) is None

    async def stop(self) -> None:
        """Write what is piled up, then end."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._pile:
            with suppress(Failure):
                await self.run(lambda: self.store.record(self._pile))
        for waiter in self._waiters:
            waiter.cancel()
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)

    def add(self, state: State) -> None:
        """Take a state that is true in memory now."""
        self._pile.append(state)
        self._wake.set()

    async def flush(self) -> None:
        """Return when all that was added so far is durable.

        Raises:
            Failure: It cannot be written now; it stays in the pile.
        """
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._wake.set()
        await waiter

    async def run(self, work: Callable[[], T]) -> T:
        """Carry something out in the writing thread.

        Raises:
            Failure: What `work` raises.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work)

    async def compact(self) -> bool:
        """Move the living bodies out of one segment that is mostly dead, if one is.

        Raises:
            TemporaryFailure: They stay where they are.
        """
        found = self.store.find_sparse()
        if found is None:
            return False
        segment, entries = found
        items = [(entry, self.store.body_of(entry)) for entry in entries]
        places = await self.run(lambda: self.store.copy_sparse(items))
        self.store.moved(segment, entries, places)
        return True

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            pile, self._pile = self._pile, []
            waiters, self._waiters = self._waiters, []
            failure = await self._write(pile) if pile else None
            _answer(waiters, failure)
            if failure is not None:
                self._pile = pile + self._pile
                self._wake.set()
                await asyncio.sleep(AGAIN_S)

    async def _write(self, pile: list[State]) -> Failure | None:
        try:
            await asyncio.shield(self.run(lambda: self.store.record(pile)))
        except Failure as failure:
            _log.error(
                "results cannot be recorded: %s (%s)", failure, failure.__cause__
            )
            return failure
        except Exception:  # noqa: BLE001 - whatever it is, results are never dropped
            _log.critical("results cannot be recorded", exc_info=True)
            return TemporaryFailure("the queue could not be written")
        return None


def _answer(waiters: list[asyncio.Future[None]], failure: Failure | None) -> None:
    for waiter in waiters:
        if waiter.done():
            continue
        if failure is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(failure)
