"""The queue: counts, list, one message, and what is done with mail that waits.

Theory:
    A row is one recipient. Much is done part by part, as the hub says it
    (`hub.contract.steering`): `next` of an answer is the `cursor` of the order for
    the rest.

Manual: 4.4, 6.5.2.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from mailmax.hub.contract.queue import (
    CountQueue,
    EntryView,
    EtrnStarted,
    ListQueue,
    QueueCounts,
    QueuePage,
    QueueView,
    ReadEntry,
    RecipientView,
    ReleaseEtrn,
    Selection,
    ShowEntry,
)
from mailmax.hub.contract.steering import Deed, Steered, SteerQueue
from mailmax.webadmin.api.choice import (
    MailList,
    Meant,
    Paging,
    Which,
    meant,
    moment,
    selected,
)
from mailmax.webadmin.api.mail import MessageText, give_file, read_text
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Cursor, Page
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)
_ETRN = "etrn"
_MOST_DESTINATIONS = 1_000


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
    top: Annotated[int, msgspec.Meta(ge=0, le=_MOST_DESTINATIONS)] = 20
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
    next_try_at: datetime | None = None
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


@route(
    "GET /queue",
    scope="queue:read",
    owner=_SYSTEM,
    shape=Shape(query=MailList, gives=Page[QueueRow]),
)
async def list_queue(call: Call) -> Page[QueueRow]:
    """List what waits, a recipient a row, the oldest mail first."""
    asked = call.asked(MailList)
    choice = selected(asked.filter, asked.q)
    request = ListQueue(asked.cursor, asked.limit, choice)
    page = await call.ask(request, QueuePage)
    rows = [_row(row) for row in page.rows]
    return Page(rows, page.next, page.total)


@route(
    "GET /queue/counts",
    scope="queue:read",
    owner=_SYSTEM,
    shape=Shape(query=Counting, gives=Counts),
)
async def count_queue(call: Call) -> Counts:
    """Count what waits: in all, by state, and by destination."""
    asked = call.asked(Counting)
    request = CountQueue(selected(asked.filter), asked.top)
    return _counts(call, await call.ask(request, QueueCounts))


@route(
    "GET /queue/etrn",
    scope="queue:read",
    owner=_SYSTEM,
    shape=Shape(gives=Page[Destination]),
)
async def list_etrn(call: Call) -> Page[Destination]:
    """List the domains for which mail is held until their server says ETRN."""
    request = CountQueue(Selection(state="held"), _MOST_DESTINATIONS)
    counts = _counts(call, await call.ask(request, QueueCounts))
    return Page([one for one in counts.destinations if one.is_etrn])


@route(
    "POST /queue/etrn/{domain}/release",
    scope="queue:write",
    owner=_SYSTEM,
    shape=Shape(gives=Released),
)
async def release_etrn(call: Call) -> Released:
    """Let go of what is held for a domain, as if its server had said ETRN."""
    request = ReleaseEtrn(call.params["domain"].lower())
    started = await call.carry_out(request, EtrnStarted)
    return Released(started.messages)


@route(
    "POST /queue/deeds",
    scope="queue:write",
    owner=_SYSTEM,
    shape=Shape(takes=Order, gives=Done),
)
async def steer_queue(call: Call) -> Done:
    """Retry, hold, release, edit, return, delete or flush mail that waits."""
    order = call.taken(Order)
    at = order.next_try_at
    request = SteerQueue(
        order.deed,
        meant(order.selection),
        actor_of(call),
        order.dry_run,
        order.cursor,
        order.recipient,
        at.timestamp() if at is not None else 0.0,
    )
    return done(await call.carry_out(request, Steered))


@route(
    "GET /queue/{entry}",
    scope="queue:read",
    owner=_SYSTEM,
    shape=Shape(query=Paging, gives=Entry),
)
async def show_queued(call: Call) -> Entry:
    """Show one message that waits: its envelope, and each recipient's history."""
    asked = call.asked(Paging)
    request = ShowEntry(call.params["entry"], asked.cursor, asked.limit)
    return entry_of(await call.ask(request, EntryView))


@route(
    "GET /queue/{entry}/text",
    scope="queue:read",
    owner=_SYSTEM,
    shape=Shape(gives=MessageText),
)
async def read_queued(call: Call) -> MessageText:
    """Read a message that waits: its header and text, as plain text."""
    entry = call.params["entry"]
    return await read_text(call, lambda offset: ReadEntry(entry, offset))


@route("GET /queue/{entry}/file", scope="queue:read", owner=_SYSTEM)
async def download_queued(call: Call) -> Answer:
    """Save a message that waits as a file, as it is sent."""
    entry = call.params["entry"]
    name = f"{plain_name(entry)}.eml"
    return await give_file(call, lambda offset: ReadEntry(entry, offset), name)


ROUTES = (
    list_queue,
    count_queue,
    list_etrn,
    release_etrn,
    steer_queue,
    show_queued,
    read_queued,
    download_queued,
)


def actor_of(call: Call) -> str:
    """Return who wants it, for the log of the service."""
    return getattr(call.principal, "address", "") or "the host password's holder"


def plain_name(text: str) -> str:
    """Return an id as part of a file's name: letters, digits, dots, dashes."""
    kept = "".join(
        one for one in text if one.isascii() and (one.isalnum() or one in ".-")
    )
    return kept.strip(".")[:80] or "message"


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


def _row(view: QueueView) -> QueueRow:
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


def _counts(call: Call, counts: QueueCounts) -> Counts:
    def is_etrn(name: str) -> bool:
        row = call.hub.tables.domain(name)
        return row is not None and row.kind == _ETRN

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
