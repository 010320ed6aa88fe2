"""What the hub does by itself for as long as it runs.

Rules:
    No duty ends in silence. A chore goes on for ever; one that ends by itself is a bug,
    which is told loudly, and the hub does not go on without it (`on_broken`).
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

OnBroken = Callable[[BaseException], None]
"""The hub cannot go on; called for each chore that ended by itself."""

_log = logging.getLogger("mailmax.datamax")


class Chores:
    """The tasks of a running hub."""

    def __init__(self, on_broken: OnBroken) -> None:
        """Begin with none.

        Args:
            on_broken: Ends the hub.
        """
        self._on_broken = on_broken
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, *works: Coroutine[Any, Any, None]) -> None:
        """Do these until `stop`."""
        for work in works:
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._look_at)

    async def stop(self) -> None:
        """End all of them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _look_at(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled():
            return
        name = getattr(task.get_coro(), "__qualname__", task.get_name())
        error = task.exception() or RuntimeError(f"{name} came to an end")
        _log.critical("a chore of the hub has ended: %s", name, exc_info=error)
        self._on_broken(error)
