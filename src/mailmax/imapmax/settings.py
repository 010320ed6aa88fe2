"""What an administrator and the bootstrap decide for the room."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from mailmax.base.units import KIB, MIB, MINUTE_S
from mailmax.hub.porter import Meet, let_in
from mailmax.imapmax.indexing import WhenToIndex
from mailmax.observe.dialogue import Watching, imap_error
from mailmax.wire.imap.intake import Limits


def watched_by_nobody() -> Watching:
    """Return a trace of IMAPMax that somebody may come to."""
    return Watching("imapmax", imap_error)


def _half_an_hour() -> float:
    return 30.0 * MINUTE_S


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """Everything that is not a collaborator."""

    starttls: ssl.SSLContext | None = None
    """Offered on clear ports when there is one."""
    meet: Meet = field(default=let_in)
    """What holds for a client before it is greeted?"""
    limits: Limits = field(default_factory=Limits)
    idle_before_login_s: float = 60.0
    idle_s: Callable[[], float] = _half_an_hour
    """How long a client may say nothing after login (RFC 3501 §5.4: 30 minutes)."""
    message_s: float = 3.0 * MINUTE_S
    """Silence in the middle of an APPEND; it is averaged over that, too."""
    max_per_user_and_address: int = 20
    append_memory_octets: int = 256 * MIB
    """Messages that are being appended, what came of them, all together."""
    append_small_octets: int = 64 * KIB
    """A message that is taken however many others there are."""
    fetch_slice: int = 250
    """Messages rendered between two writes."""
    search_s: float = 5.0
    """Time a SEARCH may take of the processor (TRUST E4)."""
    indexing: WhenToIndex = field(default_factory=WhenToIndex)
    watching: Watching = field(default_factory=watched_by_nobody)
    """Who watches the sessions."""
