"""Sending much to a client that may read slowly.

Theory:
    `Outflow` counts what a command has said since it last flushed; beyond a piece it
    flushes and waits until the client has taken most of it. A client that takes
    nothing at all for 30 s is cut off, however slow one may be that takes something.
    Now and then the loop gets a turn, so one large FETCH does not silence the others.

Limits:
    256 KiB a piece and as much in the transport (TRUST 3: 1 MiB held at most).
"""

import asyncio

from mailmax.base.pieces import PIECE_OCTETS
from mailmax.net.conversation import Conversation
from mailmax.wire.imap.responses import Responses

STUCK_S = 30.0
TURN_S = 0.01
"""A command gives the loop a turn after so long."""


class Outflow:
    """One command's way out."""

    __slots__ = ("_held", "_loop", "_say", "_since", "_talk", "octets")

    def __init__(self, say: Responses, talk: Conversation) -> None:
        """Begin."""
        self._say = say
        self._talk = talk
        self.octets = 0
        """What was said in all."""
        self._held = 0
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()

    def send(self, *pieces: bytes) -> bool:
        """Say rendered content; True when it is time to `drain`."""
        self._say.send_content(*pieces)
        octets = sum(map(len, pieces))
        self.octets += octets
        self._held += octets
        return self._held >= PIECE_OCTETS

    async def turn(self) -> None:
        """Give the loop a turn if this took a while; drain if much is held."""
        if self._held >= PIECE_OCTETS:
            await self.drain()
        if self._loop.time() - self._since > TURN_S:
            self._talk.flush()
            await asyncio.sleep(0)
            self._since = self._loop.time()

    async def drain(self) -> None:
        """Flush, and wait until the client has taken most of it.

        Raises:
            ConnectionResetError: The client left, or takes nothing.
        """
        self._held = 0
        self._talk.flush()
        watchdog = _Watchdog(self._talk, self._loop)
        try:
            await self._talk.drain()
        finally:
            watchdog.stop()


class _Watchdog:
    """Cuts a client off that takes nothing for `STUCK_S`."""

    __slots__ = ("_loop", "_size", "_talk", "_timer")

    def __init__(self, talk: Conversation, loop: asyncio.AbstractEventLoop) -> None:
        self._talk = talk
        self._loop = loop
        self._size = self._waiting()
        self._timer: asyncio.TimerHandle | None = None
        if self._size:
            self._timer = loop.call_later(STUCK_S, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _waiting(self) -> int:
        transport = self._talk.transport
        return 0 if transport is None else transport.get_write_buffer_size()

    def _look(self) -> None:
        size = self._waiting()
        if size >= self._size:
            self._talk.abort()
            return
        self._size = size
        self._timer = self._loop.call_later(STUCK_S, self._look)
