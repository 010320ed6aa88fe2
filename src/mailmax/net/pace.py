"""Going no faster than a client does, in both directions (TRUST M1).

Theory:
    Reading pauses while much is waiting in the machine. Writing pauses while much is
    waiting in the transport's buffer; whoever has more to say waits in `drain`. A
    client that takes nothing of what it is sent is cut off (`net.stall`).
"""

import asyncio

from mailmax.base.units import KIB
from mailmax.net.stall import StallWatch
from mailmax.net.transports import WRITE_HIGH_OCTETS
from mailmax.net.writable import WritableProtocol

READ_AHEAD_OCTETS = 256 * KIB
"""What a client may have said and not been answered before it is read no more."""


class PacedProtocol(WritableProtocol):
    """The client's pace, for the one class that touches its transport."""

    __slots__ = ("_paused_reading", "_stall", "transport")

    def __init__(self) -> None:
        """Begin without a transport, on the running loop."""
        super().__init__()
        self._paused_reading = False
        self._stall: StallWatch | None = None
        self.transport: asyncio.Transport | None = None

    def abort(self) -> None:
        """Close at once."""
        if self.transport is not None:
            self.transport.abort()

    # asyncio.Protocol

    def pause_writing(self) -> None:
        """The client reads slowly: `drain` waits, but not for ever."""
        if self._writable is None:
            super().pause_writing()
            self._watch_stall()

    async def taken(self) -> None:
        """Wait until the client has taken most of what was sent.

        Raises:
            ConnectionResetError: The client left.
        """
        if self.transport is None:
            raise ConnectionResetError("client left")
        if self._writable is not None:
            # Shielded: a waiter that gives up must not take the others' future along.
            await asyncio.shield(self._writable)

    # For `StallWatch`

    @property
    def held_back(self) -> object | None:
        """What waits until the client takes something."""
        return self._writable

    # Inside

    def _take_up(self, transport: asyncio.Transport) -> None:
        """Write to that one from now on."""
        self.transport = transport
        transport.set_write_buffer_limits(high=WRITE_HIGH_OCTETS)

    def _let_go(self) -> None:
        """The client is gone: nobody waits for it any more."""
        if self._stall is not None:
            self._stall.stop()
        waiter, self._writable = self._writable, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(ConnectionResetError("client left"))
            waiter.exception()
        self.transport = None

    def _throttle(self, backlog_octets: int) -> None:
        """Stop reading from a client that is far ahead of its answers."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        ahead = backlog_octets > READ_AHEAD_OCTETS
        if ahead and not self._paused_reading:
            transport.pause_reading()
            self._paused_reading = True
        elif not ahead and self._paused_reading:
            transport.resume_reading()
            self._paused_reading = False

    def _watch_stall(self) -> None:
        """See to it that the client takes something now and then."""
        if self._stall is None or self._stall.is_over:
            self._stall = StallWatch(self)
