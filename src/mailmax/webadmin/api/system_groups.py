"""Groups of saved connections: they keep a long list in order, and do nothing else.

Rules:
    With a group go the connections in it, once that was confirmed; the systems lose
    nothing.

Manual: 2.3.1, 11.1.
"""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

import msgspec

from mailmax.hub.contract import systems as asked
from mailmax.hub.contract.lists import LIST_ROWS
from mailmax.webadmin.api.words import Carried, carried
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.problems import not_found
from mailmax.webadmin.rest.routes import BASE, Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_SYSTEM = nobodys(Whose.SYSTEM)
_COLUMNS = Columns(sorted=("name", "systems"), own=("name",), searched=("name",))
Name = Annotated[str, msgspec.Meta(max_length=200)]


class SystemGroup(msgspec.Struct, frozen=True):
    """A group of saved connections."""

    name: str
    systems: int


class GroupName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a group is called."""

    name: Name


class RemovingGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether it is meant."""

    confirmed: bool = False
    """It is known how many saved connections go with it."""


@route(
    "GET /system-groups",
    scope="systems:read",
    owner=_SYSTEM,
    shape=Shape(query=Asked, gives=Page[SystemGroup], sorts=_COLUMNS.sorted),
)
async def list_system_groups(call: Call) -> Page[SystemGroup]:
    """List the groups of saved connections by name."""

    async def read(cursor: str, limit: int) -> Page[SystemGroup]:
        return await _page(call, cursor, limit)

    return await part_of(call.asked(Asked), read, _COLUMNS)


@route(
    "GET /system-groups/{group}",
    scope="systems:read",
    owner=_SYSTEM,
    shape=Shape(gives=SystemGroup),
)
async def show_system_group(call: Call) -> SystemGroup:
    """Show how many saved connections are in a group."""
    name = call.params["group"]
    page = await _page(call, "", LIST_ROWS)
    while True:
        for row in page.rows:
            if row.name == name:
                return row
        if not page.next:
            raise not_found("there is no such group")
        page = await _page(call, page.next, LIST_ROWS)


@route(
    "POST /system-groups",
    scope="systems:write",
    owner=_SYSTEM,
    shape=Shape(takes=GroupName, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_system_group(call: Call) -> Answer:
    """Make a group with nothing in it."""
    name = call.taken(GroupName).name
    changed = await call.change(asked.AddSystemGroup(name))
    where = f"{BASE}/system-groups/{quote(name.strip(), safe='')}"
    return made(carried(changed), where)


@route(
    "PUT /system-groups/{group}",
    scope="systems:write",
    owner=_SYSTEM,
    shape=Shape(takes=GroupName, gives=Carried, shown_by=show_system_group.handler),
)
async def rename_system_group(call: Call) -> Carried:
    """Call a group something else."""
    new = call.taken(GroupName).name
    return carried(
        await call.change(asked.RenameSystemGroup(call.params["group"], new))
    )


@route(
    "DELETE /system-groups/{group}",
    scope="systems:write",
    owner=_SYSTEM,
    shape=Shape(query=RemovingGroup, gives=Carried, shown_by=show_system_group.handler),
)
async def remove_system_group(call: Call) -> Carried:
    """Forget a group with the saved connections in it; no system loses anything."""
    confirmed = call.asked(RemovingGroup).confirmed
    request = asked.RemoveSystemGroup(call.params["group"], confirmed)
    return carried(await call.change(request))


ROUTES = (
    list_system_groups,
    show_system_group,
    add_system_group,
    rename_system_group,
    remove_system_group,
)


async def _page(call: Call, cursor: str, limit: int) -> Page[SystemGroup]:
    request = asked.ListSystemGroups(cursor, limit)
    page = await call.ask(request, asked.SystemGroupPage)
    rows = [SystemGroup(row.name, row.systems) for row in page.rows]
    return Page(rows, page.next)
