"""Saved connections: other systems that are administered from here.

Rules:
    Only who administers this whole system sees, changes or uses them. A password goes
    in and never comes out. Given a host and a port, nothing but the hub's own words
    is ever said there.

Manual: 1.3, 2.1, 2.2, 11.1.
"""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

import msgspec

from mailmax.hub.contract import systems as asked
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.summary import AskSummary, Summary
from mailmax.settings.field import BadValue
from mailmax.settings.host_port import split_host_port
from mailmax.settings.kinds import smart_host
from mailmax.webadmin.api.words import Carried, address_of, carried
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.elsewhere.trying import try_place
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.problems import of_bad_value
from mailmax.webadmin.rest.routes import BASE, Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_PASSWORD_TOO = BadValue(
    "password",
    "what is saved is not said to another host or port",
    "give the host password that is set there",
)
_SYSTEM = nobodys(Whose.SYSTEM)
_COLUMNS = Columns(sorted=("name", "host", "port", "group"), own=("name",))
Name = Annotated[str, msgspec.Meta(max_length=200)]
Host = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)]


class System(msgspec.Struct, frozen=True):
    """A saved connection."""

    name: str
    """What it is registered as here; `/s/NAME/…` is the API of that system."""
    host: str
    port: int
    group: str
    """Empty: in none."""


class NewSystem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A connection to be saved."""

    name: Name
    host: Host
    port: Port
    password: Password
    """The other system's host password; it is kept sealed and never shown."""
    group: Name = ""

    def __repr__(self) -> str:
        return "NewSystem(…)"


class SystemPatch(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What is to be changed; the other system goes on with its own host password."""

    name: Name | None = None
    host: Host | None = None
    port: Port | None = None
    password: Password | None = None
    """What is said to it; wanted where host or port change."""
    group: Name | None = None
    """Empty: out of its group."""

    def __repr__(self) -> str:
        return "SystemPatch(…)"


class SystemTrial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is tried before it is saved."""

    host: Host
    port: Port
    password: Annotated[str, msgspec.Meta(max_length=1_024)] = ""
    """Empty: that which is saved for `name`, at the place that is saved."""
    name: Name = ""

    def __repr__(self) -> str:
        return "SystemTrial(…)"


class SystemFound(msgspec.Struct, frozen=True):
    """It is there and lets itself be administered."""

    system_name: str
    """What it calls itself."""
    version: str
    domains: int
    users: int


@route(
    "GET /systems",
    scope="systems:read",
    owner=_SYSTEM,
    shape=Shape(query=Asked, gives=Page[System], sorts=_COLUMNS.sorted),
)
async def list_systems(call: Call) -> Page[System]:
    """List the saved connections by name."""
    part = call.asked(Asked)

    async def read(cursor: str, limit: int) -> Page[System]:
        request = asked.ListSystems(cursor, limit, search=part.q)
        page = await call.ask(request, asked.SystemPage)
        return Page([_row(row) for row in page.rows], page.next)

    return await part_of(part, read, _COLUMNS)


@route(
    "GET /systems/{system}",
    scope="systems:read",
    owner=_SYSTEM,
    shape=Shape(gives=System),
)
async def show_system(call: Call) -> System:
    """Show a saved connection, without its password."""
    return await _shown(call)


@route(
    "POST /systems",
    scope="systems:write",
    owner=_SYSTEM,
    shape=Shape(takes=NewSystem, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_system(call: Call) -> Answer:
    """Save a connection; the other system is not asked."""
    new = call.taken(NewSystem)
    request = asked.AddSystem(
        new.name, address_of(new.host, new.port), Secret(new.password), new.group
    )
    changed = await call.change(request)
    where = f"{BASE}/systems/{quote(new.name.strip(), safe='')}"
    return made(carried(changed), where)


@route(
    "PATCH /systems/{system}",
    scope="systems:write",
    owner=_SYSTEM,
    shape=Shape(takes=SystemPatch, gives=Carried, shown_by=show_system.handler),
)
async def change_system(call: Call) -> Carried:
    """Change what is saved; the other system is not asked."""
    patch = call.taken(SystemPatch)
    address = None
    if patch.host is not None or patch.port is not None:
        kept = await _shown(call)
        address = address_of(patch.host or kept.host, patch.port or kept.port)
    secret = None if patch.password is None else Secret(patch.password)
    request = asked.ChangeSystem(
        call.params["system"], patch.name, address, secret, patch.group
    )
    return carried(await call.change(request))


@route(
    "DELETE /systems/{system}",
    scope="systems:write",
    owner=_SYSTEM,
    shape=Shape(gives=Carried, shown_by=show_system.handler),
)
async def remove_system(call: Call) -> Carried:
    """Forget a saved connection; the other system keeps all it has."""
    return carried(await call.change(asked.RemoveSystem(call.params["system"])))


@route(
    "POST /systems/try",
    scope="systems:write",
    owner=_SYSTEM,
    shape=Shape(takes=SystemTrial, gives=SystemFound),
)
async def try_system(call: Call) -> SystemFound:
    """Look whether a system is there, takes the password and may be administered."""
    found = await try_place(await _door(call, call.taken(SystemTrial)))
    return SystemFound(found.name, found.version, found.domains, found.users)


ROUTES = (
    list_systems,
    show_system,
    add_system,
    change_system,
    remove_system,
    try_system,
)


async def _door(call: Call, trial: SystemTrial) -> asked.SystemDoor:
    address = address_of(trial.host, trial.port)
    if not trial.password:
        request = asked.AskSystemDoor(call.caller.actor, trial.name)
        door = await call.ask(request, asked.SystemDoor)
        if door.address == address:
            return door
        raise of_bad_value(_PASSWORD_TOO)
    checked = smart_host("host", address)
    if isinstance(checked, BadValue):
        raise of_bad_value(checked)
    summary = await call.ask(AskSummary(), Summary)
    name = trial.name or address
    return asked.SystemDoor(name, checked, Secret(trial.password), summary.system_name)


async def _shown(call: Call) -> System:
    request = asked.ListSystems(limit=1, name=call.params["system"])
    page = await call.ask(request, asked.SystemPage)
    return _row(page.rows[0])


def _row(row: asked.SystemRow) -> System:
    host, port = split_host_port(row.address) or (row.address, 0)
    return System(row.name, host, port, row.group)
