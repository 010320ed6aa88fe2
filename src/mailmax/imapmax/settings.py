"""What an administrator and the bootstrap decide for the room."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from mailmax.base.units import MIB, MINUTE_S
from mailmax.imapmax.indexing import WhenToIndex
from mailmax.wire.imap.intake import Limits


def _nobody(_address: str) -> bool:
    return False


def _localhost() -> str:
    return "localhost"


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """Everything that is not a collaborator."""

    hostname: Callable[[], str] = _localhost
    """Our name now, for the greeting."""
    default_domain: str = ""
    """Completes bare login names."""
    starttls: ssl.SSLContext | None = None
    """Offered on clear ports when there is one."""
    is_trusted: Callable[[str], bool] = field(default=_nobody)
    """May that address log in without TLS, and connect without limit?"""
    limits: Limits = field(default_factory=Limits)
    idle_before_login_s: float = 60.0
    idle_s: float = 30.0 * MINUTE_S
    """RFC 3501 §5.4: at least 30 minutes after login."""
    message_s: float = 3.0 * MINUTE_S
    """Silence in the middle of an APPEND."""
    max_per_user_and_address: int = 20
    append_memory_octets: int = 256 * MIB
    """Messages that are being appended, all together."""
    fetch_slice: int = 250
    """Messages rendered between two writes."""
    search_s: float = 5.0
    """Time a SEARCH may take of the processor (TRUST E4)."""
    indexing: WhenToIndex = field(default_factory=WhenToIndex)
