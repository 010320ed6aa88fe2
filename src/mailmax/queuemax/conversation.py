"""What is said on one connection, told to who watches.

Rules:
    Of a login nothing is told but that there was one, and how it was answered: not a
    word of ours, nor of a server that may repeat it. Content of mail is never told.
    With nobody watching a line costs a look.

Manual: §4.4.1 (connections, connection activity, full SMTP conversations).
"""

from typing import Final

from mailmax.observe.events import queue as events
from mailmax.observe.events.kinds import Kind
from mailmax.observe.trace import Trace
from mailmax.policy.outcome import printable
from mailmax.queuemax.peers import Host
from mailmax.wire.smtp.client import Verb
from mailmax.wire.smtp.remote import RemoteReply

_ABOUT_CONNECTION: Final = frozenset(
    {Verb.GREETING, Verb.EHLO, Verb.HELO, Verb.STARTTLS, Verb.AUTH, Verb.QUIT, None}
)


class Conversation:
    """One connection, or the try to make one (`wire.smtp.client.Watcher`)."""

    __slots__ = ("_host", "_is_over", "_trace")

    def __init__(self, trace: Trace, host: Host) -> None:
        """Tell `trace` of what is said with `host`."""
        self._trace = trace
        self._host = host
        self._is_over = False

    def opened(self) -> None:
        """The server took the call."""
        if self._trace.wants(Kind.CONNECTIONS):
            self._trace.emit(events.ConnectionOpened(str(self._host)))

    def failed(self, why: str) -> None:
        """It did not."""
        self._trace.emit(events.ConnectionFailed(str(self._host), why))

    def said(self, verb: Verb, line: bytes) -> None:
        """A command is on its way; content may stand behind its line."""
        is_about_connection = verb in _ABOUT_CONNECTION
        if not self._wants(is_about_connection):
            return
        words = b"AUTH (not shown)" if verb is Verb.AUTH else line.partition(b"\r")[0]
        self._trace.emit(
            events.CommandSent(str(self._host), printable(words), is_about_connection)
        )

    def heard(self, verb: Verb | None, reply: RemoteReply) -> None:
        """The server answered a command, or spoke unasked."""
        is_about_connection = verb in _ABOUT_CONNECTION
        is_error = reply.code >= 400
        wants_error = is_error and self._trace.wants(Kind.ERRORS)
        if not (wants_error or self._wants(is_about_connection)):
            return
        lines = (b"(not shown)",) if verb is Verb.AUTH else reply.lines
        for line in lines:
            self._trace.emit(
                events.ReplyHeard(
                    str(self._host),
                    f"{reply.code} {printable(line)}",
                    is_about_connection,
                    is_error,
                )
            )

    def ended(self) -> None:
        """The connection is gone."""
        if not self._is_over:
            self._is_over = True
            if self._trace.wants(Kind.CONNECTIONS):
                self._trace.emit(events.ConnectionEnded(str(self._host)))

    def _wants(self, is_about_connection: bool) -> bool:  # noqa: FBT001
        wants = self._trace.wants
        return wants(Kind.CONVERSATION) or (
            is_about_connection and wants(Kind.ACTIVITY)
        )
