"""What is asked of QueueMax through the hub: by administrators, by SMTPMax.

Theory:
    The hub passes a request on to the service that knows (`relayed`). A message is an
    *entry* with a number; its N-th recipient is ``ENTRY.N``. A `Selection` says which
    recipients are meant, the same for looking and for acting (`steering`).

Limits:
    1,000 ids and 1,000 destinations a request; 256 KiB of a message at a time.

Manual: 4.4, 6.5.2.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied, Message, Request

MOST_IDS = 1_000
"""In one selection."""
TOP = 20
"""Destinations that are counted one by one unless more are asked for."""


QUEUE_COLUMNS = (
    "recipient",
    "sender",
    "state",
    "received_at",
    "next_try_at",
    "tries",
    "last_reply",
    "size_octets",
)
"""By which what waits is sorted; what has no value is last, whichever way."""


class Selection(msgspec.Struct, frozen=True, array_like=True):
    """Which recipients are meant: whom all fits that is said here."""

    ids: tuple[str, ...] = ()
    """``ENTRY`` for all its recipients, ``ENTRY.N`` for one."""
    destination: str = ""
    """Domain of the recipient; ``*.domain`` for all below one."""
    sender: str = ""
    """Address, domain, ``*.domain`` or ``*part*``; ``<>`` for the null reverse-path."""
    recipient: str = ""
    """Address, domain, ``*.domain`` or ``*part*``: what holds that."""
    state: str = ""
    """As a `QueueView` shows it."""
    older_than_s: float = 0.0
    """It came longer ago than that."""
    everything: bool = False
    """Whatever waits; who acts must say so, and nothing besides."""


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
    place: int = 0
    """Which recipient of the entry: `entry_id` and this make ``ENTRY.N``."""


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
    selection: Selection = Selection()
    """An empty one means all."""
    sort: str = ""
    """A column; empty: the oldest mail first. `after` is then `next` of a page."""
    is_descending: bool = False


class Heap(msgspec.Struct, frozen=True, array_like=True):
    """How much there is of something."""

    messages: int = 0
    recipients: int = 0
    octets: int = 0
    """Of the messages, each counted once."""


class StateCount(msgspec.Struct, frozen=True, array_like=True):
    """How much is in one state."""

    state: str
    heap: Heap


class DestinationCount(msgspec.Struct, frozen=True, array_like=True):
    """How it is with one domain."""

    domain: str
    heap: Heap
    oldest_at: float
    """Unix time of the oldest message."""
    next_try_at: float
    """Unix time of the next try; 0: none is planned, it is tried or held."""
    last_reply: str
    """What the latest failed try met."""
    host: str
    """Who said it; empty: our own finding."""
    connections: int
    """Open or opening."""
    window: int
    """How many there may be just now; 0: nothing is being tried."""


class QueueCounts(Message, frozen=True, array_like=True, tag=210):
    """How much waits."""

    total: Heap
    states: tuple[StateCount, ...]
    """Only those in which something is."""
    destinations: tuple[DestinationCount, ...]
    """The fullest first; no more than were asked for."""
    domains: int
    """How many destinations there are in all."""


class CountQueue(Request[QueueCounts | Denied], frozen=True, array_like=True, tag=211):
    """How much waits, in which states, where to?"""

    selection: Selection = Selection()
    top: int = TOP


Folder = Literal["queue", "dead"]
"""What waits, or what could not be delivered (`steering`); each has its own ids."""


class WishesView(msgspec.Struct, frozen=True, array_like=True):
    """What the sender asked of all who pass the message on (`base.envelope`)."""

    envelope_id: str = ""
    returns: str = ""
    hold_until: float = 0.0
    """Unix time; 0: it was not said."""
    deliver_by: float = 0.0
    """Unix time; 0: it was not said."""
    by_mode: str = ""
    priority: int = 0
    require_tls: bool = False


class RecipientView(msgspec.Struct, frozen=True, array_like=True):
    """One recipient of an entry, whether it waits or is over."""

    entry_id: str
    """``ENTRY.N``"""
    recipient: str
    state: str
    tries: int
    next_try_at: float
    """Unix time; 0: it is over, held or being tried."""
    tried_since: float
    """Unix time; 0: it is not being tried."""
    status: str
    """RFC 3463 code of the last try."""
    last_reply: str
    """In the words of who refused."""
    host: str
    """Who that was; empty: our own finding."""
    notify: str
    original: str
    """ORCPT, decoded."""
    failed_at: float = 0.0
    """Of dead mail: Unix time."""


class EntryView(Message, frozen=True, array_like=True, tag=212):
    """One message in the queue: its envelope, and part of its recipients."""

    entry_id: str
    reverse_path: str
    received_at: float
    """Unix time."""
    size_octets: int
    """Of what is sent."""
    client: str
    """IP address of who handed it in; empty: it was made here."""
    helo: str
    protocol: str
    user_id: int
    """Who had logged in; 0: nobody."""
    origin: str
    """Where it first became durable: journal and number."""
    body_type: str
    smtputf8: bool
    wishes: WishesView
    rows: tuple[RecipientView, ...]
    next: str = ""


class ShowEntry(Request[EntryView | Denied], frozen=True, array_like=True, tag=213):
    """What is known of one message?"""

    entry_id: str
    after: str = ""
    """``ENTRY.N``: recipients behind that one."""
    limit: int = PAGE_ROWS
    folder: Folder = "queue"


class MessagePiece(Message, frozen=True, array_like=True, tag=214):
    """Part of a message as it is sent."""

    octets: bytes
    size_octets: int
    """Of the whole."""


class ReadEntry(Request[MessagePiece | Denied], frozen=True, array_like=True, tag=215):
    """Give me some of a message's octets, 256 KiB at most."""

    entry_id: str
    offset: int = 0
    folder: Folder = "queue"


class EtrnStarted(Message, frozen=True, array_like=True, tag=200):
    """What was held for the domain is on its way."""

    messages: int
    """How many; 0: none waited."""


class StartEtrn(Request[EtrnStarted | Denied], frozen=True, array_like=True, tag=201):
    """A client said ETRN: send what is held for a domain (RFC 1985)."""

    domain: str
    """Of ours, of the kind etrn; lower-case A-labels."""


class ReleaseEtrn(Request[EtrnStarted | Denied], frozen=True, array_like=True, tag=444):
    """An administrator lets go of what is held for a domain, without its ETRN."""

    domain: str
    """As in `StartEtrn`."""
