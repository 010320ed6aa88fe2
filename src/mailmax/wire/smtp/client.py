"""The client's side of one SMTP connection, sans I/O.

Theory:
    The room says commands; the machine sends them as far as the server allows: in
    one go where PIPELINING is offered, else each after the answer to the last. Each
    answer comes back as `Replied` with the command that it answers, in order. What
    breaks the protocol makes one `Broken`, and nothing comes after it.

    | command          | may be said                  | answered positively by        |
    |------------------|------------------------------|-------------------------------|
    | (greeting)       | by the server                | 2yz                           |
    | EHLO, HELO       | after the greeting, TLS      | 2yz: offers are known         |
    | STARTTLS         | offered, nothing unanswered  | 2yz                           |
    | AUTH, responses  | offered, each in its turn    | 2yz; 334: a response is owed  |
    | MAIL, RCPT       | after EHLO or HELO           | 2yz                           |
    | DATA             | after RCPT                   | 354, and nothing else         |
    | (content, end)   | after 354                    | 2yz                           |
    | BDAT 0           | offered, after RCPT          | 2yz: chunks may be sent       |
    | (chunks)         | after that                   | 2yz each                      |
    | RSET, QUIT       | any time but in content      | 2yz                           |

Rules:
    No octet of a command can end its line (LocalProtocolError). Content is
    dot-stuffed and leaves with CR LF only, whatever it was (TRUST A3). By BDAT it
    leaves with CR LF only too, counted instead of stuffed. Either way no octet of it
    leaves before the server has said that it reads content now.
    What the server says unasked is 421 or a fault; what came behind its answer to
    STARTTLS is forgotten (NO STARTTLS, 2021; TRUST C3).
    After 421 nothing more is sent.

Standards:
    RFC 5321 §4.1.4, §4.3.2 (sequences), §4.5.2 (transparency), RFC 2920 (PIPELINING),
    RFC 3030 (CHUNKING), RFC 3207; the parameters of MAIL and RCPT: `asking`.
"""

from collections import deque
from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple, Protocol

from mailmax.base.envelope import Recipient
from mailmax.wire.dots import DotWriter, LineMender, stuff
from mailmax.wire.machine import CLOSED, NEED_DATA, LocalProtocolError, NotNow
from mailmax.wire.smtp.asking import Asked, mail_words, recipient_words
from mailmax.wire.smtp.remote import BadReply, RemoteReply, ReplyReader


class Verb(Enum):
    """What a reply can answer."""

    GREETING = "greeting"
    EHLO = "EHLO"
    HELO = "HELO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "message"
    BDAT = "BDAT"
    RSET = "RSET"
    QUIT = "QUIT"


LAST_IN_GROUP: Final = frozenset(
    {
        Verb.GREETING,
        Verb.EHLO,
        Verb.HELO,
        Verb.STARTTLS,
        Verb.AUTH,
        Verb.DATA,
        Verb.QUIT,
    }
)
"""Nothing may be sent behind these before they are answered (RFC 2920 §3.1)."""


class Replied(NamedTuple):
    """The server answered a command; `verb` is None for a 421 nobody asked for."""

    verb: Verb | None
    reply: RemoteReply


class Broken(NamedTuple):
    """The connection is of no use any more."""

    text: str


Event = Replied | Broken


class Watcher(Protocol):
    """Who is told what is said, as it is said."""

    def said(self, verb: Verb, line: bytes) -> None:
        """A command was sent; of content in chunks the first line is the command."""

    def heard(self, verb: Verb | None, reply: RemoteReply) -> None:
        """A reply came to that command; None: unasked."""

    def ended(self) -> None:
        """The server will say no more; may be told twice."""


_NOTHING: Final = Asked()


