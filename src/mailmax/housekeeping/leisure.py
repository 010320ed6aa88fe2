"""Working slowly: a slice in a thread, then a rest that is longer than the slice.

Rules:
    Nothing is held while resting. Who wants to stop is heard after each slice and in
    each rest, so within a second.
"""

import asyncio
import time
from collections.abc import Awaitable, Iterator
from typing import TypeVar

SLICE_S = 0.05
REST = 3.0
"""How many times as long as a slice took."""
SHORTEST_S = 0.001
LONGEST_S = 1.0

ItemT = TypeVar("ItemT")


class Stopped(Exception):
    """Housekeeping is to stop."""


class Leisure:
    """See the head of this file."""

    def __init__(self, *, rest: float = REST) -> None:
        """Begin to work.

        Args:
            rest: Times as long as a slice.
        """
        self._rest = rest
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Let everything end at its next slice."""
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        """`stop` was called."""
        return self._stop.is_set()

    async def wait(self, seconds: float) -> None:
        """Rest.

        Raises:
            Stopped: Instead of resting on.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return
        raise Stopped

    async def heard(self, answer: Awaitable[ItemT]) -> ItemT:
        """Wait for an answer.

        Raises:
            Stopped: Instead of waiting on.
        """
        asked = asyncio.ensure_future(answer)
        stop = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait([asked, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if asked.done():
            return asked.result()
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        raise Stopped

    async def slices(self, work: Iterator[ItemT]) -> list[ItemT]:
        """Do one slice in a thread and rest; an empty list is the end.

        Args:
            work: A generator that blocks; what it yields is done.

        Raises:
            Stopped: After the slice that was under way.
        """
        if self.is_stopping:
            raise Stopped
        begin = time.monotonic()
        done = await asyncio.to_thread(_take, work)
        took = time.monotonic() - begin
        if done:
            await self.wait(min(max(took * self._rest, SHORTEST_S), LONGEST_S))
        return done


def _take(work: Iterator[ItemT]) -> list[ItemT]:
    end = time.monotonic() + SLICE_S
    done = []
    for item in work:
        done.append(item)
        if time.monotonic() > end:
            break
    return done
