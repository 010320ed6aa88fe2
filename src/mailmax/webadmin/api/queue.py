"""The queue: counts, list, one message, and what is done with mail that waits.

Theory:
    A row is one recipient. Much is done part by part, as the hub says it
    (`hub.contract.steering`): `next` of an answer is the `cursor` of the order for
    the rest.

Manual: 4.4, 6.5.2.
"""

from mailmax.hub.contract.queue import (
    QUEUE_COLUMNS,
    CountQueue,
    EntryView,
    EtrnStarted,
    ListQueue,
    QueueCounts,
    QueuePage,
    ReadEntry,
    ReleaseEtrn,
    Selection,
    ShowEntry,
)
from mailmax.hub.contract.steering import Steered, SteerQueue
from mailmax.webadmin.api.choice import (
    MailList,
    Paging,
    meant,
    order_of,
    selected,
)
from mailmax.webadmin.api.mail import MessageText, give_file, read_text
from mailmax.webadmin.api.queue_shapes import (
    MOST_DESTINATIONS,
    Counting,
    Counts,
    Destination,
    Done,
    Entry,
    Order,
    QueueRow,
    Released,
    counts_of,
    done,
    entry_of,
    row_of,
)
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Page
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)
_ETRN = "etrn"


@route(
    "GET /queue",
    scope="queue:read",
    owner=_SYSTEM,
    shape=Shape(query=MailList, gives=Page[QueueRow], sorts=QUEUE_COLUMNS),
)
async def list_queue(call: Call) -> Page[QueueRow]:
    """List what waits, a recipient a row, the oldest mail first or sorted."""
    asked = call.asked(MailList)
    choice = selected(asked.filter, asked.q)
    request = ListQueue(asked.cursor, asked.limit, choice, *order_of(asked.sort))
    page = await call.ask(request, QueuePage)
    rows = [row_of(row) for row in page.rows]
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
    return await _counted(call, request)


@route(
    "GET /queue/etrn",
    scope="queue:read",
    owner=_SYSTEM,
    shape=Shape(gives=Page[Destination]),
)
async def list_etrn(call: Call) -> Page[Destination]:
    """List the domains for which mail is held until their server says ETRN."""
    request = CountQueue(Selection(state="held"), MOST_DESTINATIONS)
    counts = await _counted(call, request)
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


async def _counted(call: Call, request: CountQueue) -> Counts:
    def is_etrn(name: str) -> bool:
        row = call.hub.tables.domain(name)
        return row is not None and row.kind == _ETRN

    return counts_of(await call.ask(request, QueueCounts), is_etrn)
