"""``mailmax queue dead``: what could not be delivered."""

from typing import Literal

from cyclopts import App

from mailmax.cli.confirming import Yes
from mailmax.cli.desk import Common, Desk
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.cli.queue_acts import Ask, Everything, Flag, act, administrator
from mailmax.cli.queue_choice import Choice, chosen, none_of
from mailmax.cli.queue_reading import show_or_write
from mailmax.hub.contract.steering import DeadView, ListDead, SteerDead

app = App(name="dead", help="Mail that could not be delivered, kept for a while.")


@app.command(name="list")
def list_(
    *ids: str,
    choice: Choice | None = None,
    paging: Paging | None = None,
    common: Common | None = None,
) -> int:
    """Show the dead mail, and why it is.

    Args:
        ids: Only these, by their numbers among the dead mail.
        choice: Which mail.
        paging: Which part of the list.
        common: Options of every command.
    """
    columns = ("Entry", "Failed", "From", "To", "Tries", "Host", "Last reply")
    desk = Desk(common)
    selection = chosen(desk, ids, choice)
    return show_list(
        desk,
        paging,
        lambda after, limit: ListDead(after, limit, selection),
        Look(columns, _cells),
        none_of(ids, "the dead mail"),
    )


@app.command
def show(
    entry: str,
    *,
    header: Flag = False,
    body: Flag = False,
    raw: Flag = False,
    common: Common | None = None,
) -> int:
    """Show one message of the dead mail.

    Args:
        entry: As in the list.
        header: Write the header of the message instead.
        body: Write what is below the header instead.
        raw: Write the whole message instead.
        common: Options of every command.
    """
    desk = Desk(common)
    return show_or_write(desk, entry, "dead", header=header, body=body, raw=raw)


@app.command
def resend(
    *ids: str,
    choice: Choice | None = None,
    everything: Everything = False,
    dry_run: Flag = False,
    common: Common | None = None,
) -> int:
    """Put messages back into the queue, for all their recipients, and try them now.

    Args:
        ids: As in the list; of ENTRY.N the whole message.
        choice: Which mail.
        everything: All of it.
        dry_run: Only say for how many it would be.
        common: Options of every command.
    """
    desk = Desk(common)
    selection = chosen(desk, ids, choice, everything=everything)
    return act(desk, selection, _ask("resend"), "in the queue", dry_run=dry_run)


@app.command
def delete(
    *ids: str,
    choice: Choice | None = None,
    everything: Everything = False,
    yes: Yes = False,
    dry_run: Flag = False,
    common: Common | None = None,
) -> int:
    """Throw messages of the dead mail away, with all their recipients.

    Args:
        ids: As in the list; of ENTRY.N the whole message.
        choice: Which mail.
        everything: All of it.
        yes: Do not ask first.
        dry_run: Only say for how many it would be.
        common: Options of every command.
    """
    desk = Desk(common)
    selection = chosen(desk, ids, choice, everything=everything)
    ask = _ask("delete")
    return act(desk, selection, ask, "thrown away", dry_run=dry_run, is_safe=yes)


def _ask(deed: Literal["resend", "delete"]) -> Ask:
    by = administrator()
    return lambda selection, after, dry_run: SteerDead(
        deed, selection, by, dry_run, after
    )


def _cells(row: DeadView) -> tuple[object, ...]:
    return (
        f"{row.dead_id}.{row.place}",
        shown_moment(row.failed_at),
        row.reverse_path or "<>",
        row.recipient,
        row.tries,
        row.host,
        row.last_reply,
    )
