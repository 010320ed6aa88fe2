"""``mailmax queue``."""

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.contract.queue import ListQueue, QueueView

app = App(name="queue", help="Mail that waits to be sent.")


@app.command(name="list")
def list_(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show what waits, the oldest first, and why.

    Args:
        paging: Which part of the list; it may go on behind an entry.
        common: Options of every command.
    """
    columns = (
        *("Entry", "Since", "From", "To", "State", "Tries", "Next try"),
        "Last reply",
    )
    return show_list(Desk(common), paging, ListQueue, Look(columns, _cells))


def _cells(row: QueueView) -> tuple[object, ...]:
    return (
        row.entry_id,
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
