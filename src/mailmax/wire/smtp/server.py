"""The server's side of SMTP, submission and LMTP.

Theory:
    Octets in, events out (`commands`); the room answers one event at a time
    (`answers`); a login takes several steps (`logins`). What is misspelt or out of
    order is answered here, from `states.TRANSITIONS`, so the room sees legal events
    only.

Rules:
    A message ends at ``CR LF . CR LF`` or with the last octet of BDAT LAST, nowhere
    else; one in which a CR or LF stands alone is answered 550 5.5.2, and after DATA
    the connection closes too.
    The octets of a refused BDAT are swallowed, never read as commands; where their
    number cannot be known the connection closes (TRUST A6).
    STARTTLS with anything behind it in the same breath closes (TRUST H1). So do HELO,
    EHLO and DATA of a stranger: who talks whatever we answer is no mail server, and
    often somebody's browser (TRUST A7). The first verb of HTTP closes (TRUST A10).

Standards:
    RFC 5321, RFC 6409, RFC 2033; extensions in `offers`.
"""

from collections.abc import Callable
from typing import ClassVar

from mailmax.wire.lines import LineFault
from mailmax.wire.machine import CLOSED, NEED_DATA, PAUSED, NotNow, Watcher
from mailmax.wire.sasl.exchange import decode_response
from mailmax.wire.shown import HIDDEN, hide_proof
from mailmax.wire.smtp import replies
from mailmax.wire.smtp.answers import CONTENT, QUERY
from mailmax.wire.smtp.arguments import (
    read_chunk,
    read_etrn,
    read_hello,
    read_mail,
    read_rcpt,
)
from mailmax.wire.smtp.commands import (
    Content,
    ContentEnded,
    ContentSpoiled,
    ContentStarted,
    Event,
    Hello,
    Reset,
    Slow,
    StartTls,
    Verify,
)
from mailmax.wire.smtp.content import ChunkReader, DataReader
from mailmax.wire.smtp.logins import Logins
from mailmax.wire.smtp.replies import Reply
from mailmax.wire.smtp.states import (
    HELLO_FIRST,
    LOGIN_FIRST,
    TRANSITIONS,
    Mode,
    State,
)

_HTTP = frozenset(
    {b"GET", b"POST", b"PUT", b"HEAD", b"CONNECT", b"OPTIONS", b"DELETE", b"PATCH"}
)
_FAULTS = {
    LineFault.TOO_LONG: replies.LINE_TOO_LONG,
    LineFault.BARE_LF: replies.BARE_LINE_END,
}


