"""What tells the hub something again and again, and a last time at its end."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

PARTING_S: Final = 1.0
"""How long the last report may take."""


class Telling:
    """Of one who reports; a part of a role has it."""

    def __init__(
        self, name: str, tell: Callable[[], Awaitable[None]], period_s: float
    ) -> None:
        """Prepare.

        Args:
            name: Of the task.
            tell: Tells what is due, if the hub is there.
            period_s: How often.
        """
        self._name = name
        self._tell = tell
        self._period_s = period_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Tell from now on."""
        self._task = asyncio.create_task(self._tell_often(), name=self._name)

    async def stop(self) -> None:
        """Tell the last of it, if the hub is there."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PARTING_S):
                await self._tell()

    async def _tell_often(self) -> None:
        while True:
            await self._tell()
            await asyncio.sleep(self._period_s)
