"""``mailmax queue``: the lists; who reads and acts is in modules of its own."""

import sys

from cyclopts import App

from mailmax.base.units import counted, shown_octets
from mailmax.cli import dead_mail, queue_acts, queue_reading
from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.cli.queue_choice import Choice, chosen, none_of
from mailmax.hub.contract.queue import (
    TOP,
    CountQueue,
    DestinationCount,
    Heap,
    ListQueue,
    QueueCounts,
    QueueView,
)

app = App(name="queue", help="Mail that waits to be sent.")


@app.command(name="list")
def list_(
    *ids: str,
    choice: Choice | None = None,
    paging: Paging | None = None,
    common: Common | None = None,
) -> int:
    """Show what waits, the oldest first, and why.

    Args:
        ids: Only these: ENTRY, or ENTRY.N for one of its recipients.
        choice: Which mail.
        paging: Which part of the list; it may go on behind an entry.
        common: Options of every command.
    """
    columns = (
        *("Entry", "Since", "From", "To", "State", "Tries", "Next try"),
        "Last reply",
    )
    desk = Desk(common)
    selection = chosen(desk, ids, choice)
    return show_list(
        desk,
        paging,
        lambda after, limit: ListQueue(after, limit, selection),
        Look(columns, _cells),
        none_of(ids, "the queue"),
    )


@app.command
def count(
    *ids: str,
    choice: Choice | None = None,
    top: int = TOP,
    common: Common | None = None,
) -> int:
    """Show how much waits, in which states, and where to.

    Args:
        ids: Only these: ENTRY, or ENTRY.N for one of its recipients.
        choice: Which mail.
        top: So many destinations, the fullest first.
        common: Options of every command.
    """
    desk = Desk(common)
    counts = desk.ask(CountQueue(chosen(desk, ids, choice), top))
    if not isinstance(counts, QueueCounts):  # a Denied has ended the command
        return Exit.DENIED
    nothing = none_of(ids, "the queue")
    if nothing is not None and not counts.total.messages:
        desk.deny(nothing)
    if desk.common.json:
        desk.show_json(counts)
        return Exit.DONE
    if not counts.total.messages:
        desk.say_empty()
        return Exit.DONE
    rows = [(one.state, *_heap(one.heap)) for one in counts.states]
    desk.show_table(
        ("State", "Messages", "Recipients", "Size"),
        [*rows, ("all", *_heap(counts.total))],
    )
    desk.show_table(_DESTINATION, [_destination(one) for one in counts.destinations])
    left = counts.domains - len(counts.destinations)
    if left:
        words = f"{counted(left, 'more destination')}, with --top {counts.domains}"
        verb = "is" if left == 1 else "are"
        print(f"mailmax: there {verb} {words}", file=sys.stderr)
    return Exit.DONE


app.command(queue_reading.show)
for _act in (
    queue_acts.retry,
    queue_acts.hold,
    queue_acts.release,
    queue_acts.edit,
    queue_acts.delete,
    queue_acts.flush,
):
    app.command(_act)
app.command(dead_mail.app)

_DESTINATION = (
    *("Destination", "Messages", "Recipients", "Size", "Oldest", "Next try"),
    *("Connections", "Last reply"),
)


def _heap(heap: Heap) -> tuple[object, ...]:
    return heap.messages, heap.recipients, shown_octets(heap.octets)


def _destination(row: DestinationCount) -> tuple[object, ...]:
    return (
        row.domain,
        *_heap(row.heap),
        shown_moment(row.oldest_at),
        shown_moment(row.next_try_at),
        f"{row.connections} of {row.window}" if row.window else "",
        row.last_reply,
    )


def _cells(row: QueueView) -> tuple[object, ...]:
    return (
        f"{row.entry_id}.{row.place}",
        shown_moment(row.received_at),
        row.reverse_path or "<>",
        row.recipient,
        row.state,
        row.tries,
        _next_try(row),
        row.last_reply,
    )


def _next_try(row: QueueView) -> str:
    if row.tried_since:
        return f"since {shown_moment(row.tried_since)}"
    return shown_moment(row.next_try_at)
