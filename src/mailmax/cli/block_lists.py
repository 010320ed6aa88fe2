"""``mailmax dnsbl``: how the block lists are, what they say (manual 4.2)."""

from collections.abc import Iterable, Iterator
from typing import Final

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.contract.block_lists import (
    BlockListPage,
    BlockListsTried,
    BlockListView,
    ListBlockLists,
    TryBlockLists,
    Verdict,
)

_VERDICTS: Final[dict[Verdict, str]] = {
    "listed": "listed",
    "free": "not listed",
    "silent": "no answer",
    "disabled": "not used",
}
_COLUMNS = ("List", "Host", "State", "Since", "Asked", "Listed", "Silent", "Why")


app = App(name="dnsbl", help="Block lists: how they are; what they say of an address.")


@app.command(name="list")
def list_(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show the block lists that clients of port 25 are looked up in, and how they are.

    Numbers count since the list was chosen or SMTPMax was started. A list that fails
    its test or does not answer is disabled, and tried again by itself.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    return show_list(Desk(common), paging, ListBlockLists, Look(_COLUMNS, _cells))


@app.command(name="test")
def try_address(address: str, *, node: str = "", common: Common | None = None) -> int:
    """Look an address up in all block lists that are set, also while they are off.

    Ends with 0 where no list speaks against the address.

    Args:
        address: IPv4 or IPv6.
        node: Asked by that computer; by default by one where SMTPMax runs.
        common: Options of every command.
    """
    desk = Desk(common)
    tried = desk.ask(TryBlockLists(address, node))
    if not isinstance(tried, BlockListsTried):  # a Denied has ended the command
        return Exit.DENIED
    if desk.common.json:
        desk.show_json(tried)
    else:
        for one in tried.verdicts:
            took = f"{one.seconds * 1000:.0f} ms"
            print(one.entry, _VERDICTS[one.verdict], one.words, took, sep="\t")
    is_listed = any(one.verdict == "listed" for one in tried.verdicts)
    return Exit.FOUND if is_listed else Exit.DONE


def all_block_lists(desk: Desk) -> list[BlockListView]:
    """Ask for every block list."""
    rows: list[BlockListView] = []
    page = desk.ask(ListBlockLists())
    while isinstance(page, BlockListPage):
        rows += page.rows
        if not page.next:
            break
        page = desk.ask(ListBlockLists(page.next))
    return rows


def alarms(rows: Iterable[BlockListView]) -> Iterator[str]:
    """Yield a line for each block list that is not used."""
    for one in rows:
        if one.state == "disabled":
            since = shown_moment(one.since)
            yield f"block list {one.entry} is disabled since {since}: {one.why}"


def _cells(one: BlockListView) -> tuple[object, ...]:
    return (
        one.entry,
        one.node,
        one.state,
        shown_moment(one.since),
        one.asked,
        one.listed,
        one.silent,
        one.why,
    )
