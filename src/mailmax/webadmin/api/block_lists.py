"""Block lists and blocked clients: how the lists are, and who is kept out for a while.

Manual: 4.2, 4.3.
"""

import msgspec

from mailmax.hub.contract.block_lists import (
    BlockListPage,
    BlockListView,
    ListBlockLists,
)
from mailmax.hub.contract.visitors import BlockPage, ListBlocks, Pardon
from mailmax.webadmin.api.words import Carried, carried, moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Page, ShortList
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)


class BlockList(msgspec.Struct, frozen=True):
    """A list, as one SMTPMax knows it; numbers since it was chosen."""

    entry: str
    node: str
    state: str
    """untested (no client has come yet), used, or disabled."""
    reason: str
    """What is wrong with a disabled one."""
    since: str | None
    asked: int
    """Clients it was asked about."""
    listed: int
    """Clients it listed."""
    silent: int
    """Clients who waited for it in vain."""


class Blocked(msgspec.Struct, frozen=True):
    """An address that is kept out, for it tried too many recipients."""

    address: str
    seconds_left: int


@route(
    "GET /block_lists",
    scope="block_lists:read",
    owner=_SYSTEM,
    shape=Shape(query=ShortList, gives=Page[BlockList]),
)
async def list_block_lists(call: Call) -> Page[BlockList]:
    """List the block lists with their state and numbers."""
    asked = call.asked(ShortList)
    request = ListBlockLists(asked.cursor, asked.limit)
    page = await call.ask(request, BlockListPage)
    return Page([_row(row) for row in page.rows], page.next)


@route(
    "GET /blocked_clients",
    scope="block_lists:read",
    owner=_SYSTEM,
    shape=Shape(query=ShortList, gives=Page[Blocked]),
)
async def list_blocked(call: Call) -> Page[Blocked]:
    """List the clients that tarpitting keeps out now."""
    asked = call.asked(ShortList)
    page = await call.ask(ListBlocks(asked.cursor, asked.limit), BlockPage)
    rows = [Blocked(row.address, round(row.left_s)) for row in page.rows]
    return Page(rows, page.next)


@route(
    "DELETE /blocked_clients/{client}",
    scope="block_lists:write",
    owner=_SYSTEM,
    shape=Shape(gives=Carried),
)
async def pardon_client(call: Call) -> Carried:
    """Let a client in again."""
    return carried(await call.change(Pardon(call.params["client"])))


ROUTES = (list_block_lists, list_blocked, pardon_client)


def _row(view: BlockListView) -> BlockList:
    return BlockList(
        view.entry,
        view.node,
        view.state,
        view.why,
        moment(view.since),
        view.asked,
        view.listed,
        view.silent,
    )
