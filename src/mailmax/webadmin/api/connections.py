"""Connections: listening addresses, and the services that listen there.

Rules:
    The address is never changed: filters, bans and sessions depend on it. A service
    is named by its configured port too (0: the system's default), so that several of
    a kind can be told apart.

Manual: 2.5, 5.1, 5.5, 5.6.
"""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, Detail
from mailmax.hub.contract.bindings import (
    AddBinding,
    AddListener,
    BindingPage,
    BindingView,
    ChangeBinding,
    ChangeListener,
    DeleteBinding,
    DeleteListener,
    DoorView,
    ListBindings,
    ListenerView,
    ShowBinding,
    SwitchListener,
)
from mailmax.settings.binding import BINDING_SETTINGS
from mailmax.settings.field import BadValue
from mailmax.settings.listener import LISTENER_SETTINGS
from mailmax.settings.resolve import read_typed
from mailmax.webadmin.api.words import Carried, Value, carried, typed, values_of
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.problems import not_found, of_bad_value
from mailmax.webadmin.rest.routes import BASE, Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_SYSTEM = nobodys(Whose.SYSTEM)
_COLUMNS = Columns(
    sorted=("address", "display_name", "default_domain", "bans_trap_senders"),
    own=("address",),
    searched=("address", "display_name", "default_domain"),
)
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Door(msgspec.Struct, frozen=True):
    """How a service listens on one computer."""

    node: str
    port: int
    """Where it really listens."""
    state: str
    """open, opening, trouble, or elsewhere (the address is none of that computer)."""
    reason: str
    """Why not."""
    sessions: int
    is_paused: bool
    """The high water mark was reached: new clients wait."""


class Listener(msgspec.Struct, frozen=True):
    """A service at a listening address, as it is set."""

    service: str
    port: int
    """0: the system's default."""
    default_port: int
    """What 0 stands for."""
    low_water: int
    high_water: int
    step: int
    is_open: bool


class LiveListener(Listener, frozen=True):
    """The same, and how it is."""

    doors: list[Door] = []


class Connection(msgspec.Struct, frozen=True):
    """A listening address in a list."""

    address: str
    display_name: str
    default_domain: str
    bans_trap_senders: bool
    services: list[LiveListener]


class ConnectionDetail(msgspec.Struct, frozen=True):
    """A listening address with all its settings."""

    address: str
    settings: list[Value]


class NewConnection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A listening address to be."""

    address: Short
    """IPv4, IPv6, or `*` for any."""
    settings: dict[str, Any] = {}
    services: list[str] | None = None
    """Null: every one that has a standard port."""


class ConnectionPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings to be changed; null takes the own value away."""

    settings: dict[str, Any]


