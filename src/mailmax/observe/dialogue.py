"""What a service tells of one client, with the facts of its session bound once.

Theory:
    A session has a `Dialogue` while somebody watches its service (`Watching.begin`,
    `Trace.on_change`), and None otherwise: then nothing costs more than that look. It
    is the `Watcher` of the session's machine too. A command is told when it is known
    whether it could be understood: when it goes to the room (`understood`), or with
    the machine's own answer.

Rules:
    Secrets were hidden by the machine (`wire.shown`), content of mail does not come
    here but by `content`. What a client said is printable in events.

Manual: §4.3.1, §4.5.2, §4.5.4, §9.2.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from mailmax.observe.events import sessions, smtp
from mailmax.observe.events.catalogue import Event
from mailmax.observe.events.kinds import Kind, Kinds, Who
from mailmax.observe.trace import Trace
from mailmax.policy.outcome import printable

_HEARD: Final = frozenset({Kind.COMMANDS, Kind.CONVERSATION, Kind.VALID_COMMANDS})
_SAID: Final = frozenset({Kind.REPLIES, Kind.CONVERSATION})
_MOST_LINES: Final = 50
"""Of one answer that are told."""

IsError = Callable[[bytes], bool]
"""Tells of a line of an answer whether it says that something went wrong."""


class Watched(Protocol):
    """A session, as far as it is watched."""

    def consider_watchers(self) -> None:
        """Begin to tell of itself, or stop."""


@dataclass(frozen=True, slots=True)
class Watching:
    """Who watches one service, and how its answers read."""

    service: str
    is_error: IsError
    trace: Trace = field(default_factory=Trace)

    def on_change(self, sessions: Callable[[], Iterable[Watched]]) -> None:
        """See to it that open sessions are watched as soon as somebody wants it.

        Args:
            sessions: Gives all that are open.
        """

        def consider() -> None:
            for session in tuple(sessions()):
                session.consider_watchers()

        self.trace.on_change(consider)

    def begin(self, number: int, peer: str, user: str = "") -> "Dialogue | None":
        """Return a dialogue for a session; None where nobody watches.

        Args:
            number: Of the session in this process.
            peer: The client's address.
            user: Who has logged in.
        """
        if not self.trace.wanted:
            return None
        who = Who(self.service, f"{os.getpid()}.{number}", peer, user)
        return Dialogue(self.trace, who, self.is_error)


class Dialogue:
    """One session, as it is told of."""

    __slots__ = ("_is_error", "_pending", "_trace", "who")

    def __init__(self, trace: Trace, who: Who, is_error: IsError) -> None:
        """Bind the facts.

        Args:
            trace: Is told.
            who: The session.
            is_error: Judges lines of answers.
        """
        self.who = who
        self._trace = trace
        self._is_error = is_error
        self._pending: bytes | None = None
        """A command of which nobody knows yet whether it can be understood."""

    # What happens to the client

    def connected(self, door: str) -> None:
        """It has come."""
        self._tell(sessions.ClientConnected(self.who, door))

    def kept_out(self, why: str) -> None:
        """It, or what it brings, is banned or blocked."""
        self._tell(sessions.ClientKeptOut(self.who, why))

    def logged_in(self, user: str, way: str) -> None:
        """A login was right; from now on the session is that user's."""
        self.who = replace(self.who, user=user)
        self._tell(sessions.LoggedIn(self.who, way))

    def logged_out(self) -> None:
        """Nobody is logged in any more."""
        self.who = replace(self.who, user="")

    def login_failed(self, name: str, way: str, why: str) -> None:
        """A login was refused."""
        self._tell(sessions.LoginFailed(self.who, name, way, why))

    def failed(self, why: str) -> None:
        """The session comes to a bad end."""
        self._tell(sessions.SessionFailed(self.who, why))

    def left(self) -> None:
        """The connection is over."""
        self.understood()
        self._tell(sessions.ClientLeft(self.who))

    def step(self, what: str) -> None:
        """Something happened inside."""
        self._tell(sessions.Step(self.who, what))

    def tell(self, make: Callable[[Who], Event]) -> None:
        """Tell what only this service knows."""
        self._tell(make(self.who))

    def content(self, mail_id: str, octets: bytes) -> None:
        """Content of mail has come; told to nobody who did not ask for content."""
        if self._trace.wants(Kind.CONTENT):
            self._tell(smtp.ContentHeard(self.who, mail_id, octets))

    def wants(self, kind: Kind) -> bool:
        """Tell whether anybody wants such events."""
        return self._trace.wants(kind)

    # What is said (`wire.machine.Watcher`)

    def heard(self, line: bytes) -> None:
        """It said a command."""
        self.understood()
        if self._wants(_HEARD):
            self._pending = line

    def understood(self) -> None:
        """What it said goes to the room."""
        if self._pending is not None:
            self._tell_command(is_valid=True)

    def said(self, octets: bytes) -> None:
        """It was answered."""
        is_error = self._is_error(octets)
        if self._pending is not None:
            self._tell_command(is_valid=not is_error)
        if not (self._wants(_SAID) or (is_error and self._trace.wants(Kind.ERRORS))):
            return
        lines = octets.split(b"\r\n", _MOST_LINES)
        rest = lines.pop()
        for line in lines:
            self._answer(line)
        if rest:
            self._answer(b"(%d octets more)" % len(rest))

    def _answer(self, line: bytes) -> None:
        is_error = self._is_error(line)
        self._tell(sessions.ReplySaid(self.who, printable(line), is_error))

    def _tell_command(self, *, is_valid: bool) -> None:
        line, self._pending = self._pending or b"", None
        shown = printable(line)
        self._trace.emit(sessions.CommandHeard(self.who, shown, is_valid))

    def _tell(self, event: Event) -> None:
        self._trace.emit(event)

    def _wants(self, kinds: Kinds) -> bool:
        return not self._trace.wanted.isdisjoint(kinds)


def smtp_error(line: bytes) -> bool:
    """Tell whether an SMTP reply is negative (RFC 5321 §4.2.1)."""
    return line[:1] in (b"4", b"5")


def pop_error(line: bytes) -> bool:
    """Tell whether a POP3 response is negative (RFC 1939 §3)."""
    return line.startswith(b"-ERR")


def imap_error(line: bytes) -> bool:
    """Tell whether an IMAP status response is negative (RFC 3501 §7.1)."""
    status = line.split(b" ", 2)[1:2]
    return status in ([b"NO"], [b"BAD"])
