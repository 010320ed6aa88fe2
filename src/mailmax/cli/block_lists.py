"""``mailmax dnsbl``: how the block lists are (manual 4.2)."""

from collections.abc import Iterable, Iterator

from mailmax.cli.desk import Common, Desk
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.contract.block_lists import (
    BlockListPage,
    BlockListView,
    ListBlockLists,
)

_COLUMNS = ("List", "Host", "State", "Since", "Asked", "Listed", "Silent", "Why")


def dnsbl(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show the block lists that clients of port 25 are looked up in, and how they are.

    Numbers count since the list was chosen or SMTPMax was started. A list that fails
    its test or does not answer is disabled, and tried again by itself.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    return show_list(Desk(common), paging, ListBlockLists, Look(_COLUMNS, _cells))


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
