"""The threshold: the one place where a client's socket meets a machine.

Theory:
    `Conversation` is the asyncio.Protocol of every service. Octets go into the
    machine; each event goes to ``session.on_event``, which answers through the
    machine, at once or (returning an awaitable) later; everything that is ready to
    be sent leaves in one write. No task for each session: a task exists only while
    an answer is awaited.

Rules:
    Nothing else touches a client's transport. A client that pipelines or does not
    read holds its own memory only (`net.pace`). What counts against silence is a step
    forward (a whole command, a piece of a message), not an octet now and then
    (TRUST M1). A STARTTLS upgrade drops what was read in the clear
    (`Machine.tls_started`).
    While an answer is owed (a task runs, or the machine is PAUSED until `wake`)
    neither the clock nor a shutdown ends the session; a shutdown that is bound in
    time cuts a task off, but what is being stored (PAUSED) is answered first.

Standards:
    RFC 3207 §4.2, RFC 2595 §2.1 (nothing survives the upgrade).
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from sys import exc_info
from typing import Any, Protocol, cast

from mailmax.net.pace import PacedProtocol
from mailmax.net.silence import NEVER, Silence
from mailmax.net.tls import HANDSHAKE_S
from mailmax.net.transports import acknowledge, host_of
from mailmax.wire.machine import Machine, NotNow


class Session(Protocol):
    """A room's side of one client."""

    @property
    def machine(self) -> Machine:
        """The protocol's state; the session itself knows its full type."""

    def on_open(self, conversation: "Conversation") -> Awaitable[None] | None:
        """Greet: the client is connected (and encrypted, on implicit-TLS ports)."""

    def on_event(self, event: Any) -> Awaitable[None] | None:
        """Carry one event out and answer it through the machine."""

    def on_crash(self) -> None:
        """Say that something of ours broke: 421, BYE, -ERR; the connection closes."""

    def on_timeout(self) -> None:
        """Say good-bye to a silent client; the connection closes."""

    def on_shutdown(self) -> None:
        """Say that the service stops (421, BYE; TRUST D11); the connection closes."""

    def on_closed(self) -> None:
        """The client is gone: let go of everything."""


