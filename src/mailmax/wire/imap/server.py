"""The server's machine of IMAP: octets in, commands out, answers out.

Theory:
    A command is one or more lines, with a literal behind each line that announces one.
    The machine puts it together, refuses what may not be, and gives its value as an
    event; one command is open at a time, so pipelining needs no code and what is
    ahead waits as octets.

    ========== =======================================================
    phase      waits for
    ========== =======================================================
    COMMAND    a line
    LITERAL    the octets of a literal of a command
    SWALLOW    the octets of a literal that was refused, then COMMAND
    ANSWERING  the room (also while it decides about an APPEND)
    MESSAGE    the octets of an APPEND, given as chunks
    TAIL       the end of the line after them
    CHALLENGE  a response of AUTHENTICATE
    IDLING     DONE
    CLOSED     nothing
    ========== =======================================================

Rules:
    What follows ``{n+}`` is never taken for a command, even when its command was
    refused: it is swallowed, or the connection closed (TRUST E3). Where the end of a
    line or literal is in doubt the connection closes.
    A command is refused as early as its first line shows why, so a refused LOGIN is
    not asked for its literals.

Limits:
    `Limits`; Dovecot has 8 KiB, 64 KiB and 3 and 20 bad commands too (TRUST §3).

Standards:
    RFC 3501 §2.2, §4.3, §7.5; RFC 7888; RFC 4959; RFC 2177; RFC 3207 §4.2.
"""

from typing import Any

from mailmax.base.units import KIB
from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.codec.nesting import nests_too_deep
from mailmax.wire.imap.commands.append import (
    AppendAbandoned,
    AppendChunk,
    AppendEnd,
)
from mailmax.wire.imap.commands.authenticate import Authenticate
from mailmax.wire.imap.commands.idle import IdleDone
from mailmax.wire.imap.commands.login import Login
from mailmax.wire.imap.intake import ANSWERED, Intake, Limits, Phase
from mailmax.wire.imap.parsers import PARSERS
from mailmax.wire.imap.states import RULES, State
from mailmax.wire.imap.types.malformed import Malformed, Unacceptable
from mailmax.wire.lines import LineFault
from mailmax.wire.machine import (
    CLOSED,
    NEED_DATA,
    PAUSED,
    LocalProtocolError,
    NotNow,
)
from mailmax.wire.sasl.exchange import (
    Credentials,
    Exchange,
    SaslFault,
    decode_response,
    encode_challenge,
)
from mailmax.wire.sasl.mechanisms import begin_exchange
from mailmax.wire.shown import HIDDEN

_CHUNK_OCTETS = 64 * KIB
_SASL_FAULTS = {
    SaslFault.MALFORMED: Malformed("invalid authentication response"),
    SaslFault.CANCELLED: Malformed("authentication cancelled"),
    SaslFault.NOT_ONESELF: Unacceptable(
        "nobody acts for another here", "AUTHORIZATIONFAILED"
    ),
}