class SmtpServer(Logins):
    """One session's machine."""

    __slots__ = ()

    @property
    def backlog(self) -> int:
        """Octets received and not yet turned into events."""
        return len(self._lines)

    def receive(self, octets: bytes) -> None:
        """Take octets as they came."""
        if self.state is not State.CLOSED:
            self._lines.feed(octets)

    def receive_eof(self) -> None:
        """The client will send no more."""
        self._eof = True

    def next_event(self) -> Event | NotNow:
        """Return what the client asks, or why there is nothing."""
        while True:
            if self._open:
                if not self._slow:
                    return PAUSED
                self._slow = False
                return Slow()
            if self.state is State.CLOSED:
                return CLOSED
            if self._reader is not None:
                event = self._read_content(self._reader)
            elif self._swallow:
                event = self._swallow_chunk()
            else:
                event = self._read_line()
            if event is not None:
                return event

    def _waiting(self) -> NotNow:
        """Nothing more can be made of what is there."""
        if self._eof:
            self.state = State.CLOSED
            return CLOSED
        return NEED_DATA

    def _read_content(self, reader: DataReader | ChunkReader) -> Event | NotNow | None:
        if not reader.ended:
            octets = reader.read(self._lines)
            if octets:
                self.progress += len(octets)
                return Content(octets)
            if not reader.ended:
                return self._waiting()
        self._reader = None
        if reader is self._chunks and not self._chunk[1]:
            self._say(Reply(250, "2.0.0", f"{self._chunk[0]} octets received"))
            return None
        if reader.spoiled:
            self._refuse_spoiled()
            return ContentSpoiled()
        self._open = CONTENT
        return ContentEnded()

    def _swallow_chunk(self) -> NotNow | None:
        self._swallow -= len(self._lines.take(self._swallow))
        if self._swallow:
            return self._waiting()
        self._complain(self._refusal)
        return None

    def _read_line(self) -> Event | NotNow | None:
        limits = self.limits
        line = self._lines.next_line(
            limits.login_line if self.may_log_in else limits.line
        )
        if line is None:
            return self._waiting()
        self.progress += 1
        if isinstance(line, LineFault):
            self._fault(line)
            return None
        if self.watcher is not None:
            self._show(self.watcher, line)
        if self._exchange is not None:
            return self._step(decode_response(line))
        space = line.find(b" ")
        verb = (line if space < 0 else line[:space]).upper()
        if len(line) + 2 > limits.line and verb != b"AUTH":
            self._fault(LineFault.TOO_LONG)
            return None
        handle = self._HANDLERS.get(verb)
        if handle is None:
            self._unknown(verb)
            return None
        row = TRANSITIONS.get(verb)
        if row is not None and self.state not in row.legal and verb != b"BDAT":
            start = self.state is State.START
            self._complain(HELLO_FIRST if start else row.otherwise)
            return None
        return handle(self, verb, b"" if space < 0 else line[space + 1 :].strip(b" "))

    def _show(self, watcher: Watcher, line: bytes) -> None:
        """Show a command, or that there was a response in a login."""
        guard = self._guard
        verb = line.partition(b" ")[0].upper()
        if self._exchange is not None:
            watcher.heard(HIDDEN)
        elif verb == b"AUTH":
            guard.rise()
            watcher.heard(hide_proof(verb, line[len(verb) :]))
        elif verb in self._HANDLERS:
            if verb == b"DATA":
                guard.rise()  # where it is refused, content may come all the same
            else:
                guard.fall()
            watcher.heard(line)
        else:
            watcher.heard(guard.strange(line))

    def _fault(self, fault: LineFault) -> None:
        self._exchange = None
        if fault is LineFault.TOO_LONG:
            self._long_lines += 1
            if self._long_lines >= self.limits.long_lines:
                self.say_goodbye(replies.LINE_TOO_LONG)
                return
        self._complain(_FAULTS[fault])

    def _unknown(self, verb: bytes) -> None:
        if verb in _HTTP:
            self.say_goodbye(replies.NOT_MAIL)
        else:
            self._complain(replies.UNKNOWN_COMMAND)

    # One small home for each command

    def _hello(self, verb: bytes, argument: bytes) -> Event | None:
        if (verb == b"LHLO") is not (self.offers.mode is Mode.LMTP):
            self._unknown(verb)  # RFC 2033 §4.1
            return None
        name = read_hello(argument)
        if isinstance(name, Reply):
            return self._no(name)
        if self._is_too_hasty():
            return None
        self._end_transaction()
        self.extended = verb != b"HELO"
        self._open = verb
        return Hello(name, self.extended)

    def _starttls(self, verb: bytes, argument: bytes) -> Event | None:
        if not self.offers.tls or self.encrypted:
            return self._no(replies.NOT_IMPLEMENTED)
        if argument:
            return self._no(replies.SYNTAX)
        if len(self._lines):
            self.say_goodbye(replies.TALK_BEHIND_STARTTLS)
            return None
        self._open = verb
        return StartTls()

    def _auth(self, _verb: bytes, argument: bytes) -> Event | None:
        return self._begin_login(argument)

    def _mail(self, verb: bytes, argument: bytes) -> Event | None:
        if self.needs_login and not self.logged_in:
            return self._no(LOGIN_FIRST)
        event = read_mail(
            argument,
            extended=self.extended,
            encrypted=self.encrypted,
            may_hold=self.may_hold,
        )
        if isinstance(event, Reply):
            return self._no(event)
        self._smtputf8 = event.smtputf8
        self._open = verb
        return event

    def _rcpt(self, verb: bytes, argument: bytes) -> Event | None:
        event = read_rcpt(argument, extended=self.extended, smtputf8=self._smtputf8)
        if isinstance(event, Reply):
            return self._no(event)
        if self.recipients >= self.limits.recipients:
            self._one_too_many()
            return None
        self._open = verb
        return event

    def _one_too_many(self) -> None:
        """Refuse; only a second such number are errors (RFC 5321 §4.5.3.1.10)."""
        self._beyond += 1
        if self._beyond > self.limits.recipients:
            self._count_error(replies.TOO_MANY_RECIPIENTS)
        else:
            self._say(replies.TOO_MANY_RECIPIENTS)

    def _data(self, verb: bytes, argument: bytes) -> Event | None:
        if argument:
            return self._no(replies.SYNTAX)
        if self._is_too_hasty():
            return None
        self._open = verb
        return ContentStarted()

    def _is_too_hasty(self) -> bool:
        """End with a stranger who did not wait where one must."""
        if not (self.must_wait and len(self._lines)):
            return False
        self.say_goodbye(replies.TOO_HASTY)
        return True

    def _bdat(self, verb: bytes, argument: bytes) -> Event | None:
        chunk = read_chunk(argument, self.limits.chunk)
        if isinstance(chunk, Reply):
            self.say_goodbye(chunk)
            return None
        row = TRANSITIONS[verb]
        if self.state not in row.legal:
            start = self.state is State.START
            self._refuse_chunk(chunk[0], HELLO_FIRST if start else row.otherwise)
            return None
        self._chunk = chunk
        if self._chunks is None:
            self._open = verb
            return ContentStarted()
        if chunk == (0, False):
            self._say_to_junk(replies.OK)
            return None
        self._chunks.open(chunk[0])
        self._reader = self._chunks
        return None

    def _rset(self, _verb: bytes, argument: bytes) -> Event | None:
        if argument:
            return self._no(replies.SYNTAX)
        self._end_transaction()
        self._say_to_junk(replies.OK)
        return Reset()

    def _quit(self, _verb: bytes, _argument: bytes) -> None:
        self.say_goodbye(replies.BYE)

    def _noop(self, _verb: bytes, _argument: bytes) -> None:
        self._say_to_junk(replies.OK)

    def _help(self, _verb: bytes, _argument: bytes) -> None:
        self._say_to_junk(replies.HELP)

    def _vrfy(self, _verb: bytes, argument: bytes) -> Event | None:
        if not argument:
            self._say_to_junk(replies.SYNTAX)
            return None
        self._open = QUERY
        return Verify(argument.decode("utf-8", "replace"))

    def _etrn(self, _verb: bytes, argument: bytes) -> Event | None:
        if self.offers.mode is not Mode.RELAY:
            return self._no(replies.NOT_IMPLEMENTED)
        event = read_etrn(argument)
        if isinstance(event, Reply):
            self._say_to_junk(event)
            return None
        self._open = QUERY
        return event

    def _expn(self, _verb: bytes, _argument: bytes) -> None:
        self._say_to_junk(replies.NOT_IMPLEMENTED)

    _HANDLERS: ClassVar[
        dict[bytes, Callable[["SmtpServer", bytes, bytes], Event | None]]
    ] = {
        b"HELO": _hello,
        b"EHLO": _hello,
        b"LHLO": _hello,
        b"STARTTLS": _starttls,
        b"AUTH": _auth,
        b"MAIL": _mail,
        b"RCPT": _rcpt,
        b"DATA": _data,
        b"BDAT": _bdat,
        b"RSET": _rset,
        b"QUIT": _quit,
        b"NOOP": _noop,
        b"HELP": _help,
        b"VRFY": _vrfy,
        b"ETRN": _etrn,
        b"EXPN": _expn,
    }
