"""The speaking half of the server machine: what the room says, and where it leads.

Theory:
    One answer is owed at a time (`_open` names what to). A positive one moves the
    session on by `states.TRANSITIONS`; any other leaves nothing of what was refused:
    a refused DATA or BDAT ends the transaction (TRUST A9).

Limits:
    Errors as Postfix counts them: each 5yz to a client that is neither trusted nor
    logged in, forgotten when a message was accepted. Above the soft limit the room
    is asked to wait before the answer leaves (`Slow`), at the hard one the session
    ends with 421. Commands that do nothing count as errors above the junk limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mailmax.wire.lines import LineBuffer
from mailmax.wire.machine import LocalProtocolError, Watcher
from mailmax.wire.sasl.exchange import Exchange
from mailmax.wire.shown import Guard
from mailmax.wire.smtp import replies
from mailmax.wire.smtp.content import ChunkReader, DataReader
from mailmax.wire.smtp.offers import Offers, future_release, greet_extended
from mailmax.wire.smtp.replies import Reply
from mailmax.wire.smtp.states import IN_TRANSACTION, TRANSITIONS, Mode, State


@dataclass(frozen=True, slots=True)
class Limits:
    """What one session may cost (TRUST §3)."""

    line: int = 2048
    """Octets of a command, CR LF included."""
    login_line: int = 12288
    """The same for AUTH and its responses (RFC 4954 §4)."""
    recipients: int = 1000
    soft_errors: int = 10
    hard_errors: int = 20
    junk: int = 100
    long_lines: int = 3
    chunk: int = 1 << 30
    """Octets of one BDAT."""


_DEFAULT = Limits()
BANNER, TLS, CONTENT, SLOW = b"banner", b"tls", b"content", b"slow"
QUERY = b"query"
"""Things an answer may be owed to that are no verbs."""


class Answers:
    """The state of a session and all that may be said in it."""

    __slots__ = (
        "_beyond",
        "_chunk",
        "_chunks",
        "_delayed",
        "_eof",
        "_exchange",
        "_guard",
        "_junk",
        "_lines",
        "_long_lines",
        "_open",
        "_output",
        "_reader",
        "_refusal",
        "_slow",
        "_smtputf8",
        "_swallow",
        "encrypted",
        "errors",
        "extended",
        "is_lenient",
        "limits",
        "logged_in",
        "login_is_off",
        "longest_hold_s",
        "may_log_in",
        "must_wait",
        "needs_login",
        "offers",
        "progress",
        "recipients",
        "state",
        "watcher",
    )

    def __init__(self, offers: Offers, limits: Limits | None = None) -> None:
        """Prepare; the room's first `reply` is the banner.

        Args:
            offers: What the port is and what it announces.
            limits: What a session may cost.
        """
        self.offers = offers
        self.limits = limits or _DEFAULT
        self.state = State.GREETING
        self.extended = False
        """The client said EHLO or LHLO."""
        self.encrypted = False
        self.logged_in = False
        self.may_log_in = False
        """AUTH is offered: the room found the line encrypted or the peer trusted."""
        self.login_is_off = False
        """Nobody logs in at all: AUTH is as a command that is not known."""
        self.needs_login = offers.mode is Mode.SUBMISSION
        """MAIL wants a login first; the room lets some by."""
        self.is_lenient = False
        """Errors are not counted: the client is trusted or logged in."""
        self.must_wait = False
        """The client is a stranger: it hears the answers to HELO, EHLO and DATA before
        it says more (RFC 2920 §3.1)."""
        self.longest_hold_s = 0
        """How long mail may be held that is not to leave yet; 0: not at all."""
        self.recipients = 0
        """Recipients accepted in this transaction."""
        self.errors = 0
        self.progress = 0
        """Grows with each whole line and each octet of content."""
        self._junk = 0
        self._long_lines = 0
        self._beyond = 0
        self._lines = LineBuffer()
        self._output: list[bytes] = []
        self._open = BANNER
        self._slow = False
        self._delayed = b""
        self._smtputf8 = False
        self._reader: DataReader | ChunkReader | None = None
        self._chunks: ChunkReader | None = None
        self._chunk = (0, False)
        self._swallow = 0
        self._refusal = replies.SYNTAX
        self._exchange: Exchange | None = None
        self._eof = False
        self._guard = Guard()
        self.watcher: Watcher | None = None
        """Is told what is said, where somebody wants to know."""

    @property
    def expects_close(self) -> bool:
        """The session is over."""
        return self.state is State.CLOSED

    @property
    def is_answering(self) -> bool:
        """An answer is owed: the client waits for us."""
        return bool(self._open)

    @property
    def is_receiving(self) -> bool:
        """A message is coming."""
        return self._reader is not None

    def take_output(self) -> bytes:
        """Return the octets to send."""
        output = self._output
        if not output:
            return b""
        self._output = []
        return output[0] if len(output) == 1 else b"".join(output)

    def reply(self, reply: Reply) -> None:
        """Answer what is open."""
        verb, self._open = self._open, b""
        if not verb or verb in (TLS, SLOW, QUERY):
            raise LocalProtocolError("no answer is owed")
        if verb == BANNER and len(self._lines):
            self.say_goodbye(replies.TOO_EARLY)
        elif reply.code == 421 or (verb == BANNER and not reply.is_positive):
            self.say_goodbye(reply)
        elif not reply.is_positive:
            self._refuse(verb, reply)
        else:
            self._say(reply)
            self._advance(verb)

    def reply_each(self, answers: Sequence[Reply]) -> None:
        """Answer a whole message once for each recipient (RFC 2033 §4.2)."""
        if self._open != CONTENT or len(answers) != self.recipients:
            raise LocalProtocolError("one answer for each recipient of a message")
        self._open = b""
        self._end_transaction()
        for answer in answers:
            self._say(answer)

    def answer_query(self, reply: Reply) -> None:
        """Answer VRFY or ETRN: the session stands where it stood."""
        if self._open != QUERY:
            raise LocalProtocolError("nothing was asked")
        self._open = b""
        self._say_to_junk(reply)

    @property
    def may_hold(self) -> bool:
        """FUTURERELEASE is offered: to our own, where they hand mail in (RFC 4865)."""
        ours = self.is_lenient or self.offers.mode is Mode.SUBMISSION
        return ours and self.longest_hold_s > 0

    def accept_hello(self, now_s: float = 0.0) -> None:
        """Answer HELO, EHLO or LHLO with what is offered.

        Args:
            now_s: Unix time.
        """
        if self.extended:
            hold = future_release(self.longest_hold_s, now_s) if self.may_hold else ""
            self.reply(
                greet_extended(
                    self.offers,
                    encrypted=self.encrypted,
                    may_log_in=self.may_log_in and not self.login_is_off,
                    hold=hold,
                )
            )
        else:
            self.reply(Reply(250, "", self.offers.hostname))

    def accept_tls(self) -> None:
        """Say 220; the driver upgrades next and calls `tls_started`."""
        if self._open != b"STARTTLS":
            raise LocalProtocolError("no STARTTLS is open")
        self._open = TLS
        self._say(replies.READY_FOR_TLS)

    def tls_started(self) -> None:
        """Forget everything said in the clear (RFC 3207 §4.2)."""
        self._lines.clear()
        self._end_transaction()
        self.state = State.START
        self.encrypted = True
        self.extended = self.logged_in = False
        self._open = b""

    def accept_content(self) -> None:
        """Let the message come."""
        verb, self._open = self._open, b""
        self._guard.fall()
        if verb == b"DATA":
            self._say(replies.GO_AHEAD)
            self.state = State.DATA
            self._reader = DataReader()
        elif verb == b"BDAT":
            self.state = State.CHUNKS
            self._chunks = self._reader = ChunkReader()
            self._chunks.open(self._chunk[0])
        else:
            raise LocalProtocolError("no message is about to come")

    def go_on(self) -> None:
        """The room waited: let the delayed answer leave."""
        if self._open == SLOW:
            self._open = b""
            self._output.append(self._delayed)
            if self.watcher is not None:
                self.watcher.said(self._delayed)

    def say_goodbye(self, reply: Reply) -> None:
        """Say a last word, whatever is open; the driver closes."""
        if self.state is State.CLOSED:
            return
        self._say(reply)
        self.state = State.CLOSED
        self._open = b""
        self._slow = False
        self._lines.clear()

    # Inside

    def _say(self, reply: Reply) -> None:
        octets = reply.encode()
        self._output.append(octets)
        if self.watcher is not None:
            self.watcher.said(octets)

    def _advance(self, verb: bytes) -> None:
        """Move on after a positive reply."""
        if verb == b"RCPT":
            self.recipients += 1
            self.state = State.RCPT
        elif verb == CONTENT:
            self._end_transaction()
            self.errors = self._junk = 0
        elif verb == BANNER:
            self.state = State.START
        elif verb == b"AUTH":
            self.logged_in = True
        else:
            self.state = TRANSITIONS[verb].leads_to

    def _refuse(self, verb: bytes, reply: Reply) -> None:
        """Let go of what was refused, then say so."""
        if verb == b"BDAT":
            self._end_transaction()
            self._refuse_chunk(self._chunk[0], reply)
            return
        if verb in (b"DATA", CONTENT):
            self._end_transaction()
        self._complain(reply)

    def _refuse_chunk(self, octets: int, reply: Reply) -> None:
        """Read a chunk without hearing it; the answer comes behind it."""
        self._swallow = octets
        self._refusal = reply
        if not octets:
            self._complain(reply)

    def _refuse_spoiled(self) -> None:
        """Refuse for each recipient in LMTP; after DATA, close (TRUST A1)."""
        times = self.recipients if self.offers.mode is Mode.LMTP else 1
        by_data = self._chunks is None
        self._end_transaction()
        for _ in range(times - 1):
            self._say(replies.SPOILED)
        if by_data:
            self.say_goodbye(replies.SPOILED)
        else:
            self._complain(replies.SPOILED)

    def _complain(self, reply: Reply) -> None:
        """Say no; count errors that are the client's."""
        if reply.code < 500 or self.is_lenient:
            self._say(reply)
        else:
            self._count_error(reply)

    def _count_error(self, reply: Reply) -> None:
        """Say a reply at the price of an error."""
        self.errors += 1
        if self.errors >= self.limits.hard_errors:
            self._say(reply)
            self.say_goodbye(replies.TOO_MANY_ERRORS)
        elif self.errors > self.limits.soft_errors:
            self._delayed = reply.encode()
            self._open = SLOW
            self._slow = True
        else:
            self._say(reply)

    def _say_to_junk(self, reply: Reply) -> None:
        """Answer a command that does nothing; too many of them are errors."""
        self._junk += 1
        if self._junk > self.limits.junk and not self.is_lenient:
            self._count_error(reply)
        elif reply.is_positive:
            self._say(reply)
        else:
            self._complain(reply)

    def _end_transaction(self) -> None:
        self.recipients = self._beyond = 0
        self._reader = self._chunks = None
        self._smtputf8 = False
        if self.state in IN_TRANSACTION:
            self.state = State.READY
