"""The speaking half of the POP3 machine: what the room says, and where it leads.

Theory:
    One answer is owed at a time: `ok`, `err`, `message` or `begin_lines` …
    `end_lines`. Then `states.MOVES` says where the session stands.

Limits:
    Ten failed logins end the session (TRUST 3).
"""

from dataclasses import dataclass

from mailmax.wire.lines import LineBuffer
from mailmax.wire.machine import LocalProtocolError, Watcher
from mailmax.wire.pop3.multiline import MultilineWriter, encode_message
from mailmax.wire.pop3.replies import Code, encode_err, encode_ok
from mailmax.wire.pop3.states import Move, State
from mailmax.wire.sasl.plain import Plain
from mailmax.wire.shown import Guard


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a client may ask of us."""

    line_octets: int = 512
    auth_line_octets: int = 8192
    long_lines: int = 3
    faults: int = 20
    failed_logins: int = 10


class Answers:
    """The state of a session and all that may be said in it."""

    __slots__ = (
        "_challenge",
        "_eof",
        "_failed_logins",
        "_faults",
        "_guard",
        "_limits",
        "_lines",
        "_long_lines",
        "_move",
        "_name",
        "_output",
        "_sasl",
        "_writer",
        "may_apop",
        "may_login",
        "needs_apop",
        "offers_tls",
        "pending",
        "state",
        "watcher",
    )

    def __init__(self, limits: Limits | None = None) -> None:
        """Prepare; `greet` comes first."""
        self._limits = limits or Limits()
        self._lines = LineBuffer()
        self._output: list[bytes] = []
        self._challenge = ""
        self._name = b""
        self._sasl: Plain | None = None
        self._move: Move | None = None
        self._writer: MultilineWriter | None = None
        self._eof = False
        self._faults = self._long_lines = self._failed_logins = 0
        self.state = State.AUTHORIZATION
        self.pending = 0
        """Octets that `take_output` would give."""
        self.may_login = False
        """Passwords may be said as the line is now."""
        self.may_apop = False
        self.needs_apop = False
        """Nobody logs in by a password: only digests are taken."""
        self.offers_tls = False
        self._guard = Guard()
        self.watcher: Watcher | None = None
        """Is told what is said, where somebody wants to know."""

    @property
    def expects_close(self) -> bool:
        """Tell whether the session has ended."""
        return self.state is State.CLOSED

    def take_output(self) -> bytes:
        """Return what is to be sent."""
        if not self._output:
            return b""
        output, self._output = self._output, []
        self.pending = 0
        return output[0] if len(output) == 1 else b"".join(output)

    def greet(self, text: str, challenge: str = "") -> None:
        """Say the banner, with an APOP challenge where APOP is offered."""
        self._challenge = challenge
        self._answer(encode_ok(f"{text} {challenge}" if challenge else text))

    def ok(self, text: str = "") -> None:
        """Answer +OK."""
        self._close_command(ok=True)
        self._answer(encode_ok(text))

    def err(self, text: str, code: Code = Code.NONE) -> None:
        """Answer -ERR."""
        self._close_command(ok=False)
        self._answer(encode_err(text, code))

    def message(self, text: str, content: bytes) -> None:
        """Answer +OK with one whole message."""
        self._close_command(ok=True)
        self._answer(encode_ok(text))
        self._send(encode_message(content))

    def begin_lines(self, text: str) -> None:
        """Answer +OK; lines or content follow, then `end_lines`."""
        if self._move is None:
            raise LocalProtocolError("no command is open")
        self._writer = MultilineWriter()
        self._answer(encode_ok(text))

    def content(self, piece: bytes) -> None:
        """Send a piece of a message or whole lines with their CRLF."""
        if self._writer is None:
            raise LocalProtocolError("no multi-line response is open")
        self._send(self._writer.feed(piece))

    def end_lines(self) -> None:
        """End what `begin_lines` began."""
        if self._writer is None:
            raise LocalProtocolError("no multi-line response is open")
        self._send(self._writer.finish())
        self._writer = None
        self._close_command(ok=True)

    def part(self, text: str, code: Code = Code.NONE) -> None:
        """End the session unasked; says why unless a response is half sent."""
        if self._writer is None and self.state is not State.CLOSED:
            self._answer(encode_err(text, code))
        self._move = self._writer = None
        self.state = State.CLOSED

    @property
    def is_sending(self) -> bool:
        """A multi-line response is begun and not ended."""
        return self._writer is not None

    def _answer(self, octets: bytes) -> None:
        """Send lines of ours, and show them."""
        self._send(octets)
        if self.watcher is not None:
            self.watcher.said(octets)

    def _send(self, octets: bytes) -> None:
        self._output.append(octets)
        self.pending += len(octets)

    def _close_command(self, *, ok: bool) -> None:
        move = self._move
        if move is None:
            raise LocalProtocolError("no command is open")
        before_login = self.state is not State.TRANSACTION
        self._move = None
        self.state = move.ok if ok else move.err
        if before_login and not ok and self._name:
            self._name = b""
            self._failed_logins += 1
            if self._failed_logins >= self._limits.failed_logins:
                self.state = State.CLOSED