class Conversation(PacedProtocol):
    """Drives one client's session."""

    __slots__ = (
        "_busy",
        "_cut_off",
        "_deadline",
        "_idle_s",
        "_moment",
        "_owed",
        "_silence",
        "_stopping",
        "_task",
        "binding_id",
        "encrypted",
        "peer",
        "session",
    )

    def __init__(
        self,
        session: Session,
        idle_s: float,
        silence: Silence,
        *,
        encrypted: bool = False,
    ) -> None:
        """Prepare; the listener connects it.

        Args:
            session: The room's session, not yet open.
            idle_s: Seconds without an octet from the client before `on_timeout`.
            silence: Waits for the clients of this loop that say nothing.
            encrypted: The port speaks TLS from the first octet.
        """
        super().__init__()
        self.session = session
        self.encrypted = encrypted
        self.peer = ""
        self.binding_id = 0
        """The listening address that the client came by (manual 5); 0: none."""
        self._idle_s = idle_s
        self._silence = silence
        self._moment = NEVER
        self._busy = False
        self._owed = False
        self._stopping = False
        self._cut_off: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._deadline = 0.0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the client, or go on after a STARTTLS upgrade."""
        again = self.transport is not None
        self._take_up(cast("asyncio.Transport", transport))
        if again:
            return
        if not self.peer:  # the doorman knows it already
            self.peer = host_of(transport.get_extra_info("peername"))
        self.greet()

    def greet(self) -> None:
        """Let the session say its banner."""
        self.set_idle(self._idle_s)
        try:
            pending = self.session.on_open(self)
        except Exception:  # noqa: BLE001 - the session's edge
            self._crash()
            return
        if pending is None:
            self._settle()
        else:
            self._wait_for(pending)

    def data_received(self, data: bytes) -> None:
        """Feed the machine and carry out what it makes of it."""
        self.session.machine.receive(data)
        if not self._busy and self._pump():
            self._touch()
        self._throttle(self.session.machine.backlog)

    def eof_received(self) -> bool:
        """The client closed its half: finish what it asked, then close."""
        self.session.machine.receive_eof()
        if not self._busy:
            self._pump()
        return (self._busy or self._owed) and not self.encrypted

    def resume_writing(self) -> None:
        """The client caught up: go on."""
        super().resume_writing()
        if not self._busy:
            self._pump()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Let everything go."""
        self._silence.forget(self, self._moment)
        if self._cut_off is not None:
            self._cut_off.cancel()
        if self._task is not None:
            self._task.cancel()
        self._let_go()
        self.session.on_closed()

    # For sessions

    def flush(self) -> bool:
        """Send what the machine has ready (untagged responses during IDLE too).

        Returns:
            Whether there was anything.
        """
        transport = self.transport
        if transport is None:
            return False
        octets = self.session.machine.take_output()
        if octets and not transport.is_closing():
            transport.write(octets)
        return bool(octets)

    async def drain(self) -> None:
        """Flush, then wait until the client has taken most of what was sent.

        Raises:
            ConnectionResetError: The client left.
        """
        self.flush()
        await self.taken()

    def wake(self) -> None:
        """Go on after an answer that was given outside `Session.on_event`."""
        if self._busy:
            return
        if self._stopping:  # a client that pipelines would never see the end
            self._owed = False
            self._settle()
        else:
            self._pump()

    def acknowledge(self) -> None:
        """Let TCP acknowledge what came now.

        A client that sends the end of a message as a packet of its own waits for the
        acknowledgement of the rest (Nagle), which otherwise comes 40 ms late.
        """
        if self.transport is not None:
            acknowledge(self.transport)

    def set_idle(self, seconds: float) -> None:
        """Change how long the client may be silent (before login, in DATA, IDLE)."""
        self._idle_s = seconds
        self._touch()
        if self.transport is not None and not NEVER < self._moment <= self._deadline:
            self._silence.forget(self, self._moment)
            self._wait_on()

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Upgrade after the go-ahead was replied; drops what came in the clear.

        Raises:
            OSError: The handshake failed; the connection is closed.
        """
        transport = self.transport
        if transport is None:
            raise ConnectionResetError("client left")
        transport.pause_reading()
        self.flush()
        self.session.machine.tls_started()
        upgraded = await self._loop.start_tls(
            transport,
            self,
            context,
            server_side=True,
            ssl_handshake_timeout=HANDSHAKE_S,
        )
        if upgraded is None:
            raise ConnectionResetError("client left")
        self.transport = upgraded
        self._paused_reading = False
        self.encrypted = True

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        transport = self.transport
        if transport is not None:
            transport.close()
            if self.encrypted or transport.get_write_buffer_size():
                self._watch_stall()

    def shut_down(self, within_s: float | None = None) -> None:
        """Stop at the next command boundary (TRUST D11).

        Args:
            within_s: Not later than that, but for an answer that `wake` brings; None:
                the caller sees to it.
        """
        self._stopping = True
        if within_s is not None and self._cut_off is None:
            self._cut_off = self._loop.call_later(within_s, self._end_late)
        if not self._busy and not self._owed:
            self._say_goodbye(self.session.on_shutdown)

    # Inside

    def _end_late(self) -> None:
        if self._busy or not self._owed:
            self.abort()

    def _pump(self) -> bool:
        """Carry out events until none is left or one must be awaited.

        Returns:
            Whether there was a step forward: an event, or an answer to be sent.
        """
        session = self.session
        machine = session.machine
        stepped = False
        while self._writable is None and self.transport is not None:
            event = machine.next_event()
            if isinstance(event, NotNow):
                self._owed = event is NotNow.PAUSED
                break
            stepped = True
            try:
                pending = session.on_event(event)
            except Exception:  # noqa: BLE001 - the session's edge: one bug, one client
                self._crash()
                return True
            if pending is not None:
                self._wait_for(pending)
                return True
        return self._settle() or stepped

    def _settle(self) -> bool:
        answered = self.flush()
        self._throttle(self.session.machine.backlog)
        if self.session.machine.expects_close:
            self.close()
        elif self._stopping and not self._owed:
            self._say_goodbye(self.session.on_shutdown)
        return answered

    def _wait_for(self, pending: Awaitable[None]) -> None:
        """Let an answer come later; say meanwhile what is ready."""
        self._busy = True
        self._task = self._loop.create_task(self._await(pending))
        self.flush()

    async def _await(self, pending: Awaitable[None]) -> None:
        try:
            await pending
        except ConnectionError:
            self.abort()
            return
        except Exception:  # noqa: BLE001 - the session's edge
            self._crash()
            return
        finally:
            self._busy = False
            self._task = None
        self._touch()
        self._pump()

    def _crash(self) -> None:
        self._loop.call_exception_handler(
            {"message": "a session failed", "exception": exc_info()[1]}
        )
        self._say_goodbye(self.session.on_crash)

    def _say_goodbye(self, words: Callable[[], None]) -> None:
        if self.transport is None:
            return
        words()
        self.close()

    def _touch(self) -> None:
        """The client lives: move the deadline; whoever looks then finds it moved."""
        self._deadline = self._loop.time() + self._idle_s

    def _wait_on(self) -> None:
        self._moment = self._silence.wait(self, self._deadline, self._idle_s)

    def on_due(self) -> None:
        """The client may have been silent for too long."""
        if self.transport is None:
            return
        silent = self._loop.time() >= self._deadline
        if silent and not (self._busy or self._owed):
            self._say_goodbye(self.session.on_timeout)
            return
        if silent:
            self._touch()
        self._wait_on()
