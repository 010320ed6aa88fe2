"""What waits in the queue, for administrators (``mailmax queue list``)."""

from collections.abc import Iterable
from itertools import islice

from mailmax.hub.admin import QueuePage, QueueView
from mailmax.store.queue.entry import QueueEntry


def list_queue(entries: Iterable[QueueEntry], limit: int, now: float) -> QueuePage:
    """Return the recipients that wait, entry by entry, oldest first.

    Args:
        entries: All entries, in the order of their numbers.
        limit: Rows at most.
        now: Unix time, for mail that is being tried or about to be.
    """
    waiting = (
        (entry, target)
        for entry in entries
        for target in entry.targets
        if not target.state.stage.is_over
    )
    rows = tuple(
        QueueView(
            entry_id=str(entry.number),
            reverse_path=entry.envelope.reverse_path,
            recipient=target.address,
            state="held" if target.is_held else target.state.stage.name.lower(),
            received_at=entry.envelope.received_at_ms / 1000,
            next_try_at=target.state.due_ms / 1000 or now,
            tries=target.state.attempts,
            last_reply=target.state.text,
            size_octets=entry.size,
        )
        for entry, target in islice(waiting, max(0, limit))
    )
    return QueuePage(rows, len(rows) + sum(1 for _ in waiting))
