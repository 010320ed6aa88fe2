"""What only IMAPMax tells.

Manual: §9.2.1 (transfers).
"""

from dataclasses import dataclass
from typing import ClassVar

from mailmax.observe.events.kinds import Kind, Kinds, Who


@dataclass(frozen=True, slots=True)
class MessagesFetched:
    """A client was sent messages, or parts of them, by one FETCH."""

    words: ClassVar[str] = (
        "{0.who.peer}: {0.messages} messages sent to {0.who.user} ({0.octets} octets)"
    )
    kinds: ClassVar[Kinds] = frozenset({Kind.TRANSFERS})
    who: Who
    messages: int
    octets: int


@dataclass(frozen=True, slots=True)
class MessageAppended:
    """A client handed in a message."""

    words: ClassVar[str] = (
        "{0.who.peer}: message from {0.who.user} into {0.mailbox} ({0.octets} octets)"
    )
    kinds: ClassVar[Kinds] = frozenset({Kind.TRANSFERS})
    who: Who
    mailbox: str
    octets: int
