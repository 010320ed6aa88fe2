"""``mailmax quarantine``."""

import asyncio
import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from mailmax.base.units import counted, shown_octets
from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.cli.queue_acts import administrator
from mailmax.cli.queue_reading import Sheet, printed
from mailmax.hub.client import HubClient
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.quarantine import (
    ListQuarantine,
    QuarantinePage,
    QuarantineSteered,
    QuarantineView,
    ReadQuarantine,
    SteerQuarantine,
)

app = App(name="quarantine", help="Infected mail that is kept for a while.")

Flag = Annotated[bool, Parameter(negative="")]


@app.command(name="list")
def list_(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show what is in quarantine, the oldest first.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    columns = ("Id", "Came", "What", "Found", "From", "To", "Size")
    return show_list(Desk(common), paging, ListQuarantine, Look(columns, _cells))


@app.command
def show(item_id: str, *, raw: Flag = False, common: Common | None = None) -> int:
    """Show one message: what is known of it, or all of it.

    Args:
        item_id: As in the list.
        raw: Write the whole message instead: it may be dangerous.
        common: Options of every command.
    """
    desk = Desk(common)
    if raw:
        return _write(desk, item_id)
    page = desk.ask(ListQuarantine(item_id=item_id))
    if not isinstance(page, QuarantinePage):  # a Denied has ended the command
        return Exit.DENIED
    (row,) = page.rows
    if desk.common.json:
        desk.show_json(row)
        return Exit.DONE
    more = row.recipient_count - len(row.recipients)
    for name, value in (
        ("id", row.item_id),
        ("came", shown_moment(row.came_at)),
        ("what", row.verdict),
        ("found", row.words),
        ("from", row.reverse_path or "<>"),
        ("to", ", ".join(row.recipients) + (f" and {more} more" if more else "")),
        ("handed in by", row.client),
        ("size", shown_octets(row.size_octets)),
    ):
        print(f"{name}: {printed(value)}")
    return Exit.DONE


@app.command
def release(*ids: str, common: Common | None = None) -> int:
    """Let recipients have messages as they came; they are not looked at again.

    Args:
        ids: As in the list.
        common: Options of every command.
    """
    return _steer(Desk(common), "release", ids, "on the way to its recipients")


@app.command
def delete(*ids: str, common: Common | None = None) -> int:
    """Throw messages away.

    Args:
        ids: As in the list.
        common: Options of every command.
    """
    return _steer(Desk(common), "delete", ids, "thrown away")


def _steer(
    desk: Desk, deed: Literal["release", "delete"], ids: tuple[str, ...], done: str
) -> int:
    if not ids:
        desk.fail("name at least one, as in the list", Exit.USAGE)
    answer = desk.ask(SteerQuarantine(deed, ids, administrator()))
    if not isinstance(answer, QuarantineSteered):  # a Denied has ended the command
        return Exit.DENIED
    if desk.common.json:
        desk.show_json(answer)
    else:
        print(f"{counted(answer.messages, 'message')} {done}")
    for one in answer.missing:
        print(f"mailmax: there is no {one} in quarantine", file=sys.stderr)
    return Exit.NOT_FOUND if answer.missing else Exit.DONE


def _write(desk: Desk, item_id: str) -> int:
    async def work(hub: HubClient) -> Denied | None:
        sheet, offset, size = Sheet(), 0, 1
        while offset < size:
            piece = await hub.ask(ReadQuarantine(item_id, offset))
            if isinstance(piece, Denied):
                return piece
            await asyncio.to_thread(sheet.write, piece.octets)
            size = piece.size_octets
            offset += max(1, len(piece.octets))
        return None

    denied = desk.with_hub(work)
    if denied is not None:
        desk.deny(denied)
    return Exit.DONE


def _cells(row: QuarantineView) -> tuple[object, ...]:
    first = row.recipients[0] if row.recipients else ""
    more = row.recipient_count - 1
    return (
        row.item_id,
        shown_moment(row.came_at),
        row.verdict,
        row.words,
        row.reverse_path or "<>",
        f"{first} and {more} more" if more > 0 else first,
        shown_octets(row.size_octets),
    )
