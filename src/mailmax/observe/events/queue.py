"""What QueueMax tells.

Manual: §4.4.1 (logging), §9.2.3 (tracing).
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from mailmax.observe.events.kinds import QUEUE, Kind, Kinds, Who


class _OfQueue:
    """No client is behind it."""

    __slots__ = ()

    @property
    def who(self) -> Who:
        """Return whom it is about."""
        return QUEUE


class _OfHost:
    """It is about a server that QueueMax calls."""

    __slots__ = ()

    host: str
    """``name[address]``, or the path of a socket (`queuemax.peers.Host`)."""

    @property
    def who(self) -> Who:
        """Return whom it is about."""
        address = self.host.rpartition("[")[2].partition("]")[0]
        return Who("queuemax", peer=address)


@dataclass(frozen=True, slots=True)
class ConnectionOpened(_OfHost):
    """A server took our call."""

    words: ClassVar[str] = "{0.host}: connected"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS})
    host: str
    """Name and address (`queuemax.peers.Host`)."""


@dataclass(frozen=True, slots=True)
class ConnectionFailed(_OfHost):
    """A server could not be reached."""

    words: ClassVar[str] = "{0.host}: {0.why}"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS, Kind.ERRORS})
    host: str
    why: str


@dataclass(frozen=True, slots=True)
class ConnectionEnded(_OfHost):
    """A connection is over."""

    words: ClassVar[str] = "{0.host}: connection ended"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS})
    host: str


_TALK: Final = frozenset({Kind.CONVERSATION})
_ABOUT_CONNECTION: Final = frozenset({Kind.CONVERSATION, Kind.ACTIVITY})


@dataclass(frozen=True, slots=True)
class CommandSent(_OfHost):
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
class ReplyHeard(_OfHost):
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
class NameAsked(_OfQueue):
    """A name server was asked."""

    words: ClassVar[str] = "{0.server}: {0.record} of {0.name}?"
    kinds: ClassVar[Kinds] = frozenset({Kind.DNS})
    server: str
    name: str
    record: str
    """MX, A, AAAA, PTR or TXT."""


@dataclass(frozen=True, slots=True)
class NameAnswered(_OfQueue):
    """A name server answered, or did not."""

    words: ClassVar[str] = "{0.server}: {0.record} of {0.name}: {0.answer}"
    kinds: ClassVar[Kinds] = frozenset({Kind.DNS})
    server: str
    name: str
    record: str
    answer: str


@dataclass(frozen=True, slots=True)
class MailPutOff(_OfQueue):
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
class MailRetried(_OfQueue):
    """The time of a recipient's mail has come again."""

    words: ClassVar[str] = (
        "{0.number} to <{0.address}> is tried again, after {0.attempts} times"
    )
    kinds: ClassVar[Kinds] = frozenset({Kind.RETRIES})
    number: int
    address: str
    attempts: int


@dataclass(frozen=True, slots=True)
class MailFailed(_OfQueue):
    """A recipient's mail can never be delivered."""

    words: ClassVar[str] = "{0.number} to <{0.address}> failed: {0.why}"
    kinds: ClassVar[Kinds] = frozenset({Kind.FAILURES, Kind.ERRORS})
    number: int
    address: str
    why: str


@dataclass(frozen=True, slots=True)
class MailDied(_OfQueue):
    """Undeliverable mail was put into the dead-mail folder."""

    words: ClassVar[str] = "{0.number} to <{0.address}> is kept as dead mail"
    kinds: ClassVar[Kinds] = frozenset({Kind.DEAD_MAIL})
    number: int
    address: str
