"""Administrators: who administers the system, and who which domains.

Rules:
    Only a system administrator makes administrators (TRUST I3). Whoever's rights
    change signs in anew.

Manual: 7.4.
"""

import json
from typing import Annotated

import msgspec

from mailmax.hub.contract.administration import Detail
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.users import (
    ADMINISTERS,
    SYSTEM_ADMINISTRATOR,
    ListUsers,
    ShowUser,
    UserPage,
)
from mailmax.webadmin.api.words import Carried, carried
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page, choice_of
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class AdministratorRow(msgspec.Struct, frozen=True):
    """An administrator in a list."""

    address: str
    is_system: bool
    domain_count: int
    """How many domains, where it is not the whole system."""


class Administration(msgspec.Struct, frozen=True):
    """What a user administers."""

    address: str
    is_system: bool
    domains: list[str]


class NewAdministration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a user shall administer: these domains and no others, or the system."""

    domains: Annotated[list[Name], msgspec.Meta(max_length=10_000)] = []
    is_system: bool = False
    confirmed: bool = False
    """Without it nobody is made a system administrator."""


@route(
    "GET /administrators",
    scope="administrators:read",
    owner=_SYSTEM,
    shape=Shape(query=Asked, gives=Page[AdministratorRow]),
)
async def list_administrators(call: Call) -> Page[AdministratorRow]:
    """List who administers the system, or domains of it."""
    choice = choice_of(call.asked(Asked), call.principal)
    request = ListUsers("", choice, administrators=True)
    page = await call.ask(request, UserPage)
    rows = [
        AdministratorRow(row.address, row.is_system_administrator, row.administers)
        for row in page.rows
    ]
    return Page(rows, page.next, page.total)


@route(
    "GET /administrators/{address}",
    scope="administrators:read",
    owner=_SYSTEM,
    shape=Shape(gives=Administration),
)
async def show_administrator(call: Call) -> Administration:
    """Show what a user administers."""
    detail = await call.ask(ShowUser(call.params["address"]), Detail)
    told = {row.key: row.value for row in detail.rows}
    domains = json.loads(told.get(ADMINISTERS, "[]"))
    is_system = json.loads(told.get(SYSTEM_ADMINISTRATOR, "false"))
    return Administration(detail.name, bool(is_system), sorted(domains))


@route(
    "PUT /administrators/{address}",
    scope="administrators:write",
    owner=_SYSTEM,
    shape=Shape(
        takes=NewAdministration, gives=Carried, shown_by=show_administrator.handler
    ),
)
async def set_administrator(call: Call) -> Carried:
    """Let a user administer domains or the system, or nothing any more."""
    new = call.taken(NewAdministration)
    request = SetAdministration(
        call.params["address"], tuple(new.domains), new.is_system, new.confirmed
    )
    return carried(await call.change(request))


ROUTES = (list_administrators, show_administrator, set_administrator)
