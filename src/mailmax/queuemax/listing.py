"""What waits in the queue, for administrators (``mailmax queue list``).

Theory:
    A page ends behind one recipient of one entry: ``ENTRY.N``. Entries never change
    their number nor recipients their order, so whatever was delivered meanwhile, the
    next page begins behind it: nothing is shown twice and nothing that waits is left
    out.

Limits:
    100,000 entries: 15 ms for the first page, which counts them all, 3 for another.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import ListQueue, QueuePage, QueueView
from mailmax.policy.retry import Stage
from mailmax.store.queue.entry import QueueEntry, Target

_LONGEST_NUMBER = 18
_OVER = frozenset(stage for stage in Stage if stage.is_over)
_NO_PLACE = Denied(
    "bad_value", "after", "it is no place in the queue", "give ENTRY or ENTRY.N"
)

_Waiting = tuple[QueueEntry, int, Target]


def list_queue(
    request: ListQueue, entries: Mapping[int, QueueEntry], now: float
) -> QueuePage | Denied:
    """Return recipients that wait, entry by entry, oldest first.

    Args:
        request: Which page.
        entries: All entries by number, in any order.
        now: Unix time, for mail that is about to be tried.
    """
    begin = _read_place(request.after)
    if begin is None:
        return _NO_PLACE
    limit = max(1, min(request.limit, PAGE_ROWS))
    found = list(islice(_waiting(entries, begin), limit + 1))
    total = None if request.after else _count(entries)
    end = found[limit - 1] if len(found) > limit else None
    return QueuePage(
        tuple(_view(entry, target, now) for entry, _, target in found[:limit]),
        total,
        f"{end[0].number}.{end[1]}" if end is not None else "",
    )


def _count(entries: Mapping[int, QueueEntry]) -> int:
    """Return how many wait in all."""
    return sum(
        target.state.stage not in _OVER
        for entry in entries.values()
        for target in entry.targets
    )


def _waiting(
    entries: Mapping[int, QueueEntry], begin: tuple[int, int]
) -> Iterator[_Waiting]:
    """Yield who waits behind a place, with the places of the recipients."""
    first, seen = begin
    for number in sorted(number for number in entries if number >= first):
        entry = entries[number]
        for place, target in enumerate(entry.targets, 1):
            is_behind = number > first or place > seen
            if is_behind and not target.state.stage.is_over:
                yield entry, place, target


def _view(entry: QueueEntry, target: Target, now: float) -> QueueView:
    is_tried = target.tried_since > 0
    trouble = target.trouble.text if is_tried else ""
    return QueueView(
        entry_id=str(entry.number),
        reverse_path=entry.envelope.reverse_path,
        recipient=target.address,
        state=_state_of(target),
        received_at=entry.envelope.received_at_ms / 1000,
        next_try_at=0.0 if is_tried else target.state.due_ms / 1000 or now,
        tries=target.state.attempts,
        last_reply=trouble or target.state.text,
        size_octets=entry.size,
        tried_since=target.tried_since,
    )


def _state_of(target: Target) -> str:
    if target.is_held or target.state.is_held:
        return "held"
    return "trying" if target.tried_since else target.state.stage.name.lower()


def _read_place(text: str) -> tuple[int, int] | None:
    """Return entry and recipient behind which to begin; None: that is no place."""
    if not text:
        return 0, 0
    number, dot, place = text.partition(".")
    parts = (number, place) if dot else (number,)
    if any(not part.isdecimal() or len(part) > _LONGEST_NUMBER for part in parts):
        return None
    return (int(number), int(place)) if dot else (int(number) + 1, 0)