class SmtpClient:
    """One connection to a server."""

    has_helo = True
    """An old server may be greeted by HELO."""

    def __init__(self) -> None:
        """Wait for the greeting."""
        self.offers: Mapping[str, str] = {}
        """Keywords of the last EHLO in upper case, with their parameters."""
        self.in_content = False
        """354 was said: content may be sent."""
        self.is_usable = True
        """False after a fault, 421, QUIT or the end of the stream."""
        self._takes_chunks = False
        self._replies = ReplyReader()
        self._awaiting: deque[Verb] = deque([Verb.GREETING])
        self._unsent: deque[tuple[Verb, bytes]] = deque()
        self._output: list[bytes] = []
        self._dots = DotWriter(mend=True)
        self._lines = LineMender()
        self._eof = False
        self.watcher: Watcher | None = None

    # What comes

    def receive(self, octets: bytes) -> None:
        """Take octets as they came."""
        self._replies.feed(octets)

    def receive_eof(self) -> None:
        """The server will say no more."""
        self._eof = True
        if self.watcher is not None:
            self.watcher.ended()

    def next_event(self) -> Event | NotNow:
        """Return what the server answered, or why there is nothing."""
        if not self.is_usable and not self._awaiting:
            return CLOSED
        reply = self._replies.next()
        if reply is None:
            return self._break("connection closed") if self._eof else NEED_DATA
        if isinstance(reply, BadReply):
            return self._break(reply.text)
        return self._answer(reply)

    @property
    def has_unread(self) -> bool:
        """Tell whether the server said something that was not looked at yet."""
        return self._replies.has_unread

    @property
    def answers_owed(self) -> int:
        """How many answers are awaited."""
        return len(self._awaiting)

    # What is said

    def ehlo(self, name: str) -> None:
        """Introduce ourselves."""
        self._say(Verb.EHLO, f"EHLO {name}")

    def helo(self, name: str) -> None:
        """Introduce ourselves to an old server."""
        self._say(Verb.HELO, f"HELO {name}")

    def starttls(self) -> None:
        """Ask for encryption."""
        if "STARTTLS" not in self.offers or self._awaiting or self._unsent:
            raise LocalProtocolError("STARTTLS out of order")
        self._say(Verb.STARTTLS, "STARTTLS")

    def auth(self, line: str) -> None:
        """Begin a login, or answer its challenge (``wire.sasl.responding``)."""
        self._say(Verb.AUTH, line)

    def tls_started(self) -> None:
        """Forget what was said in the clear (RFC 3207 §4.2)."""
        self.offers = {}
        self._replies = ReplyReader()

    def mail(self, reverse_path: str, asked: Asked = _NOTHING) -> None:
        """Begin a message; parameters are sent where they are offered."""
        self._lines = LineMender()
        self._takes_chunks = False
        words = [f"MAIL FROM:<{reverse_path}>", *mail_words(asked, self.offers)]
        self._say(Verb.MAIL, " ".join(words))

    def rcpt(self, forward_path: str, recipient: Recipient | None = None) -> None:
        """Name a recipient, with what is asked for it where that is offered."""
        command = f"RCPT TO:<{forward_path}>"
        if recipient is not None:
            command = " ".join([command, *recipient_words(recipient, self.offers)])
        self._say(Verb.RCPT, command)

    def data(self) -> None:
        """Ask to send the content."""
        self._say(Verb.DATA, "DATA")

    def count(self) -> None:
        """Ask to send the content by its length: with a chunk of nothing.

        A server that will not read chunks now says so before it can take content
        for commands (TRUST A3).

        Refs:
            RFC 3030 §2.
        """
        if "CHUNKING" not in self.offers:
            raise LocalProtocolError("BDAT is not offered")
        self._say(Verb.BDAT, "BDAT 0")

    def take_back(self) -> bool:
        """Do not ask after all; False when it was sent already."""
        if self._unsent and self._unsent[-1][0] in {Verb.DATA, Verb.BDAT}:
            self._unsent.pop()
            return True
        return False

    def rset(self) -> None:
        """Give a transaction up."""
        self._say(Verb.RSET, "RSET")

    def quit(self) -> None:
        """Say good-bye."""
        self._say(Verb.QUIT, "QUIT")

    def message(self, content: bytes) -> None:
        """Send the whole content and its end."""
        self._must_be_in_content()
        self._output.append(stuff(content, mend=True))
        self._end_content()

    def content(self, octets: bytes) -> None:
        """Send a piece of the content."""
        self._must_be_in_content()
        self._output.append(self._dots.feed(octets))

    def end_content(self) -> None:
        """Send the end of the content."""
        self._must_be_in_content()
        self._output.append(self._dots.finish())
        self._end_content()

    def chunk(self, content: bytes, *, is_last: bool) -> None:
        """Send a piece of the content by its length; the last one ends the message."""
        if not self._takes_chunks:
            raise LocalProtocolError("a chunk that is not awaited")
        octets = self._lines.feed(content)
        if is_last:
            octets += self._lines.finish()
            self._say_octets(Verb.CONTENT, b"BDAT %d LAST\r\n" % len(octets), octets)
        elif octets:
            self._say_octets(Verb.BDAT, b"BDAT %d\r\n" % len(octets), octets)

    def take_output(self) -> bytes:
        """Return the octets to send; empty when there are none."""
        if not self._output:
            return b""
        output = self._output
        self._output = []
        return output[0] if len(output) == 1 else b"".join(output)

    # Inside

    def _say(self, verb: Verb, command: str) -> None:
        line = command.encode("utf-8")
        if b"\r" in line or b"\n" in line or b"\0" in line:
            raise LocalProtocolError(f"{verb.value} with a line end in it")
        self._say_octets(verb, line, b"\r\n")

    def _say_octets(self, verb: Verb, head: bytes, tail: bytes) -> None:
        if self.in_content or not self.is_usable:
            raise LocalProtocolError(f"{verb.value} out of order")
        self._unsent.append((verb, head + tail))
        self._release()

    def _release(self) -> None:
        """Send what may be sent now."""
        pipelining = "PIPELINING" in self.offers
        awaiting = self._awaiting
        while self._unsent and self.is_usable and not self.in_content:
            if awaiting and (not pipelining or awaiting[-1] in LAST_IN_GROUP):
                return
            verb, line = self._unsent.popleft()
            awaiting.append(verb)
            self._output.append(line)
            if self.watcher is not None:
                self.watcher.said(verb, line)

    def _answer(self, reply: RemoteReply) -> Event:
        if self.watcher is not None:
            self.watcher.heard(self._awaiting[0] if self._awaiting else None, reply)
        if self._awaiting:
            verb = self._awaiting.popleft()
        elif self.in_content and reply.code >= 400:
            verb = Verb.CONTENT  # it has heard enough
            self.is_usable = False
        elif reply.code == 421:
            self.is_usable = False
            return Replied(None, reply)
        else:
            return self._break("reply that nobody asked for")
        if _is_odd(verb, reply.code):
            return self._break(f"reply {reply.code} to {verb.value}")
        self._learn(verb, reply)
        self._release()
        return Replied(verb, reply)

    def _learn(self, verb: Verb, reply: RemoteReply) -> None:
        positive = reply.code < 400
        if reply.code == 421 or verb is Verb.QUIT:
            self.is_usable = False
            self._awaiting.clear()
            self._unsent.clear()
        elif verb is Verb.EHLO and positive:
            self.offers = _read_offers(reply)
        elif verb is Verb.HELO and positive:
            self.offers = {}
        elif verb is Verb.BDAT and positive:
            self._takes_chunks = True
        elif verb is Verb.DATA and positive:
            self.in_content = True
            self._dots = DotWriter(mend=True)

    def _break(self, text: str) -> Broken:
        self.is_usable = False
        self.in_content = False
        self._awaiting.clear()
        self._unsent.clear()
        self._output.clear()
        return Broken(text)

    def _must_be_in_content(self) -> None:
        if not self.in_content:
            raise LocalProtocolError("content without 354")

    def _end_content(self) -> None:
        self.in_content = False
        self._awaiting.append(Verb.CONTENT)


def _is_odd(verb: Verb, code: int) -> bool:
    """Tell whether no server in its senses gives that answer."""
    if verb is Verb.DATA:
        return code < 400 and code != 354
    return verb not in {Verb.CONTENT, Verb.AUTH} and code // 100 == 3


def _read_offers(reply: RemoteReply) -> dict[str, str]:
    """Return keywords and parameters; the first line is the server's name."""
    offers: dict[str, str] = {}
    for line in reply.lines[1:]:
        keyword, _, parameters = line.decode("ascii", "replace").partition(" ")
        offers[keyword.upper()] = parameters.strip()
    return offers
