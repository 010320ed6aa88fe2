"""Group commit: one thread makes durable what all sessions piled up meanwhile.

Theory:
    While one group is being flushed, new entries pile up; the next flush takes them
    all. No timer: a lone message is flushed at once, fifty at a time under load
    (DESIGN 3.3). The loop is woken once a group, not once a message; and the thread
    once a turn of the loop, when all that came in that turn lies on the pile: woken
    in the middle it would contend for the interpreter with the turn's other sessions.

Rules:
    A future resolves only after `SpoolWriter.commit` returned for its group; a group
    that failed fails every entry in it, with the same words.
    A streamed body is synced by another thread before its entry joins a group: fifty
    sessions must not wait for one large message.

Limits:
    A group is cut above 8 MiB, so that it fits into the segment being written.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from mailmax.base.envelope import Origin
from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.base.units import MIB
from mailmax.store.spool.port import BigBody, Entry, SpoolWriter

GROUP_OCTETS = 8 * MIB
SYNCING = 2
"""Threads that sync streamed bodies."""

_Pending = tuple[Entry, "asyncio.Future[Origin]"]


class GroupCommit:
    """The commit thread of one process, in front of its spool."""

    def __init__(self, spool: SpoolWriter) -> None:
        """Start the thread; must be called on the running loop."""
        self.spool = spool
        self._loop = asyncio.get_running_loop()
        self._pile: deque[_Pending] = deque()
        self._bell: queue.SimpleQueue[bool] = queue.SimpleQueue()
        """Rung when there is something on the pile; True for the last time."""
        self._will_ring = False
        self._syncing = ThreadPoolExecutor(SYNCING, "sync")
        self._thread = threading.Thread(target=self._work, name="commit", daemon=True)
        self._thread.start()

    def commit(self, entry: Entry) -> "asyncio.Future[Origin]":
        """Ask for one entry to be made durable.

        Returns:
            A future of the record's place; fails with `StorageFull` or
            `TemporaryFailure`.
        """
        future: asyncio.Future[Origin] = self._loop.create_future()
        if entry.big is None:
            self._pile.append((entry, future))
            if not self._will_ring:
                self._will_ring = True
                self._loop.call_soon(self._ring)
        else:
            self._syncing.submit(self._sync, entry.big, (entry, future))
        return future

    def close(self) -> None:
        """Finish what was asked, then end the thread; blocks."""
        self._syncing.shutdown()
        self._bell.put(True)
        self._thread.join()

    def _ring(self) -> None:
        self._will_ring = False
        self._bell.put(False)

    def _sync(self, body: BigBody, pending: _Pending) -> None:
        try:
            body.sync()
        except Exception as trouble:  # noqa: BLE001 - a bug here must refuse, not hang
            self._refuse([pending], trouble)
        else:
            self._pile.append(pending)
            self._bell.put(False)

    def _work(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._bell.get()
            while group := self._take():
                self._flush(group)

    def _take(self) -> list[_Pending]:
        group: list[_Pending] = []
        octets = 0
        while self._pile and octets <= GROUP_OCTETS:
            item = self._pile.popleft()
            group.append(item)
            octets += sum(map(len, item[0].chunks))
        return group

    def _flush(self, group: Sequence[_Pending]) -> None:
        try:
            places = self.spool.commit([entry for entry, _ in group])
        except Exception as trouble:  # noqa: BLE001 - a bug here must refuse, not hang
            self._refuse(group, trouble)
        else:
            self._loop.call_soon_threadsafe(_resolve, group, places)

    def _refuse(self, group: Sequence[_Pending], trouble: Exception) -> None:
        if not isinstance(trouble, Failure):
            unknown = TemporaryFailure("the message could not be stored")
            unknown.__cause__ = trouble
            trouble = unknown
        self._loop.call_soon_threadsafe(_fail, group, trouble)


def _resolve(group: Sequence[_Pending], places: Sequence[Origin]) -> None:
    for (_, future), place in zip(group, places, strict=True):
        if not future.done():
            future.set_result(place)


def _fail(group: Sequence[_Pending], failure: Failure) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(failure)
