"""Block lists and blocked clients: how the lists are, and who is kept out for a while.

Manual: 4.2, 4.3.
"""

from typing import Annotated

import msgspec

from mailmax.hub.contract.block_lists import (
    BlockListPage,
    BlockListsTried,
    BlockListView,
    ListBlockLists,
    TryBlockLists,
)
from mailmax.hub.contract.visitors import BlockPage, ListBlocks, Pardon
from mailmax.webadmin.api.words import Carried, carried, moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.routes import Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_SYSTEM = nobodys(Whose.SYSTEM)
_LISTS = Columns(
    sorted=("entry", "node", "state", "since", "asked", "listed", "silent"),
    own=("entry", "node"),
    searched=("entry", "node", "state", "reason"),
)
_CLIENTS = Columns(
    sorted=("address", "seconds_left"), own=("address",), searched=("address",)
)


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


class AddressToLookUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address to be looked up."""

    address: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    node: Annotated[str, msgspec.Meta(max_length=255)] = ""
    """By which computer; empty: by one where SMTPMax runs."""


class ListAnswer(msgspec.Struct, frozen=True):
    """What one list says of an address."""

    entry: str
    verdict: str
    """listed, free, silent (no answer in time), or disabled (not believed)."""
    words: str
    """The list's own of one that it lists; what is wrong with a disabled one."""
    took_ms: int
    """Milliseconds."""


class AddressTried(msgspec.Struct, frozen=True):
    """What all lists that are set say of an address, in their order."""

    node: str
    """Who asked them."""
    is_on: bool
    """Clients are looked up in the lists."""
    answers: list[ListAnswer]


class Blocked(msgspec.Struct, frozen=True):
    """An address that is kept out, for it tried too many recipients."""

    address: str
    seconds_left: int


@route(
    "GET /block_lists",
    scope="block_lists:read",
    owner=_SYSTEM,
    shape=Shape(query=Asked, gives=Page[BlockList], sorts=_LISTS.sorted),
)
async def list_block_lists(call: Call) -> Page[BlockList]:
    """List the block lists with their state and numbers."""

    async def read(cursor: str, limit: int) -> Page[BlockList]:
        page = await call.ask(ListBlockLists(cursor, limit), BlockListPage)
        return Page([_row(row) for row in page.rows], page.next)

    return await part_of(call.asked(Asked), read, _LISTS)


@route(
    "GET /block_lists/try",
    scope="block_lists:read",
    owner=_SYSTEM,
    shape=Shape(query=AddressToLookUp, gives=AddressTried),
)
async def try_block_lists(call: Call) -> AddressTried:
    """Ask all block lists that are set about an address, also while they are off."""
    asked = call.asked(AddressToLookUp)
    request = TryBlockLists(asked.address, asked.node)
    tried = await call.ask(request, BlockListsTried)
    answers = [
        ListAnswer(one.entry, one.verdict, one.words, round(one.seconds * 1000))
        for one in tried.verdicts
    ]
    return AddressTried(tried.node, tried.is_on, answers)


@route(
    "GET /blocked_clients",
    scope="block_lists:read",
    owner=_SYSTEM,
    shape=Shape(query=Asked, gives=Page[Blocked], sorts=_CLIENTS.sorted),
)
async def list_blocked(call: Call) -> Page[Blocked]:
    """List the clients that tarpitting keeps out now."""

    async def read(cursor: str, limit: int) -> Page[Blocked]:
        page = await call.ask(ListBlocks(cursor, limit), BlockPage)
        rows = [Blocked(row.address, round(row.left_s)) for row in page.rows]
        return Page(rows, page.next)

    return await part_of(call.asked(Asked), read, _CLIENTS)


@route(
    "DELETE /blocked_clients/{client}",
    scope="block_lists:write",
    owner=_SYSTEM,
    shape=Shape(gives=Carried),
)
async def pardon_client(call: Call) -> Carried:
    """Let a client in again."""
    return carried(await call.change(Pardon(call.params["client"])))


ROUTES = (list_block_lists, try_block_lists, list_blocked, pardon_client)


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
