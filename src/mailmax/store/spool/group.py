"""Group commit: one thread makes durable what all sessions piled up meanwhile.

Theory:
    While one group is being flushed, new entries pile up; the next flush takes them
    all. No timer: a lone message is flushed at once, fifty at a time under load
    (DESIGN 3.3). The loop is woken once a group, not once a message.

Rules:
    A future resolves only after `SpoolWriter.commit` returned for its group; a group
    that failed fails every entry in it, with the same words.
"""

import asyncio
import queue
import threading
from collections.abc import Sequence

from mailmax.base.envelope import Origin
from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.store.spool.port import Entry, SpoolWriter

_Pending = tuple[Entry, "asyncio.Future[Origin]"]


class GroupCommit:
    """The commit thread of one process, in front of its spool."""

    def __init__(self, spool: SpoolWriter) -> None:
        """Start the thread; must be called on the running loop."""
        self.spool = spool
        self._loop = asyncio.get_running_loop()
        self._pile: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="commit", daemon=True)
        self._thread.start()

    def commit(self, entry: Entry) -> "asyncio.Future[Origin]":
        """Ask for one entry to be made durable.

        Returns:
            A future of the record's place; fails with `StorageFull` or
            `TemporaryFailure`.
        """
        future: asyncio.Future[Origin] = self._loop.create_future()
        self._pile.put((entry, future))
        return future

    def close(self) -> None:
        """Finish what was asked, then end the thread; blocks."""
        self._pile.put(None)
        self._thread.join()

    def _work(self) -> None:
        while True:
            group, last = self._take()
            if group:
                self._flush(group)
            if last:
                return

    def _take(self) -> tuple[list[_Pending], bool]:
        group: list[_Pending] = []
        item = self._pile.get()
        while item is not None:
            group.append(item)
            try:
                item = self._pile.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _flush(self, group: Sequence[_Pending]) -> None:
        try:
            places = self.spool.commit([entry for entry, _ in group])
        except Failure as failure:
            self._loop.call_soon_threadsafe(_fail, group, failure)
        except Exception as bug:  # noqa: BLE001 - a bug here must refuse, not hang
            unknown = TemporaryFailure("the message could not be stored")
            unknown.__cause__ = bug
            self._loop.call_soon_threadsafe(_fail, group, unknown)
        else:
            self._loop.call_soon_threadsafe(_resolve, group, places)


def _resolve(group: Sequence[_Pending], places: Sequence[Origin]) -> None:
    for (_, future), place in zip(group, places, strict=True):
        if not future.done():
            future.set_result(place)


def _fail(group: Sequence[_Pending], failure: Failure) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(failure)
