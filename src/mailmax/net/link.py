"""An outgoing connection that drives a client machine: words out, answers in.

Theory:
    `Link` is the asyncio.Protocol of connections that we open. Octets go into the
    machine; whoever waits in `event` is woken. One deadline covers a whole command
    with its answer, however slowly the octets drip (TRUST C1), and one timer a link
    is set rarely: it looks when it fires whether the deadline has moved.

Rules:
    A link that failed stays failed: `event` raises ConnectionError ever after.

Standards:
    RFC 5321 §4.5.3.2 (time-outs), RFC 3207.
"""

import asyncio
import ssl
from typing import Any, Protocol, cast

from mailmax.net.alarm import Alarm
from mailmax.net.tls import HANDSHAKE_S
from mailmax.net.transports import WRITE_HIGH_OCTETS
from mailmax.net.writable import WritableProtocol
from mailmax.wire.machine import NotNow


class ClientMachine(Protocol):
    """What a link needs of a client's machine."""

    def receive(self, octets: bytes) -> None:
        """Take octets as they came."""

    def receive_eof(self) -> None:
        """The server will say no more."""

    def next_event(self) -> Any | NotNow:
        """Return the next event, or why there is none."""

    def take_output(self) -> bytes:
        """Return the octets to send."""

    def tls_started(self) -> None:
        """Forget what was said in the clear."""


class Link(WritableProtocol):
    """One outgoing connection."""

    __slots__ = (
        "_alarm",
        "_deadline",
        "_lost",
        "_transport",
        "_waiter",
        "encrypted",
        "machine",
        "peer",
    )

    def __init__(self, machine: ClientMachine) -> None:
        """Prepare; `net.dial` connects it.

        Args:
            machine: The client's side of the protocol.
        """
        super().__init__()
        self.machine = machine
        self.encrypted = False
        self.peer = ""
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._alarm = Alarm(self._look_at_clock)
        self._deadline = 0.0
        self._lost: Exception | None = None

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; also after the upgrade to TLS."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_OCTETS)

    def data_received(self, data: bytes) -> None:
        """Feed the machine and wake who waits."""
        self.machine.receive(data)
        self._wake()

    def eof_received(self) -> bool:
        """The server closed its half: nothing more will come."""
        self.machine.receive_eof()
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake everybody for the last time."""
        self._lost = exc or ConnectionResetError("connection closed")
        self._transport = None
        self.machine.receive_eof()
        self._alarm.cancel()
        self._wake()
        self.resume_writing()

    # For rooms

    @property
    def is_open(self) -> bool:
        """Tell whether the connection stands as far as is known."""
        return self._transport is not None and not self._transport.is_closing()

    def flush(self) -> None:
        """Send what the machine has ready."""
        octets = self.machine.take_output()
        if octets and self._transport is not None:
            self._transport.write(octets)

    async def event(self, deadline: float) -> Any:
        """Flush, then return the machine's next event.

        Args:
            deadline: Loop time when waiting ends.

        Raises:
            TimeoutError: The server took too long; the link is aborted.
            ConnectionError: There will be no more events.
        """
        while True:
            self.flush()
            event = self.machine.next_event()
            if not isinstance(event, NotNow):
                return event
            if self._transport is None:
                raise ConnectionResetError("connection closed") from self._lost
            self._set_deadline(deadline)
            await self._wait()

    async def drain(self, deadline: float) -> None:
        """Flush, then wait until most of it has left.

        Raises:
            TimeoutError: The server took too long; the link is aborted.
            ConnectionError: The server is gone.
        """
        self.flush()
        while self._writable is not None:
            self._set_deadline(deadline)
            await self._writable
            if self._loop.time() >= deadline:
                raise TimeoutError("no answer in time")
        self._deadline = 0.0
        if self._transport is None:
            raise ConnectionResetError("connection closed") from self._lost

    async def start_tls(self, context: ssl.SSLContext, server_name: str) -> None:
        """Encrypt the connection.

        Raises:
            OSError: The handshake failed (ssl.SSLError too); the link is dead.
        """
        transport = self._transport
        if transport is None:
            raise ConnectionResetError("connection closed")
        transport.pause_reading()
        self._alarm.cancel()
        try:
            upgraded = await self._loop.start_tls(
                transport,
                self,
                context,
                server_side=False,
                server_hostname=server_name,
                ssl_handshake_timeout=HANDSHAKE_S,
            )
        except (OSError, TimeoutError):
            transport.abort()
            raise
        if upgraded is None:
            raise ConnectionResetError("connection closed")
        self.machine.tls_started()
        self._transport = upgraded
        self.encrypted = True

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    # Inside

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
            self._deadline = 0.0

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _set_deadline(self, deadline: float) -> None:
        self._deadline = deadline
        self._alarm.set_not_later(deadline)

    def _look_at_clock(self) -> None:
        """End what waits too long; nobody waiting has no deadline."""
        if not self._deadline:
            return
        if self._loop.time() < self._deadline:
            self._alarm.set_not_later(self._deadline)
            return
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(TimeoutError("no answer in time"))
        self.resume_writing()
        self.abort()
