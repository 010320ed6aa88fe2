"""What is asked of QueueMax through the hub: by administrators, by SMTPMax.

Theory:
    The hub passes a request on to the service that knows (`relayed`).

Manual: 4.4, 6.5.2.
"""

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied, Message, Request


class QueueView(msgspec.Struct, frozen=True, array_like=True):
    """One recipient that waits."""

    entry_id: str
    reverse_path: str
    recipient: str
    state: str
    """Stage of the queue, ``held``, or ``trying``: it is being tried just now."""
    received_at: float
    """Unix time."""
    next_try_at: float
    """Unix time; 0 while it is being tried."""
    tries: int
    last_reply: str
    """The last cause; while it is being tried, what that has met so far."""
    size_octets: int = 0
    tried_since: float = 0.0
    """Unix time; 0: it is not being tried."""


class QueuePage(Message, frozen=True, array_like=True, tag=90):
    """Part of the queue, the oldest mail first."""

    rows: tuple[QueueView, ...]
    total: int | None
    """How many wait in all; counted for the first page only."""
    next: str = ""


class ListQueue(Request[QueuePage | Denied], frozen=True, array_like=True, tag=91):
    """What waits in the queue?"""

    after: str = ""
    """``ENTRY`` or ``ENTRY.N``: what comes after it, or after its N-th recipient."""
    limit: int = PAGE_ROWS


class EtrnStarted(Message, frozen=True, array_like=True, tag=200):
    """What was held for the domain is on its way."""

    messages: int
    """How many; 0: none waited."""


class StartEtrn(Request[EtrnStarted | Denied], frozen=True, array_like=True, tag=201):
    """A client said ETRN: send what is held for a domain (RFC 1985)."""

    domain: str
    """Of ours, of the kind etrn; lower-case A-labels."""
