"""Questions and replies with one name server, over UDP and TCP.

Theory:
    A `Wire` is one connected UDP socket: the kernel gives it a random port and lets
    nobody but the server answer. Many questions share it, told apart by their ids. A
    wire is replaced after some questions or seconds, so ports keep changing. A reply
    that matches no question is dropped; the question waits for the right one.

Limits:
    64 questions or 20 s a wire; a TCP reply is at most 65,535 octets by its format.

Standards:
    RFC 5452 §9.2 (ports), RFC 7766 (TCP).
"""

import asyncio
from contextlib import suppress
from typing import Final, cast

from mailmax.net.dns.codec import (
    FAILED,
    TRUNCATED,
    Question,
    Reply,
    Truncation,
    read_reply,
)

QUESTIONS_A_WIRE: Final = 64
WIRE_S: Final = 20.0

Server = tuple[str, int]


class Wire(asyncio.DatagramProtocol):
    """One connected UDP socket."""

    def __init__(self) -> None:
        self.asked = 0
        self.waiting: dict[
            int, tuple[Question, asyncio.Future[Reply | Truncation]]
        ] = {}
        self.retired = False
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        """Hand a reply to the question that it answers."""
        found = self.waiting.get(int.from_bytes(data[:2]))
        if found is None:
            return
        question, future = found
        reply = read_reply(question, data)
        if reply is not None and not future.done():
            future.set_result(reply)

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002
        """Nobody listens there: no use in waiting."""
        for _, future in self.waiting.values():
            if not future.done():
                future.set_result(FAILED)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Fail what still waits."""
        self.error_received(OSError())

    def ask(self, question: Question) -> "asyncio.Future[Reply | Truncation]":
        """Send a question; the caller must `forget` it in the end."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply | Truncation] = loop.create_future()
        self.asked += 1
        self.waiting[question.number] = (question, future)
        if self._transport is not None:
            self._transport.sendto(question.octets)
        return future

    def forget(self, question: Question) -> None:
        """Stop waiting for a reply; close when nobody needs the wire any more."""
        self.waiting.pop(question.number, None)
        self._close_when_idle()

    def retire(self) -> None:
        """Take no more questions."""
        self.retired = True
        self._close_when_idle()

    def _close_when_idle(self) -> None:
        if self.retired and not self.waiting and self._transport is not None:
            self._transport.close()
            self._transport = None


class NameServer:
    """One name server, asked by UDP first and by TCP when the reply is cut."""

    def __init__(self, server: Server) -> None:
        """Remember whom to ask; opens nothing.

        Args:
            server: Address and port.
        """
        self.server = server
        self._wire: Wire | None = None
        self._opening: asyncio.Lock | None = None

    def __str__(self) -> str:
        """Return it as traces name it."""
        host, port = self.server
        return f"[{host}]:{port}"

    async def ask(self, question: Question, timeout_s: float) -> Reply | None:
        """Ask once.

        Returns:
            The reply; None when none came in time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                reply: Reply | Truncation | None = await self._ask_udp(question)
                if reply is TRUNCATED:
                    reply = await self._ask_tcp(question)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return None
        return reply if isinstance(reply, Reply) else None

    def close(self) -> None:
        """Let the sockets go."""
        if self._wire is not None:
            self._wire.retire()
            self._wire = None

    async def _ask_udp(self, question: Question) -> Reply | Truncation:
        wire = await self._find_wire(question)
        try:
            return await wire.ask(question)
        finally:
            wire.forget(question)

    async def _find_wire(self, question: Question) -> Wire:
        if self._opening is None:
            self._opening = asyncio.Lock()
        async with self._opening:
            wire = self._wire
            if wire is not None and not self._worn(wire, question):
                return wire
            self.close()
            loop = asyncio.get_running_loop()
            _, wire = await loop.create_datagram_endpoint(Wire, remote_addr=self.server)
            self._wire = wire
            loop.call_later(WIRE_S, wire.retire)
            return wire

    @staticmethod
    def _worn(wire: Wire, question: Question) -> bool:
        return (
            wire.retired
            or wire.asked >= QUESTIONS_A_WIRE
            or question.number in wire.waiting
        )

    async def _ask_tcp(self, question: Question) -> Reply | Truncation | None:
        reader, writer = await asyncio.open_connection(*self.server)
        try:
            writer.write(len(question.octets).to_bytes(2) + question.octets)
            size = int.from_bytes(await reader.readexactly(2))
            return read_reply(question, await reader.readexactly(size))
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
