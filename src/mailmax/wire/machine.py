"""The verbs that every server machine speaks, and the two non-events.

Theory:
    `receive` feeds octets and never raises on content. `next_event` gives what the
    client asked, or NEED_DATA (feed me), or PAUSED (an answer is owed: the room has
    not replied to the open command yet), or CLOSED. The room answers through the
    machine's own reply methods; `take_output` gives the octets to send. A command
    that is misspelt or out of order is answered by the machine itself, so the events
    a room sees are legal by construction.

    The same octets, however they are cut into calls of `receive`, give the same
    events and the same output (a property test of every machine).
"""

from enum import Enum, auto
from typing import Any, Protocol


class NotNow(Enum):
    """Why there is no event."""

    NEED_DATA = auto()
    PAUSED = auto()
    CLOSED = auto()


NEED_DATA = NotNow.NEED_DATA
PAUSED = NotNow.PAUSED
CLOSED = NotNow.CLOSED


class LocalProtocolError(Exception):
    """The room said something that it may not say now: a bug of ours."""


class Watcher(Protocol):
    """Who is told what is said with a client, as it is said."""

    def heard(self, line: bytes) -> None:
        """The client said a command; secrets in it stand as ``****``."""

    def said(self, octets: bytes) -> None:
        """It was answered, with whole lines; content of mail is not among them."""


class Machine(Protocol):
    """A server's side of one protocol."""

    @property
    def expects_close(self) -> bool:
        """The driver should close after flushing."""

    @property
    def backlog(self) -> int:
        """Octets received and not yet turned into events (for back-pressure)."""

    watcher: Watcher | None
    """Is told what is said, where somebody wants to know."""

    def receive(self, octets: bytes) -> None:
        """Take octets as they came."""

    def receive_eof(self) -> None:
        """The peer will send no more."""

    def next_event(self) -> Any | NotNow:
        """Return the next event, or why there is none."""

    def take_output(self) -> bytes:
        """Return the octets to send; empty when there are none."""

    def tls_started(self) -> None:
        """Forget everything said in the clear (RFC 3207 §4.2)."""
