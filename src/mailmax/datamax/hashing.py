"""Password checks in a few threads, with a bounded queue in front (TRUST G5).

Theory:
    Argon2 releases the interpreter's lock, so threads use all cores and the event
    loop goes on. More than fifty waiting checks are refused at once: "later" is an
    honest answer, a queue without end is none.

Limits:
    2 threads, 50 waiting.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from mailmax.base.errors import TemporaryFailure
from mailmax.net.priority import give_way

THREADS = 2
MOST_WAITING = 50

Args = ParamSpec("Args")
ResultT = TypeVar("ResultT")


class HashPool:
    """Where slow computations are done."""

    def __init__(self) -> None:
        """Start no thread before it is needed."""
        self._threads = ThreadPoolExecutor(THREADS, "hash", initializer=give_way)
        self._asked = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(
        self, work: Callable[Args, ResultT], *args: Args.args, **kwargs: Args.kwargs
    ) -> ResultT:
        """Compute in a thread.

        Raises:
            TemporaryFailure: Too many are waiting.
        """
        if self._asked >= THREADS + MOST_WAITING:
            raise TemporaryFailure("too many logins at once; try again soon")
        self._asked += 1
        self._idle.clear()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: work(*args, **kwargs)
            )
        finally:
            self._asked -= 1
            if not self._asked:
                self._idle.set()

    async def wait_idle(self) -> None:
        """Wait until nobody needs a hash: background work may go on."""
        await self._idle.wait()

    def close(self) -> None:
        """End the threads; blocks until what runs is done."""
        self._threads.shutdown(cancel_futures=True)
