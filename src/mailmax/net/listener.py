"""The doorman of one door: lets in, counts, refuses, pauses, and stops in good order.

Theory:
    The socket was bound by somebody else and outlives this process. Each client that
    is taken from it becomes a `Conversation` with a session of the room's making.
    Over the limits a client hears one line of its protocol and is closed; who may not
    enter at all is closed without a word, before TLS.

    From `high` open sessions on nobody is accepted until there are `low` again: new
    clients wait in the system's queue.

Rules:
    Stopping closes nothing in the middle of a reply (TRUST D11): every conversation
    says good-bye at its next command boundary; what is left after the grace time is
    cut off.

Limits:
    50 connections an address and 5,000 in all are Postfix's order of magnitude
    (TRUST 3), counted over all doors of a role. Trusted addresses are exempt from the
    first.
"""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from mailmax.net.acceptor import Acceptor
from mailmax.net.conversation import Conversation, Session
from mailmax.net.memory import Tidier
from mailmax.net.silence import Silence
from mailmax.net.tls import HANDSHAKE_S
from mailmax.observe.counters import Counters


def _trust_nobody(_address: str, _binding_id: int) -> bool:
    return False


def _let_in(_address: str, _binding_id: int) -> bool:
    return True


@dataclass(slots=True)
class Admission:
    """Who is let in, counted over all doors of a role together."""

    max_connections: int = 5000
    max_per_address: int = 50
    is_trusted: Callable[[str, int], bool] = _trust_nobody
    """Is an address exempt from `max_per_address` at that binding?"""
    may_enter: Callable[[str, int], bool] = _let_in
    """Judges an address before it is greeted, at every door: address, binding id."""
    counters: Counters = field(default_factory=Counters)
    """Of this role: every client is counted, those who are sent away, too."""
    _open: int = field(default=0, init=False)
    _by_address: Counter[str] = field(default_factory=Counter, init=False)

    def enter(self, address: str, binding_id: int) -> bool:
        """Count a client in; tell whether there was room for it."""
        self.counters.connections += 1
        self._open += 1
        self._by_address[address] += 1
        return self._open <= self.max_connections and (
            self._by_address[address] <= self.max_per_address
            or not address
            or self.is_trusted(address, binding_id)
        )

    def leave(self, address: str) -> None:
        """Count a client out."""
        self._open -= 1
        self._by_address[address] -= 1
        if self._by_address[address] <= 0:
            del self._by_address[address]


@dataclass(frozen=True, slots=True)
class WaterMarks:
    """When accepting pauses, and how many are accepted in one turn (manual 5.6)."""

    low: int = 9_000
    high: int = 10_000
    step: int = 16


class Listener:
    """Serves one service on one bound socket."""

    def __init__(  # noqa: PLR0913 - what a door is, in one place
        self,
        sock: socket.socket,
        make_session: Callable[[], Session],
        *,
        idle_s: float,
        tls: ssl.SSLContext | None = None,
        admission: Admission | None = None,
        refusal: bytes = b"",
        marks: WaterMarks | None = None,
        binding_id: int = 0,
    ) -> None:
        """Prepare, on the running loop; nothing is accepted before `start`.

        Args:
            sock: Bound stream socket (TCP or Unix); this object's from now on.
            make_session: Makes the room's session for one client.
            idle_s: Seconds of silence before a client is timed out; sessions may
                change it for themselves.
            tls: With a context the port speaks TLS from the first octet.
            admission: Who is let in; doors that are counted together share one.
            refusal: The line for a client that is one too many, with its CRLF.
            marks: When accepting pauses.
            binding_id: The listening address, for `Conversation.binding_id`.
        """
        self.binding_id = binding_id
        self.is_paused = False
        self._make_session = make_session
        self._idle_s = idle_s
        self._tls = tls
        self._admission = admission or Admission()
        self._refusal = refusal
        self._marks = marks or WaterMarks()
        self._loop = asyncio.get_running_loop()
        self._acceptor = Acceptor(sock, self._welcome, self._marks.step)
        self._is_closed = False
        self._open: set[Conversation] = set()
        self._entering: set[asyncio.Task[object]] = set()
        self._tidier = Tidier()
        self._silence = Silence()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._open)

    def start(self) -> None:
        """Accept from now on."""
        self._acceptor.resume()

    def set_marks(self, marks: WaterMarks) -> None:
        """Pause and go on by other numbers."""
        self._marks = marks
        self._acceptor.step = marks.step
        self._look_at_marks()

    def close(self) -> None:
        """Accept no more; every client hears good-bye at its next command boundary."""
        self._is_closed = True
        self._acceptor.close()
        for entering in tuple(self._entering):
            entering.cancel()
        for conversation in tuple(self._open):
            conversation.shut_down()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Close, and cut off who is still here after the grace time."""
        if not self._is_closed:
            self.close()
        try:
            async with asyncio.timeout(grace_s):
                await self._empty.wait()
        except TimeoutError:
            for conversation in tuple(self._open):
                conversation.abort()
        self._tidier.stop()
        self._silence.stop()

    # One client

    def _welcome(self, client: socket.socket, address: str) -> None:
        """Make a conversation of a client that was accepted."""
        if not self._admission.may_enter(address, self.binding_id):
            client.close()
            return
        is_tls = self._tls is not None
        conversation = _Admitted(
            self._make_session(), self._idle_s, self._silence, encrypted=is_tls
        )
        conversation.peer = address
        conversation.binding_id = self.binding_id
        conversation.on_lost = self._forget
        conversation.refusal = None
        if not self._admission.enter(address, self.binding_id):
            conversation.refusal = self._refusal
        self._open.add(conversation)
        self._empty.clear()
        self._look_at_marks()
        if is_tls:
            self._tidier.note()
        entering: asyncio.Task[object] = self._loop.create_task(
            self._loop.connect_accepted_socket(
                lambda: conversation,
                client,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE_S if is_tls else None,
            )
        )
        self._entering.add(entering)
        entering.add_done_callback(lambda done: self._entered(done, conversation))

    def _entered(
        self, entering: "asyncio.Task[object]", conversation: Conversation
    ) -> None:
        """Forget who did not get through the handshake."""
        self._entering.discard(entering)
        failed = entering.cancelled() or entering.exception() is not None
        if failed and conversation.transport is None:
            self._forget(conversation)

    def _forget(self, conversation: Conversation) -> None:
        """Count a client out."""
        if conversation not in self._open:
            return
        self._open.discard(conversation)
        self._admission.leave(conversation.peer)
        if conversation.encrypted:
            self._tidier.note()
        if self.is_paused:
            self._look_at_marks()
        if not self._open:
            self._empty.set()

    def _look_at_marks(self) -> None:
        if self._is_closed:
            return
        count = len(self._open)
        if not self.is_paused and count >= self._marks.high:
            self.is_paused = True
            self._acceptor.pause()
        elif self.is_paused and count <= self._marks.low and count < self._marks.high:
            self.is_paused = False
            self._acceptor.resume()


class _Admitted(Conversation):
    """A conversation that may be one too many."""

    __slots__ = ("on_lost", "refusal")

    on_lost: Callable[[Conversation], None]
    refusal: bytes | None
    """What a client that is one too many hears; None: it is let in."""

    def greet(self) -> None:
        """Let the session greet, or say the one line and close."""
        if self.refusal is None:
            super().greet()
        elif self.transport is not None:
            self.transport.write(self.refusal)
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let everything go, and be counted out."""
        super().connection_lost(exc)
        self.on_lost(self)
