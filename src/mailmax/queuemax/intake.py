"""Mail that the filer hands over: read from its journals, admitted to the queue.

Theory:
    A thread waits for the journals; what it reads is admitted on the loop, with the
    position behind it. What is the filer's, or known already, is passed over.

Rules:
    `position` is behind all that was admitted and before all that was not.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

from mailmax.base.errors import Failure
from mailmax.store.spool.port import BodyRef, Record, SpoolReader

BATCH: Final = 256
WAIT_S: Final = 1.0
AGAIN_S: Final = 1.0

_log = logging.getLogger("queuemax")


class JournalBody:
    """A body where the filer put it (`store.queue.entry.Body`)."""

    __slots__ = ("_reader", "_ref")

    def __init__(self, reader: SpoolReader, ref: BodyRef) -> None:
        self._reader = reader
        self._ref = ref

    @property
    def size(self) -> int:
        """Octets in all."""
        return self._ref.size

    def read(self, offset: int, length: int) -> bytes:
        """Return octets; copied, so that the journal may be let go.

        Raises:
            PermanentFailure: They are damaged or gone.
        """
        return bytes(self._reader.body(self._ref)[offset : offset + length])


class Intake:
    """Reads the journals in a thread, and gives batches to the loop."""

    def __init__(
        self,
        reader: SpoolReader,
        admit: Callable[[Sequence[Record], bytes], None],
        has_room: Callable[[], bool],
    ) -> None:
        """Prepare.

        Args:
            reader: Of the filer's journals.
            admit: Called on the loop with records and the position behind them.
            has_room: Asked in the thread before each batch.
        """
        self._reader = reader
        self._admit = admit
        self._has_room = has_room
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    async def stop(self) -> None:
        """Stop reading; what was read is admitted."""
        self._stopping.set()
        self._reader.wake()
        if self._thread.is_alive():
            await self._loop.run_in_executor(None, self._thread.join)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read()
            except Failure as failure:
                _log.error("the journals cannot be read: %s", failure)
                self._stopping.wait(AGAIN_S)

    def _read(self) -> None:
        if not self._has_room():
            self._stopping.wait(0.05)
            return
        if not self._reader.wait(WAIT_S):
            return
        records = self._reader.next(BATCH)
        if not records:
            return
        position = self._reader.position()
        done = threading.Event()
        self._loop.call_soon_threadsafe(self._hand_over, records, position, done)
        while not done.wait(0.1):
            if self._stopping.is_set():
                return

    def _hand_over(
        self, records: Sequence[Record], position: bytes, done: threading.Event
    ) -> None:
        try:
            self._admit(records, position)
        finally:
            done.set()
