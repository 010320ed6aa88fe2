"""What a report says, as values.

Standards:
    RFC 3464 §2.2, §2.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Action(Enum):
    """RFC 3464 §2.3.3; the worst first."""

    FAILED = "failed"
    DELAYED = "delayed"
    RELAYED = "relayed"
    EXPANDED = "expanded"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """What became of the message for one recipient."""

    address: str
    action: Action
    status: str
    """RFC 3463 code, such as ``5.1.1``."""
    diagnostic: str = ""
    """The remote host's reply, or our own words."""
    remote_mta: str = ""
    """Who said so; empty when it was us."""
    original: str = ""
    """ORCPT, decoded: ``rfc822;bob@example.org`` (RFC 3461 §4.2)."""
    retry_until_s: int | None = None
    """Until when delivery is tried, for a delay."""


@dataclass(frozen=True, slots=True)
class Report:
    """A message, and what became of it."""

    host: str
    """Our own name (Reporting-MTA)."""
    sender: str
    """From address of the report, such as ``mailer-daemon@host``."""
    reverse_path: str
    """Whose message it is about; empty for the null reverse-path."""
    token: str
    """Unguessable and unique: makes the Message-ID and the boundary."""
    now_s: int
    arrived_s: int
    recipients: Sequence[RecipientStatus]
    content: bytes
    """The message it is about, or its header."""
    envelope_id: str = ""
    """ENVID of the transaction (RFC 3461 §4.4)."""
    return_full: bool = False
    """Send all of `content` back, where it can be a part of a message."""
    postmaster: str = ""
    """Whom it is for where that is not the sender: a copy for the postmaster."""