class ServerMachine(Intake):
    """One client's session, on the server's side."""

    __slots__ = ("_eof", "_exchange", "_mechanism")

    def __init__(self, limits: Limits) -> None:
        """Start not authenticated; the room greets."""
        super().__init__(limits)
        self._eof = False
        self._exchange: Exchange | None = None
        self._mechanism = ""

    # The driver's side

    @property
    def expects_close(self) -> bool:
        """The driver should close after flushing."""
        return self._phase is Phase.CLOSED

    @property
    def backlog(self) -> int:
        """Octets waiting, weighed so that four longest commands stop the reading."""
        weight = 8 if self.state is State.NOT_AUTHENTICATED else 1
        return len(self._lines) * weight

    @property
    def idling(self) -> bool:
        """IDLE is on: untagged responses are welcome at any time."""
        return self._phase is Phase.IDLING

    @property
    def answering(self) -> bool:
        """A command is open: the room owes it an answer."""
        return self._phase in {Phase.ANSWERING, Phase.MESSAGE, Phase.TAIL}

    @property
    def tag(self) -> bytes:
        """The tag of the open command (ESEARCH repeats it)."""
        return self._tag

    def receive(self, octets: bytes) -> None:
        """Take octets as they came."""
        if self._phase is not Phase.CLOSED:
            self._lines.feed(octets)

    def receive_eof(self) -> None:
        """The peer will send no more: finish what is whole."""
        self._eof = True

    def tls_started(self) -> None:
        """Forget everything said in the clear (RFC 3207 §4.2, TRUST H1)."""
        self._lines.clear()
        self._begin_command()

    def next_event(self) -> Any | NotNow:
        """Return the next event, or why there is none."""
        while True:
            if self._phase is Phase.CLOSED:
                return CLOSED
            if self._phase is Phase.ANSWERING:
                return PAUSED
            event = _STEPS[self._phase](self)
            if event is NEED_DATA and self._eof:
                self._close()
            elif event is not None:
                return event

    # The room's side

    def ok(self, text: str, code: str = "") -> None:
        """Answer the open command: done."""
        self._answer("OK", text, code)
        self._lead(RULES[self._verb].on_ok)

    def no(self, text: str, code: str = "") -> None:
        """Answer the open command: not done."""
        self._answer("NO", text, code)
        self._lead(RULES[self._verb].on_no)

    def bad(self, text: str) -> None:
        """Answer the open command: not understood."""
        self._answer("BAD", text, "")
        self._count_bad()

    def accept_message(self) -> None:
        """Ask for the octets of the APPEND that was offered."""
        if self._verb != b"APPEND" or self._phase is not Phase.ANSWERING:
            raise LocalProtocolError("no message was offered")
        self._guard.fall()
        if not self._swallow_next:
            self.send(b"+ Ready for the message\r\n")
        self._swallow_next = False
        self._phase = Phase.MESSAGE

    def begin_idle(self) -> None:
        """Say that IDLE is on; untagged responses may come at any time now."""
        if self._verb != b"IDLE" or self._phase is not Phase.ANSWERING:
            raise LocalProtocolError("the client did not ask for IDLE")
        self.send(b"+ idling\r\n")
        self._phase = Phase.IDLING

    def unselect(self) -> None:
        """The selected mailbox is gone; the session goes on without one."""
        if self.state is State.SELECTED:
            self.state = State.AUTHENTICATED

    # Phases; each returns an event, NEED_DATA, or None to go on

    def _message(self) -> Any:
        if not self._need:
            self._phase = Phase.TAIL
            return None
        octets = self._lines.take(min(self._need, _CHUNK_OCTETS))
        if not octets:
            return NEED_DATA
        self._need -= len(octets)
        return AppendChunk(octets)

    def _tail(self) -> Any:
        line = self._line()
        if line is None:
            return NEED_DATA
        if line == b"":
            self._phase = Phase.ANSWERING
            return AppendEnd()
        self._phase = Phase.COMMAND
        if isinstance(line, LineFault):
            self._doubtful_line(line)
        else:
            self._refusal = Malformed("nothing may follow the message")
            self._parts = [line]
            self._after_line(line)
        return AppendAbandoned()

    def _challenge(self) -> Any:
        line = self._line()
        if line is None:
            return NEED_DATA
        if isinstance(line, LineFault):
            return self._doubtful_line(line)
        self._used += len(line) + 2
        if self.watcher is not None:
            self.watcher.heard(HIDDEN)
        return self._respond(decode_response(line))

    def _idling(self) -> Any:
        line = self._line()
        if line is None:
            return NEED_DATA
        if isinstance(line, LineFault) or line.endswith(b"+}"):
            return self._doubtful_line(line)
        self._phase = Phase.ANSWERING
        if self.watcher is not None:
            self.watcher.heard(b"DONE" if line.upper() == b"DONE" else HIDDEN)
        return IdleDone(proper=line.upper() == b"DONE")

    # Inside

    def _whole(self) -> Any:
        """Read the whole command."""
        if self._refusal is not None:
            self._refuse(self._refusal)
            return None
        parts = self._parts
        text = parts[0] if len(parts) == 1 else b"".join(parts)
        self._parts = []
        if nests_too_deep(text):
            self._refuse(Malformed("parentheses nest too deep"))
            self.bye("Parentheses nest too deep")
            return None
        self._phase = Phase.ANSWERING
        try:
            command = PARSERS[self._verb](
                Cursor(text, len(self._tag) + 1 + len(self._verb))
            )
            if isinstance(command, Authenticate):
                return self._authenticate(command)
        except Malformed as why:
            self._refuse(why)
            return None
        return command

    def _authenticate(self, command: Authenticate) -> Any:
        self._exchange = begin_exchange(command.mechanism)
        if self._exchange is None:
            raise Unacceptable("unknown mechanism", "CANNOT")
        self._mechanism = command.mechanism.decode("ascii")
        if command.initial is None:
            return self._respond(None)
        return self._respond(decode_response(command.initial, initial=True))

    def _respond(self, response: bytes | SaslFault | None) -> Any:
        """Hand a response to the mechanism; ask on, refuse, or give the login."""
        if self._exchange is None:
            raise LocalProtocolError("no exchange is open")
        if isinstance(response, SaslFault):
            self._refuse(_SASL_FAULTS[response])
            return None
        result = self._exchange.step(response)
        if isinstance(result, Credentials):
            self._phase = Phase.ANSWERING
            return Login(result.login_name, result.password, self._mechanism)
        if isinstance(result, SaslFault):
            self._refuse(_SASL_FAULTS[result])
        else:
            self.send(b"+ %b\r\n" % encode_challenge(result))
            self._phase = Phase.CHALLENGE
        return None

    def _answer(self, status: str, text: str, code: str) -> None:
        if self._phase is not Phase.ANSWERING:
            raise LocalProtocolError(f"no command to answer {status}")
        self._say(self._tag, status, text, code)
        verb, need, swallow = self._verb, self._need, self._swallow_next
        self._begin_command()
        self._verb = verb
        if swallow and verb == b"APPEND":
            # Refused, but its octets are on their way (RFC 7888 §4).
            self._refusal = ANSWERED
            self._parts = [b"refused"]
            self._need = need
            self._phase = Phase.SWALLOW

    def _lead(self, state: State | None) -> None:
        if state is State.LOGOUT:
            self._close()
        if state is not None and self.state is not State.LOGOUT:
            self.state = state


_STEPS = {
    Phase.COMMAND: Intake._command,  # noqa: SLF001 - the table of phases
    Phase.LITERAL: Intake._literal,  # noqa: SLF001
    Phase.SWALLOW: Intake._swallow,  # noqa: SLF001
    Phase.MESSAGE: ServerMachine._message,  # noqa: SLF001
    Phase.TAIL: ServerMachine._tail,  # noqa: SLF001
    Phase.CHALLENGE: ServerMachine._challenge,  # noqa: SLF001
    Phase.IDLING: ServerMachine._idling,  # noqa: SLF001
}
