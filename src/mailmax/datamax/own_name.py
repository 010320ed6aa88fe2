"""What the name service calls this computer.

Rules:
    The name service may be dead: whoever asks waits for a moment only, and nobody else
    does. One question is open at a time, in a thread of its own, which the end of the
    program does not wait for.
"""

import asyncio
import socket
from contextlib import suppress
from threading import Thread

PATIENCE_S = 2.0


class OwnName:
    """Asks, and remembers the last answer."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known = ""
        self._open: asyncio.Future[None] | None = None

    async def find(self) -> str:
        """Return the name; the last one while no other is told; empty: none was."""
        if self._open is None:
            loop = asyncio.get_running_loop()
            self._open = loop.create_future()
            Thread(target=self._ask, args=(loop,), name="own-name", daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.shield(self._open)
        return self._known

    def _ask(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            name = socket.getfqdn()
        except (OSError, UnicodeError):
            name = ""
        with suppress(RuntimeError):  # the hub has stopped meanwhile
            loop.call_soon_threadsafe(self._heard, name)

    def _heard(self, name: str) -> None:
        self._known = name
        told, self._open = self._open, None
        if told is not None:
            told.set_result(None)
