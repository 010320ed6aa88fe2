"""What is handed over to QueueMax: mail for others, and what the filer was asked for.

Theory:
    The journal ``filer.0`` has one writer, the filing thread. Who has mail for QueueMax
    that comes of no record (`quarantine_desk`) asks; the filing thread answers between
    two batches.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from mailmax.base.errors import Failure
from mailmax.store.spool.port import Entry, SpoolWriter


class HandOver:
    """The hand-over of one filer."""

    def __init__(self, outbound: SpoolWriter, wake: Callable[[], None]) -> None:
        """Take the journal that QueueMax reads.

        Args:
            outbound: The journal.
            wake: Wakes the filing thread.
        """
        self._outbound = outbound
        self._wake = wake
        self._asked: deque[tuple[Entry, Future[None]]] = deque()
        """To be handed to QueueMax for others than records."""
        self.number = outbound.number
        """Of the last record that was handed over."""

    @property
    def passed(self) -> int:
        """Number of the last record that QueueMax has kept for good."""
        return self._outbound.passed

    async def ask(self, entry: Entry) -> None:
        """Give QueueMax a message that comes of no record; durable on return.

        Raises:
            TemporaryFailure: It may or may not be there.
        """
        done: Future[None] = Future()
        self._asked.append((entry, done))
        self._wake()
        await asyncio.wrap_future(done)

    # The filing thread's

    def commit(self, entries: Sequence[Entry]) -> None:
        """Write durably.

        Raises:
            TemporaryFailure: The disk refuses.
        """
        if entries:
            self.number = self._outbound.commit(entries)[-1].number

    def answer(self) -> None:
        """Hand over what was asked for, with one sync."""
        asked = [self._asked.popleft() for _ in range(len(self._asked))]
        wanted = [one for one in asked if one[1].set_running_or_notify_cancel()]
        try:
            self.commit([entry for entry, _ in wanted])
        except Failure as failure:
            for _, done in wanted:
                done.set_exception(failure)
        else:
            for _, done in wanted:
                done.set_result(None)
