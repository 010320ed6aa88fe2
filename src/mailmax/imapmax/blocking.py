"""What blocks, off the loop: threads, patience with locks, grouped syncs.

Theory:
    Changing mail takes the user's lock, which another process may hold for a moment:
    `Threads.patiently` tries again, with growing pauses, for ten seconds. What was
    changed is durable after a sync; while one is under way those who come meanwhile
    share the next one (`SyncGroup`), so ten sessions cost two syncs, not ten.

Limits:
    10 s for a lock: longer than any append or switch takes (DESIGN 4).
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from mailmax.store.mailboxes.port import Locked

LOCK_PATIENCE_S = 10.0
_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.1

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """The pool of one process for everything that blocks."""

    def __init__(self, count: int = 16) -> None:
        """Prepare; threads start when they are needed."""
        self._pool = ThreadPoolExecutor(count, "imap")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something that blocks, and try again while the user is locked.

        Raises:
            Locked: It was locked for ten seconds.
        """

        async def once() -> T:
            return await self.submit(lambda: work(*args, **kwargs))

        return await _retry(once)

    async def patiently(
        self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do something short on the loop, and try again while the user is locked.

        Raises:
            Locked: It was locked for ten seconds.
        """

        async def once() -> T:
            return work(*args, **kwargs)

        return await _retry(once)

    def submit(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Do something that blocks; nobody needs to wait for it.

        What was begun is done to its end, whoever stops waiting. The way back to the
        loop is one call: the library's (`run_in_executor`) costs twice as much.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()

        def do() -> None:
            try:
                done = work()
            except BaseException as error:  # noqa: BLE001 - whoever waits answers for it
                _tell(loop, waiting.set_exception, error, waiting)
            else:
                _tell(loop, waiting.set_result, done, waiting)

        self._pool.submit(do)
        return waiting

    def close(self) -> None:
        """Finish what was begun."""
        self._pool.shutdown(wait=True)


def _tell(
    loop: asyncio.AbstractEventLoop,
    say: Callable[[Any], None],
    what: object,
    waiting: "asyncio.Future[Any]",
) -> None:
    """Let the loop say what came of some work, unless nobody waits any more."""

    def tell() -> None:
        if not waiting.done():
            say(what)

    loop.call_soon_threadsafe(tell)


async def _retry(once: Callable[[], Coroutine[Any, Any, T]]) -> T:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LOCK_PATIENCE_S
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            return await once()
        except Locked:
            if loop.time() > deadline:
                raise
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)


class SyncGroup:
    """Groups the syncs of one mailbox."""

    __slots__ = ("_next", "_sync", "_threads", "busy")

    def __init__(self, threads: Threads, sync: Callable[[], None]) -> None:
        """Prepare for one mailbox's `sync`."""
        self._threads = threads
        self._sync = sync
        self.busy = False
        """A sync is under way."""
        self._next: asyncio.Future[None] | None = None

    def durable(self) -> "asyncio.Future[None]":
        """Return a future that resolves when all that was changed is durable."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        waiting = self._next
        if not self.busy:
            self._begin()
        return waiting

    def _begin(self) -> None:
        waiting, self._next = self._next, None
        if waiting is None:
            return
        self.busy = True
        work = self._threads.submit(self._sync)

        def done(work: "asyncio.Future[None]") -> None:
            self.busy = False
            _copy_result(work, waiting)
            self._begin()

        work.add_done_callback(done)


def _copy_result(source: "asyncio.Future[T]", target: "asyncio.Future[T]") -> None:
    if target.done():
        if not source.cancelled():
            source.exception()
    elif source.cancelled():
        target.cancel()
    elif (error := source.exception()) is not None:
        target.set_exception(error)
        target.exception()  # a lazy sync has nobody who asks
    else:
        target.set_result(source.result())
