"""What only POPMax tells.

Manual: §4.5.2 (message statistics), §9.2.4 (summary statistics, transfers).
"""

from dataclasses import dataclass
from typing import ClassVar

from mailmax.observe.events.kinds import Kind, Kinds, Who


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A client was sent a message."""

    words: ClassVar[str] = (
        "{0.who.peer}: message {0.number} sent to {0.who.user} ({0.octets} octets)"
    )
    kinds: ClassVar[Kinds] = frozenset({Kind.TRANSFERS})
    who: Who
    number: int
    octets: int


@dataclass(frozen=True, slots=True)
class MaildropClosed:
    """A user's session is over: what it did in all."""

    words: ClassVar[str] = (
        "{0.who.peer}: {0.who.user} fetched {0.fetched} messages"
        " ({0.octets} octets), removed {0.removed}, left {0.left}"
    )
    kinds: ClassVar[Kinds] = frozenset({Kind.STATISTICS})
    who: Who
    fetched: int
    octets: int
    """Of those that were fetched."""
    removed: int
    left: int
