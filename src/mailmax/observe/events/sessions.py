"""What SMTPMax, POPMax and IMAPMax tell alike of their clients.

Manual: §4.3.1, §4.5.2, §4.5.4, §9.2.1, §9.2.2, §9.2.4.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from mailmax.observe.events.kinds import Kind, Kinds, Who


@dataclass(frozen=True, slots=True)
class ClientConnected:
    """A client has come."""

    words: ClassVar[str] = "{0.who.peer} connected ({0.door})"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS})
    who: Who
    door: str
    """The service that it came for (`settings.local.ServiceName`)."""


@dataclass(frozen=True, slots=True)
class ClientKeptOut:
    """A client that is banned or blocked was sent away, or its mail was."""

    words: ClassVar[str] = "{0.who.peer} kept out: {0.why}"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS, Kind.BANNED})
    who: Who
    why: str


@dataclass(frozen=True, slots=True)
class ClientLeft:
    """A connection is over, whoever ended it."""

    words: ClassVar[str] = "{0.who.peer} gone"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS})
    who: Who


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login was right."""

    words: ClassVar[str] = "{0.who.peer} logged in as {0.who.user} ({0.way})"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS, Kind.LOGINS})
    who: Who
    way: str
    """How: ``PLAIN``, ``APOP``, ``LOGIN``."""


@dataclass(frozen=True, slots=True)
class LoginFailed:
    """A login was refused, or could not be checked."""

    words: ClassVar[str] = (
        "{0.who.peer} failed to log in as {0.name} ({0.way}): {0.why}"
    )
    kinds: ClassVar[Kinds] = frozenset({Kind.CONNECTIONS, Kind.LOGINS, Kind.ERRORS})
    who: Who
    name: str
    """As it was given."""
    way: str
    why: str


_TALK: Final = frozenset({Kind.COMMANDS, Kind.CONVERSATION})
_VALID: Final = _TALK | {Kind.VALID_COMMANDS}


@dataclass(frozen=True, slots=True)
class CommandHeard:
    """A client said something; secrets stand as ``****``."""

    words: ClassVar[str] = "{0.who.peer} > {0.line}"
    who: Who
    line: str
    is_valid: bool
    """It could be understood, and was in its place."""

    @property
    def kinds(self) -> Kinds:
        """Return what it is part of."""
        return _VALID if self.is_valid else _TALK


_ANSWER: Final = frozenset({Kind.REPLIES, Kind.CONVERSATION})
_REFUSAL: Final = _ANSWER | {Kind.ERRORS}


@dataclass(frozen=True, slots=True)
class ReplySaid:
    """A client was answered; one event for each line."""

    words: ClassVar[str] = "{0.who.peer} < {0.line}"
    who: Who
    line: str
    is_error: bool = False

    @property
    def kinds(self) -> Kinds:
        """Return what it is part of."""
        return _REFUSAL if self.is_error else _ANSWER


@dataclass(frozen=True, slots=True)
class SessionFailed:
    """A session came to a bad end: silence, a bug, a slow client."""

    words: ClassVar[str] = "{0.who.peer}: {0.why}"
    kinds: ClassVar[Kinds] = frozenset({Kind.ERRORS})
    who: Who
    why: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something inside, for developers."""

    words: ClassVar[str] = "{0.who.peer}: {0.what}"
    kinds: ClassVar[Kinds] = frozenset({Kind.INTERNAL})
    who: Who
    what: str