class NewListener(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service to be, open at once."""

    service: Short
    settings: dict[str, Any] = {}
    """port, low_water, high_water, step."""


class ListenerPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be changed; null is the default again."""

    settings: dict[str, Any] = {}
    is_open: bool | None = None


@route(
    "GET /connections",
    scope="connections:read",
    owner=_SYSTEM,
    shape=Shape(query=Asked, gives=Page[Connection], sorts=_COLUMNS.sorted),
)
async def list_connections(call: Call) -> Page[Connection]:
    """List the listening addresses with their services, and how these are now."""

    async def read(cursor: str, limit: int) -> Page[Connection]:
        page = await call.ask(ListBindings(cursor, limit), BindingPage)
        return Page([_row(row) for row in page.rows], page.next)

    return await part_of(call.asked(Asked), read, _COLUMNS)


@route(
    "GET /connections/{connection}",
    scope="connections:read",
    owner=_SYSTEM,
    shape=Shape(gives=ConnectionDetail),
)
async def show_connection(call: Call) -> ConnectionDetail:
    """Show the settings of a listening address."""
    detail = await call.ask(ShowBinding(call.params["connection"]), Detail)
    rows = values_of(detail, BINDING_SETTINGS, "binding", "system")
    return ConnectionDetail(detail.name, rows)


@route(
    "POST /connections",
    scope="connections:write",
    owner=_SYSTEM,
    shape=Shape(takes=NewConnection, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_connection(call: Call) -> Answer:
    """Add a listening address; it cannot be changed later."""
    new = call.taken(NewConnection)
    services = None if new.services is None else tuple(new.services)
    request = AddBinding(new.address, typed(new.settings), services)
    changed = await call.change(request)
    return made(
        carried(changed), f"{BASE}/connections/{quote(new.address.strip(), safe='')}"
    )


@route(
    "PATCH /connections/{connection}",
    scope="connections:write",
    owner=_SYSTEM,
    shape=Shape(takes=ConnectionPatch, gives=Carried, shown_by=show_connection.handler),
)
async def change_connection(call: Call) -> Carried:
    """Change settings of a listening address; null takes the own value away."""
    values = typed(call.taken(ConnectionPatch).settings)
    return carried(await call.change(ChangeBinding(call.params["connection"], values)))


@route(
    "DELETE /connections/{connection}",
    scope="connections:write",
    owner=_SYSTEM,
    shape=Shape(gives=Carried, shown_by=show_connection.handler),
)
async def delete_connection(call: Call) -> Carried:
    """Delete a listening address with its services, filters and bans."""
    return carried(await call.change(DeleteBinding(call.params["connection"])))


@route(
    "GET /connections/{connection}/services/{service}/{port}",
    scope="connections:read",
    owner=_SYSTEM,
    shape=Shape(gives=Listener),
)
async def show_listener(call: Call) -> Listener:
    """Show how a service at a listening address is set."""
    service, port = call.params["service"], _port(call)
    address = await _canonical(call)
    async for row in _every(call):
        if row.address == address:
            for one in row.listeners:
                if (one.service, one.port) == (service, port):
                    return Listener(**_fields(one))
    raise not_found()


@route(
    "POST /connections/{connection}/services",
    scope="connections:write",
    owner=_SYSTEM,
    shape=Shape(takes=NewListener, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_listener(call: Call) -> Answer:
    """Add a service at a listening address; it is open at once."""
    new = call.taken(NewListener)
    address = call.params["connection"]
    values = typed(new.settings)
    port = _checked_port(values)
    changed = await call.change(AddListener(address, new.service, values))
    place = f"{quote(address, safe='')}/services/{quote(new.service, safe='')}/{port}"
    return made(carried(changed), f"{BASE}/connections/{place}")


@route(
    "PATCH /connections/{connection}/services/{service}/{port}",
    scope="connections:write",
    owner=_SYSTEM,
    shape=Shape(takes=ListenerPatch, gives=Carried, shown_by=show_listener.handler),
)
async def change_listener(call: Call) -> Carried:
    """Change port and water marks of a service, open it or close it."""
    patch = call.taken(ListenerPatch)
    address, service, port = (
        call.params["connection"],
        call.params["service"],
        _port(call),
    )
    told = Carried()
    if patch.settings:
        values = typed(patch.settings)
        _checked_port(values)
        request = ChangeListener(address, service, values, port)
        told = carried(await call.change(request))
        port = int(values["port"] or 0) if "port" in values else port
    if patch.is_open is not None:
        switch = SwitchListener(address, service, patch.is_open, port)
        told = carried(await call.change(switch))
    return told


@route(
    "DELETE /connections/{connection}/services/{service}/{port}",
    scope="connections:write",
    owner=_SYSTEM,
    shape=Shape(gives=Carried, shown_by=show_listener.handler),
)
async def delete_listener(call: Call) -> Carried:
    """Remove a service from a listening address; its sessions end."""
    request = DeleteListener(
        call.params["connection"], call.params["service"], _port(call)
    )
    return carried(await call.change(request))


ROUTES = (
    list_connections,
    show_connection,
    add_connection,
    change_connection,
    delete_connection,
    show_listener,
    add_listener,
    change_listener,
    delete_listener,
)


def _row(view: BindingView) -> Connection:
    return Connection(
        view.address,
        view.display_name,
        view.default_domain,
        view.bans_trap_senders,
        [
            LiveListener(**_fields(one), doors=_doors(one.doors))
            for one in view.listeners
        ],
    )


def _fields(view: ListenerView) -> dict[str, Any]:
    return {
        key: getattr(view, key)
        for key in (
            *("service", "port", "default_port", "low_water", "high_water", "step"),
            "is_open",
        )
    }


def _doors(views: tuple[DoorView, ...]) -> list[Door]:
    return [
        Door(one.node, one.port, one.state, one.reason, one.sessions, one.is_paused)
        for one in views
    ]


def _port(call: Call) -> int:
    text = call.params["port"]
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):
        raise not_found()
    return int(text)


def _checked_port(values: dict[str, str]) -> int:
    """Return the port that was typed.

    Raises:
        Problem: The values cannot be used.
    """
    read = read_typed(LISTENER_SETTINGS, values)
    if isinstance(read, BadValue):
        raise of_bad_value(read)
    return int(read.get("port") or 0)


async def _canonical(call: Call) -> str:
    return (await call.ask(ShowBinding(call.params["connection"]), Detail)).name


async def _every(call: Call) -> Any:
    after = ""
    while True:
        page = await call.ask(ListBindings(after, PAGE_ROWS), BindingPage)
        for row in page.rows:
            yield row
        after = page.next
        if not after:
            return
