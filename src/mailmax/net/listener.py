"""The doorman of one service: accepts, counts, refuses, and stops in good order.

Theory:
    The sockets were bound by the supervisor and outlive this process. Each accepted
    client becomes a `Conversation` with a session of the room's making. Over the
    limits a client hears one line of its protocol and is closed.

Rules:
    Stopping closes nothing in the middle of a reply (TRUST D11): every conversation
    says good-bye at its next command boundary; what is left after the grace time is
    cut off.

Limits:
    50 connections an address and 5,000 in all are Postfix's order of magnitude
    (TRUST 3). Trusted addresses are exempt from the first.
"""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mailmax.net.conversation import HANDSHAKE_S, Conversation, Session
from mailmax.net.memory import Tidier
from mailmax.net.silence import Silence

_BACKLOG = 1024


def _trust_nobody(_address: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is let in: how many, and what the others hear."""

    max_connections: int = 5000
    max_per_address: int = 50
    is_trusted: Callable[[str], bool] = field(default=_trust_nobody)
    """Tells whether an address is exempt from `max_per_address`."""
    refusal: bytes = b""
    """The line for a client that is one too many, with its CRLF."""


class Listener:
    """Serves one service on any number of bound sockets."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        make_session: Callable[[], Session],
        *,
        idle_s: float,
        tls: ssl.SSLContext | None = None,
        admission: Admission | None = None,
    ) -> None:
        """Prepare; nothing is accepted before `start`.

        Args:
            sockets: Bound stream sockets (TCP or Unix).
            make_session: Makes the room's session for one client.
            idle_s: Seconds of silence before a client is timed out; sessions may
                change it for themselves.
            tls: With a context the port speaks TLS from the first octet.
            admission: Limits.
        """
        self._sockets = sockets
        self._make_session = make_session
        self._idle_s = idle_s
        self._tls = tls
        self._admission = admission or Admission()
        self._servers: list[asyncio.Server] = []
        self._open: set[Conversation] = set()
        self._by_address: Counter[str] = Counter()
        self._tidier = Tidier()
        self.silence = Silence()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._open)

    async def start(self) -> None:
        """Accept from now on."""
        loop = asyncio.get_running_loop()
        for sock in self._sockets:
            sock.setblocking(False)
            if sock.family == socket.AF_UNIX:
                server = await loop.create_unix_server(
                    self._make_conversation, sock=sock, backlog=_BACKLOG
                )
            else:
                server = await loop.create_server(
                    self._make_conversation,
                    sock=sock,
                    backlog=_BACKLOG,
                    ssl=self._tls,
                    ssl_handshake_timeout=HANDSHAKE_S if self._tls else None,
                )
            self._servers.append(server)

    async def stop(self, grace_s: float = 10.0) -> None:
        """Accept no more, let every client hear good-bye, then cut the rest off."""
        for server in self._servers:
            server.close()
        for conversation in list(self._open):
            conversation.shut_down()
        try:
            async with asyncio.timeout(grace_s):
                await self._empty.wait()
        except TimeoutError:
            for conversation in list(self._open):
                conversation.abort()
        self._tidier.stop()
        self.silence.stop()

    def _make_conversation(self) -> Conversation:
        return _Admitted(self, self._make_session(), self._idle_s, self._tls)

    def admit(self, conversation: Conversation) -> bool:
        """Count a client in, or refuse it."""
        self._open.add(conversation)
        self._empty.clear()
        if self._tls is not None:
            self._tidier.note()
        address = conversation.peer
        self._by_address[address] += 1
        limits = self._admission
        return len(self._open) <= limits.max_connections and (
            self._by_address[address] <= limits.max_per_address
            or not address
            or limits.is_trusted(address)
        )

    def refuse(self, conversation: Conversation) -> None:
        """Say the one line and close."""
        transport = conversation.transport
        if transport is not None:
            transport.write(self._admission.refusal)
            transport.close()

    def forget(self, conversation: Conversation) -> None:
        """Count a client out."""
        self._open.discard(conversation)
        if conversation.encrypted:
            self._tidier.note()
        address = conversation.peer
        self._by_address[address] -= 1
        if self._by_address[address] <= 0:
            del self._by_address[address]
        if not self._open:
            self._empty.set()


class _Admitted(Conversation):
    """A conversation that passes the doorman first."""

    __slots__ = ("_listener",)

    def __init__(
        self,
        listener: Listener,
        session: Session,
        idle_s: float,
        tls: ssl.SSLContext | None,
    ) -> None:
        super().__init__(session, idle_s, listener.silence, encrypted=tls is not None)
        self._listener = listener

    def greet(self) -> None:
        if self._listener.admit(self):
            super().greet()
        else:
            self._listener.refuse(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._listener.forget(self)
