"""The queue and the dead-mail folder in pages (``mailmax queue [dead] list``).

Theory:
    A page ends behind one recipient of one entry: ``ENTRY.N``. Entries never change
    their number nor recipients their order, so whatever was delivered meanwhile, the
    next page begins behind it: nothing is shown twice and nothing that waits is left
    out. Sorted by a column each page is a look at all (`sorting`).

Limits:
    100,000 entries: 25 ms for the first page, which counts them all, 4 for another; up
    to twice that where only some are meant. Sorted: 60 to 75,
    in slices of 4 (`bench/queue_looks.py`).
"""

from collections.abc import Mapping
from typing import NamedTuple

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import (
    QUEUE_COLUMNS,
    ListQueue,
    QueuePage,
    QueueView,
)
from mailmax.hub.contract.steering import DEAD_COLUMNS, DeadPage, DeadView, ListDead
from mailmax.queuemax.selection import (
    Meant,
    Selector,
    read_id,
    read_selection,
    state_of,
)
from mailmax.queuemax.slices import START, Begin, Look, behind, cut
from mailmax.queuemax.sorting import Key, Order, Placed, read_order
from mailmax.store.queue.entry import QueueEntry, Target

NO_PLACE = Denied(
    "bad_value", "after", "it is no place in the queue", "give ENTRY or ENTRY.N"
)


class Found(NamedTuple):
    """A page before it is shown."""

    rows: list[Meant]
    total: int | None
    next: str


def list_queue(
    request: ListQueue, entries: Mapping[int, QueueEntry], now: float
) -> Look[QueuePage | Denied]:
    """Return recipients that wait, entry by entry, oldest first.

    Args:
        request: Which page.
        entries: All entries by number, in any order.
        now: Unix time, for mail that is about to be tried.
    """
    found = yield from find_page(request, entries, now)
    if isinstance(found, Denied):
        return found
    rows = tuple(_view(one, now) for one in found.rows)
    return QueuePage(rows, found.total, found.next)


def list_dead(
    request: ListDead, entries: Mapping[int, QueueEntry], now: float
) -> Look[DeadPage | Denied]:
    """Return recipients of dead mail, message by message.

    Args:
        request: Which page.
        entries: The folder, by number.
        now: Unix time.
    """
    found = yield from find_page(request, entries, now)
    if isinstance(found, Denied):
        return found
    return DeadPage(tuple(_dead(one) for one in found.rows), found.total, found.next)


def find_page(
    request: ListQueue | ListDead, entries: Mapping[int, QueueEntry], now: float
) -> Look[Found | Denied]:
    """Return who is on a page, and how many there are in all."""
    selector = read_selection(request.selection, now)
    if isinstance(selector, Denied):
        return selector
    limit = clip(request.limit)
    if request.sort:
        order = _order_of(request)
        if isinstance(order, Denied):
            return order
        return (yield from _find_sorted(entries, selector, order, limit))
    begin = read_place(request.after)
    if begin is None:
        return NO_PLACE
    found: list[Meant] = []
    total = 0
    for part in cut(entries, selector, begin):
        if len(found) <= limit:
            meant = behind(selector.pick(part), begin)
            total += len(meant)
            found += meant[: limit + 1 - len(found)]
        elif request.after:
            break
        else:
            total += selector.count(part)
        yield
    return Found(
        found[:limit],
        None if request.after else total,
        place_of(found[limit - 1]) if len(found) > limit else "",
    )


def _find_sorted(
    entries: Mapping[int, QueueEntry], selector: Selector, order: Order, limit: int
) -> Look[Found]:
    """Return who is first in an order, behind the page before."""
    first: list[Placed] = []
    total = 0
    for part in cut(entries, selector):
        meant = selector.pick(part)
        total += len(meant)
        first = order.first(first, meant, limit + 1)
        yield
    rows = first[:limit]
    return Found(
        [one for _, one in rows],
        None if order.behind else total,
        order.cursor(rows[-1][0]) if len(first) > limit else "",
    )


def _order_of(request: ListQueue | ListDead) -> Order | Denied:
    columns = QUEUE_COLUMNS if isinstance(request, ListQueue) else DEAD_COLUMNS
    keys = {name: _KEYS[name] for name in columns}
    is_descending = request.is_descending
    return read_order(request.sort, request.after, keys, is_descending=is_descending)


def clip(limit: int) -> int:
    """Return how many rows a page may have."""
    return max(1, min(limit, PAGE_ROWS))


def place_of(one: Meant) -> str:
    """Return what a page ends with that ends with this recipient."""
    return f"{one.entry.number}.{one.place}"


def read_place(text: str) -> Begin | None:
    """Return entry and recipient behind which to begin; None: that is no place."""
    if not text:
        return START
    found = read_id(text)
    if found is None or "." in text:
        return found
    return found[0] + 1, 0


def next_try_of(target: Target, now: float) -> float:
    """Return the Unix time of the next try; 0: none is planned."""
    state = target.state
    is_planned = not (target.tried_since or target.is_held or state.is_held)
    return (state.due_ms / 1000 or now) if is_planned else 0.0


def last_reply_of(target: Target) -> str:
    """Return the last cause; while it is being tried, what that has met so far.

    What was never tried because it is held says by whom.
    """
    trouble = target.trouble.text if target.tried_since else ""
    return trouble or target.state.text or _holder_of(target)


def _holder_of(target: Target) -> str:
    if target.state.is_held:
        return "held by an administrator"
    return "until its server asks for it (ETRN)" if target.is_held else ""


def _next_try(one: Meant) -> int | None:
    """Return when it is planned: what is about to be tried has 0."""
    is_planned = next_try_of(one.target, 1.0) != 0
    return one.target.state.due_ms if is_planned else None


_KEYS: Mapping[str, Key] = {
    "sender": lambda one: one.entry.envelope.reverse_path,
    "recipient": lambda one: one.target.address,
    "state": lambda one: state_of(one.target),
    "received_at": lambda one: one.entry.envelope.received_at_ms,
    "next_try_at": _next_try,
    "failed_at": lambda one: one.target.state.due_ms,
    "tries": lambda one: one.target.state.attempts,
    "status": lambda one: one.target.state.status,
    "last_reply": lambda one: last_reply_of(one.target),
    "host": lambda one: one.target.state.host,
    "size_octets": lambda one: one.entry.size,
}


def _view(one: Meant, now: float) -> QueueView:
    entry, place, target = one
    return QueueView(
        entry_id=str(entry.number),
        reverse_path=entry.envelope.reverse_path,
        recipient=target.address,
        state=state_of(target),
        received_at=entry.envelope.received_at_ms / 1000,
        next_try_at=next_try_of(target, now),
        tries=target.state.attempts,
        last_reply=last_reply_of(target),
        size_octets=entry.size,
        tried_since=target.tried_since,
        place=place,
    )


def _dead(one: Meant) -> DeadView:
    entry, place, target = one
    state = target.state
    return DeadView(
        dead_id=str(entry.number),
        place=place,
        reverse_path=entry.envelope.reverse_path,
        recipient=target.address,
        received_at=entry.envelope.received_at_ms / 1000,
        failed_at=state.due_ms / 1000,
        tries=state.attempts,
        status=state.status,
        last_reply=state.text,
        host=state.host,
        size_octets=entry.size,
    )
