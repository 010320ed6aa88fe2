"""Small works of a hub client that nobody waits for."""

import asyncio
from collections.abc import Awaitable

from mailmax.base.errors import Failure


class Errands:
    """What is on its way."""

    def __init__(self) -> None:
        """Begin with none. Must be made on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Awaitable[object]) -> None:
        """Do it; should it fail, it is done anew by joining again."""
        task = self._loop.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Drop what is not done."""
        for task in tuple(self._tasks):
            task.cancel()


async def _quietly(work: Awaitable[object]) -> None:
    try:
        await work
    except (Failure, OSError):
        return
