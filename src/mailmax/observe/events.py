"""The closed catalogue of what QueueMax tells while it works.

Theory:
    An event is a value with the kinds of the manual that it belongs to, often several:
    who asked for one of them gets it, once. `describe` makes one line of it, by the
    words that stand in its class.

Rules:
    Nobody decides anything from an event. What a stranger said is printable here
    (`policy.outcome.printable`), no event carries content of a message, and the
    words of a login are never part of one.

Manual: §4.4.1 (logging), §9.2.3 (tracing).
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar, Final


class Kind(Enum):
    """What can be asked for."""

    CONNECTIONS = auto()
    """Connections to other servers, and tries to make one."""
    ACTIVITY = auto()
    """What is said about a connection itself: greeting, EHLO, STARTTLS, QUIT."""
    ERRORS = auto()
    """What went wrong."""
    CONVERSATION = auto()
    """Every command and reply, without the content of mail."""
    DNS = auto()
    """Questions to name servers, and their answers."""
    RETRIES = auto()
    """Mail that is put off and tried again."""
    FAILURES = auto()
    """Errors that make mail undeliverable."""
    DEAD_MAIL = auto()
    """What is put into the dead-mail folder."""


Kinds = frozenset[Kind]


@dataclass(frozen=True, slots=True)
class ConnectionOpened:
    """A server took our call."""

    words: ClassVar[str] = "{0.host}: connected"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS})
    host: str
    """Name and address (`queuemax.peers.Host`)."""


@dataclass(frozen=True, slots=True)
class ConnectionFailed:
    """A server could not be reached."""

    words: ClassVar[str] = "{0.host}: {0.why}"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS, Kind.ERRORS})
    host: str
    why: str


@dataclass(frozen=True, slots=True)
class ConnectionEnded:
    """A connection is over."""

    words: ClassVar[str] = "{0.host}: connection ended"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS})
    host: str


_TALK: Final = frozenset({Kind.CONVERSATION})
_ABOUT_CONNECTION: Final = frozenset({Kind.CONVERSATION, Kind.ACTIVITY})


@dataclass(frozen=True, slots=True)
class CommandSent:
    """We said something."""

    words: ClassVar[str] = "{0.host} < {0.line}"
    host: str
    line: str
    is_about_connection: bool

    @property
    def kinds(self) -> Kinds:
        """Return what it is part of."""
        return _ABOUT_CONNECTION if self.is_about_connection else _TALK


@dataclass(frozen=True, slots=True)
class ReplyHeard:
    """The server said something; one event for each line."""

    words: ClassVar[str] = "{0.host} > {0.line}"
    host: str
    line: str
    is_about_connection: bool
    is_error: bool = False

    @property
    def kinds(self) -> Kinds:
        """Return what it is part of."""
        kinds = _ABOUT_CONNECTION if self.is_about_connection else _TALK
        return kinds | {Kind.ERRORS} if self.is_error else kinds


@dataclass(frozen=True, slots=True)
class NameAsked:
    """A name server was asked."""

    words: ClassVar[str] = "{0.server}: {0.record} of {0.name}?"
    kinds: ClassVar[Kinds] = frozenset({Kind.DNS})
    server: str
    name: str
    record: str
    """MX, A, AAAA, PTR or TXT."""


@dataclass(frozen=True, slots=True)
class NameAnswered:
    """A name server answered, or did not."""

    words: ClassVar[str] = "{0.server}: {0.record} of {0.name}: {0.answer}"
    kinds: ClassVar[Kinds] = frozenset({Kind.DNS})
    server: str
    name: str
    record: str
    answer: str


@dataclass(frozen=True, slots=True)
class MailPutOff:
    """A recipient's mail could not be sent now; it is tried again."""

    words: ClassVar[str] = (
        "{0.number} to <{0.address}> put off: {0.why} (again in {0.wait_s:.0f} s)"
    )
    kinds: ClassVar[Kinds] = frozenset({Kind.RETRIES, Kind.ERRORS})
    number: int
    address: str
    why: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class MailRetried:
    """The time of a recipient's mail has come again."""

    words: ClassVar[str] = (
        "{0.number} to <{0.address}> is tried again, after {0.attempts} times"
    )
    kinds: ClassVar[Kinds] = frozenset({Kind.RETRIES})
    number: int
    address: str
    attempts: int


@dataclass(frozen=True, slots=True)
class MailFailed:
    """A recipient's mail can never be delivered."""

    words: ClassVar[str] = "{0.number} to <{0.address}> failed: {0.why}"
    kinds: ClassVar[Kinds] = frozenset({Kind.FAILURES, Kind.ERRORS})
    number: int
    address: str
    why: str


@dataclass(frozen=True, slots=True)
class MailDied:
    """Undeliverable mail was put into the dead-mail folder."""

    words: ClassVar[str] = "{0.number} to <{0.address}> is kept as dead mail"
    kinds: ClassVar[Kinds] = frozenset({Kind.DEAD_MAIL})
    number: int
    address: str


Event = (
    ConnectionOpened
    | ConnectionFailed
    | ConnectionEnded
    | CommandSent
    | ReplyHeard
    | NameAsked
    | NameAnswered
    | MailPutOff
    | MailRetried
    | MailFailed
    | MailDied
)


def describe(event: Event) -> str:
    """Return one line for people."""
    return event.words.format(event)
