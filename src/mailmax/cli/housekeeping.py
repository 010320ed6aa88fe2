"""``mailmax housekeeping``."""

import asyncio
from typing import Annotated

from cyclopts import App, Parameter

from mailmax.base.units import counted, shown_octets
from mailmax.cli.desk import Common, Desk, as_plain
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.client import HubClient
from mailmax.hub.contract.housekeeping import (
    AskHousekeeping,
    Deed,
    HousekeepingView,
    ListDeeds,
    RunHousekeeping,
    RunView,
    Totals,
)
from mailmax.hub.contract.message import Denied

app = App(name="housekeeping", help="Cleaning: old mail, idle users, who is gone.")

LOOK_S = 0.2


@app.command
def status(*, common: Common | None = None) -> int:
    """Show when Housekeeping runs next, what it did last and in all.

    Args:
        common: Options of every command.
    """
    desk = Desk(common)
    view = desk.ask(AskHousekeeping())
    if not isinstance(view, HousekeepingView):  # a Denied has ended the command
        return Exit.DENIED
    if desk.common.json:
        desk.show_json(view)
        return Exit.DONE
    print(f"next run: {shown_moment(view.next_at)}")
    if view.clock_trouble:
        cure = "mailmax housekeeping run --trust-clock, if it is right now"
        print(f"NOTHING IS DELETED: {view.clock_trouble}; {cure}")
    if view.last is not None:
        _show_run(view.last)
    print(f"since {shown_moment(view.sum_since)}: {_words(view.sum)}")
    return Exit.DONE


@app.command
def run(
    *,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    domain: str = "",
    trust_clock: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """Run now and wait for the end; it goes on when this command is left.

    Args:
        dry_run: Only show what a run would delete; change nothing.
        domain: Only this one's users, and no directories of who is gone.
        trust_clock: The clock of the server is right, although it jumped.
        common: Options of every command.
    """
    desk = Desk(common)

    async def work(hub: HubClient) -> RunView | Denied:
        begun = await hub.ask(RunHousekeeping(dry_run, domain, trust_clock))
        if isinstance(begun, Denied):
            return begun
        while True:
            view = await hub.ask(AskHousekeeping())
            if isinstance(view, Denied):
                return view
            last = view.last
            if last is not None and (last.number, last.state) != (
                begun.number,
                "running",
            ):
                return last
            await asyncio.sleep(LOOK_S)

    last = desk.with_hub(work)
    if isinstance(last, Denied):
        desk.deny(last)
    if desk.common.json:
        desk.show_json(as_plain(last))
    else:
        list_(common=common)
        _show_run(last)
    return Exit.DONE if last.state == "done" else Exit.LATER


@app.command(name="list")
def list_(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show one by one what the last run did, or would do; the first 10,000.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    columns = ("What", "Whose", "Messages", "Octets", "Note")
    return show_list(Desk(common), paging, ListDeeds, Look(columns, _cells))


def _cells(row: Deed) -> tuple[object, ...]:
    return row.what, row.name, row.messages, row.octets, row.note


def _show_run(view: RunView) -> None:
    kind = "dry run" if view.dry_run else "run"
    scope = f" of {view.domain}" if view.domain else ""
    note = f", {view.note}" if view.note else ""
    moment = shown_moment(view.begun_at)
    would = "would be " if view.dry_run else ""
    print(f"{kind}{scope} of {moment}: {view.state}{note}")
    print(_words(view.totals, would))


def _words(totals: Totals, would: str = "") -> str:
    return (
        f"{counted(totals.looked_at, 'user')} looked at; "
        f"{would}deleted: {counted(totals.messages, 'message')} "
        f"({shown_octets(totals.octets)}), {counted(totals.users, 'user')}; "
        f"{totals.archived} director{'y' if totals.archived == 1 else 'ies'} "
        f"{would}put away, {totals.moved} {would}moved, {totals.removed} "
        f"{would}removed ({shown_octets(totals.removed_octets)}); "
        f"{counted(totals.troubles, 'trouble')}"
    )
