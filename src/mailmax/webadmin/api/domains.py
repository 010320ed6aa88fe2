"""Domains: list, show, add, change, delete.

Rules:
    A domain's administrators see it, and change what DECISIONS 25 leaves to them;
    the rest is the system administrator's.

Manual: 6.1, 6.2, 6.6, 7.4.
"""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, DeleteWay, Detail
from mailmax.hub.contract.domains import (
    AddDomain,
    ChangeDomain,
    DeleteDomain,
    DomainPage,
    DomainView,
    ListDomains,
    ShowDomain,
)
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.webadmin.api.words import Carried, Value, carried, typed, values_of
from mailmax.webadmin.authorize import DomainAdministrator, Whose, domain_of
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Page, Paging, unwrap, wrap
from mailmax.webadmin.rest.problems import Problem
from mailmax.webadmin.rest.routes import BASE, Shape, domains, nobodys, route

OPEN_KEYS = frozenset({"catch_all", "over_limit_notice", "over_limit_threshold"})
"""What a domain's administrators may change (DECISIONS 25)."""


class Domain(msgspec.Struct, frozen=True):
    """A domain in a list."""

    name: str
    kind: str
    users: int
    aliases: int
    names: list[str]
    """Other names of it."""
    suspended: list[str]
    """Services that are stopped for it."""


class DomainDetail(msgspec.Struct, frozen=True):
    """A domain with all its settings."""

    name: str
    settings: list[Value]
    note: str = ""


class NewDomain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A domain to be."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    settings: dict[str, Any] = {}


class DomainPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings to be changed; null takes the own value away."""

    settings: dict[str, Any]


class Deleting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a domain goes."""

    way: DeleteWay = "database"
    """What becomes of the files."""
    with_users: bool = False
    confirmed: bool = False
    """Also where others point to it."""


@route(
    "GET /domains",
    scope="domains:read",
    owner=nobodys(Whose.ADMINISTERED),
    shape=Shape(query=Paging, gives=Page[Domain]),
)
async def list_domains(call: Call) -> Page[Domain]:
    """List the domains by name."""
    asked = call.asked(Paging)
    principal = call.principal
    after = unwrap(asked.cursor)
    if not isinstance(principal, DomainAdministrator):
        page = await call.ask(ListDomains(after, asked.limit), DomainPage)
        return Page([_row(row) for row in page.rows], wrap(page.next))
    own = [row for row in await _all(call, after) if row.name in principal.domains]
    rows = own[: asked.limit]
    following = rows[-1].name if len(own) > len(rows) else ""
    return Page([_row(row) for row in rows], wrap(following))


@route(
    "GET /domains/{name}",
    scope="domains:read",
    owner=domains("name"),
    shape=Shape(gives=DomainDetail),
)
async def show_domain(call: Call) -> DomainDetail:
    """Show a domain with all its settings, and where each was set."""
    detail = await call.ask(ShowDomain(call.params["name"]), Detail)
    rows = values_of(detail, DOMAIN_SETTINGS, "domain", "system")
    return DomainDetail(detail.name, rows, detail.note)


@route(
    "POST /domains",
    scope="domains:write",
    owner=nobodys(Whose.SYSTEM),
    shape=Shape(takes=NewDomain, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_domain(call: Call) -> Answer:
    """Add a domain."""
    new = call.taken(NewDomain)
    changed = await call.change(AddDomain(new.name, typed(new.settings)))
    return made(carried(changed), f"{BASE}/domains/{quote(new.name, safe='')}")


@route(
    "PATCH /domains/{name}",
    scope="domains:write",
    owner=domains("name", is_open=True),
    shape=Shape(takes=DomainPatch, gives=Carried, shown_by=show_domain.handler),
)
async def change_domain(call: Call) -> Carried:
    """Change settings of a domain; null takes the own value away."""
    settings = call.taken(DomainPatch).settings
    if isinstance(call.principal, DomainAdministrator):
        _check_open(call.principal, settings)
    name = call.params["name"]
    return carried(await call.change(ChangeDomain(name, typed(settings))))


@route(
    "DELETE /domains/{name}",
    scope="domains:write",
    owner=domains("name"),
    shape=Shape(query=Deleting, gives=Carried, shown_by=show_domain.handler),
)
async def delete_domain(call: Call) -> Carried:
    """Delete a domain; what points to it is listed first."""
    way = call.asked(Deleting)
    name = call.params["name"]
    request = DeleteDomain(name, way.with_users, way.way, way.confirmed)
    return carried(await call.change(request))


ROUTES = (list_domains, show_domain, add_domain, change_domain, delete_domain)


def _row(view: DomainView) -> Domain:
    return Domain(
        view.name,
        view.kind,
        view.users,
        view.aliases,
        list(view.names),
        list(view.suspended),
    )


async def _all(call: Call, after: str) -> list[DomainView]:
    rows: list[DomainView] = []
    while True:
        page = await call.ask(ListDomains(after, PAGE_ROWS), DomainPage)
        rows += page.rows
        after = page.next
        if not after:
            return rows


def _check_open(principal: DomainAdministrator, settings: dict[str, Any]) -> None:
    """Refuse what is not left to a domain's administrators.

    Raises:
        Problem: Names the first.
    """
    for key, value in settings.items():
        if key not in OPEN_KEYS:
            detail = "only a system administrator may change this"
            raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", detail, key[:60])
        is_address = key == "catch_all" and bool(value)
        if is_address and domain_of(str(value)) not in principal.domains:
            detail = "there is no such user in your domains"
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            raise Problem(status, "bad_value", detail, key)
