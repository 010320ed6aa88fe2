"""What only SMTPMax tells.

Manual: §4.3.1 (DATA text), §9.2.2 (mail received).
"""

from dataclasses import dataclass, field
from typing import ClassVar

from mailmax.observe.events.kinds import Kind, Kinds, Who


@dataclass(frozen=True, slots=True)
class MailReceived:
    """A message was taken: it lies in the journal."""

    words: ClassVar[str] = (
        "{0.who.peer}: mail {0.mail_id} from <{0.sender}> to {0.recipients}"
        " ({0.octets} octets)"
    )
    kinds: ClassVar[Kinds] = frozenset({Kind.MAIL})
    who: Who
    mail_id: str
    sender: str
    """The reverse-path; may be empty."""
    recipients: str
    """``<a@b> <c@d>``; many are cut short."""
    octets: int


@dataclass(frozen=True, slots=True)
class ContentHeard:
    """The content of a message that was taken; its words do not show it."""

    words: ClassVar[str] = "{0.who.peer}: content of mail {0.mail_id}"
    kinds: ClassVar[Kinds] = frozenset({Kind.CONTENT})
    who: Who
    mail_id: str
    content: bytes = field(repr=False)
