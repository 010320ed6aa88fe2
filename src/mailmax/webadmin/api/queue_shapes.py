"""What the REST API tells of the queue, made of what the hub says.

Manual: 4.4, 6.5.2.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import msgspec

from mailmax.hub.contract.queue import (
    EntryView,
    QueueCounts,
    QueueView,
    RecipientView,
)
from mailmax.hub.contract.steering import Deed, Steered
from mailmax.webadmin.api.choice import Meant, Which, moment
from mailmax.webadmin.api.words import Moment
from mailmax.webadmin.rest.lists import Cursor

MOST_DESTINATIONS = 1_000


class QueueRow(msgspec.Struct, frozen=True):
    """One recipient that waits."""

    id: str
    """``ENTRY.N``"""
    entry_id: str
    sender: str
    """Empty: the null reverse-path."""
    recipient: str
    state: str
    received_at: datetime | None
    next_try_at: datetime | None
    tries: int
    last_reply: str
    """In the words of who refused."""
    size_octets: int
    tried_since: datetime | None


class Amount(msgspec.Struct, frozen=True):
    """How much there is of something."""

    messages: int
    recipients: int
    octets: int


class StateAmount(msgspec.Struct, frozen=True):
    """How much is in one state."""

    state: str
    amount: Amount


class Destination(msgspec.Struct, frozen=True):
    """How it is with one domain."""

    domain: str
    amount: Amount
    oldest_at: datetime | None
    next_try_at: datetime | None
    last_reply: str
    host: str
    connections: int
    window: int
    is_etrn: bool
    """It is held until the domain's server asks for it."""


class Counts(msgspec.Struct, frozen=True):
    """How much waits."""

    total: Amount
    states: list[StateAmount]
    destinations: list[Destination]
    """The fullest first."""
    domains: int
    """How many there are in all."""


class Counting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is counted."""

    filter: Which = Which()
    top: Annotated[int, msgspec.Meta(ge=0, le=MOST_DESTINATIONS)] = 20
    """Destinations that are counted one by one."""


class RecipientRow(msgspec.Struct, frozen=True):
    """One recipient of a message, whether it waits or is over."""

    id: str
    recipient: str
    state: str
    tries: int
    next_try_at: datetime | None
    tried_since: datetime | None
    failed_at: datetime | None
    status: str
    """RFC 3463 code of the last try."""
    last_reply: str
    host: str
    """Who said it; empty: our own finding."""
    notify: str
    original: str


class Entry(msgspec.Struct, frozen=True):
    """One message: its envelope, and part of its recipients."""

    id: str
    sender: str
    received_at: datetime | None
    size_octets: int
    client: str
    helo: str
    protocol: str
    origin: str
    body_type: str
    envelope_id: str
    hold_until: datetime | None
    deliver_by: datetime | None
    priority: int
    require_tls: bool
    recipients: list[RecipientRow]
    next: str


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done, and with whom."""

    deed: Deed
    selection: Meant
    dry_run: bool = False
    """Only say for how many it would act."""
    cursor: Cursor = ""
    recipient: Annotated[str, msgspec.Meta(max_length=320)] = ""
    """Of an edit: the other address."""
    next_try_at: Moment | None = None
    """Of an edit: when it is tried next."""


class Done(msgspec.Struct, frozen=True):
    """For how many it acts."""

    messages: int
    recipients: int
    later: int
    """How many of them are being tried: it acts when that ends without success."""
    missing: list[str]
    """Ids that mean nobody any more."""
    next: str
    """The cursor of the order for the rest; empty: that was all."""


class Released(msgspec.Struct, frozen=True):
    """It is on its way."""

    messages: int


def done(steered: Steered) -> Done:
    """Make the answer of an order."""
    return Done(
        steered.messages,
        steered.recipients,
        steered.later,
        list(steered.missing),
        steered.next,
    )


def entry_of(view: EntryView) -> Entry:
    """Make the answer of one message."""
    wishes = view.wishes
    return Entry(
        view.entry_id,
        view.reverse_path,
        moment(view.received_at),
        view.size_octets,
        view.client,
        view.helo,
        view.protocol,
        view.origin,
        view.body_type,
        wishes.envelope_id,
        moment(wishes.hold_until),
        moment(wishes.deliver_by),
        wishes.priority,
        wishes.require_tls,
        [_recipient(row) for row in view.rows],
        view.next,
    )


def _recipient(view: RecipientView) -> RecipientRow:
    return RecipientRow(
        view.entry_id,
        view.recipient,
        view.state,
        view.tries,
        moment(view.next_try_at),
        moment(view.tried_since),
        moment(view.failed_at),
        view.status,
        view.last_reply,
        view.host,
        view.notify,
        view.original,
    )


def row_of(view: QueueView) -> QueueRow:
    """Make a row of the list."""
    return QueueRow(
        f"{view.entry_id}.{view.place}",
        view.entry_id,
        view.reverse_path,
        view.recipient,
        view.state,
        moment(view.received_at),
        moment(view.next_try_at),
        view.tries,
        view.last_reply,
        view.size_octets,
        moment(view.tried_since),
    )


def counts_of(counts: QueueCounts, is_etrn: Callable[[str], bool]) -> Counts:
    """Make the answer of the counts.

    Args:
        counts: As the hub has them.
        is_etrn: Tells whether a domain of ours waits for ETRN.
    """
    return Counts(
        Amount(*msgspec.structs.astuple(counts.total)),
        [
            StateAmount(one.state, Amount(*msgspec.structs.astuple(one.heap)))
            for one in counts.states
        ],
        [
            Destination(
                one.domain,
                Amount(*msgspec.structs.astuple(one.heap)),
                moment(one.oldest_at),
                moment(one.next_try_at),
                one.last_reply,
                one.host,
                one.connections,
                one.window,
                is_etrn(one.domain),
            )
            for one in counts.destinations
        ],
        counts.domains,
    )
