"""Domains: list, show, add, change, delete.

Rules:
    A domain's administrators see it, and change what is left to them (`reserved`);
    the rest is the system administrator's.

Manual: 6.1, 6.2, 6.6, 7.4.
"""

from http import HTTPStatus
from typing import Annotated, Any, get_args
from urllib.parse import quote

import msgspec

from mailmax.hub.contract.administration import DeleteWay, Detail
from mailmax.hub.contract.domains import (
    AddDomain,
    ChangeDomain,
    DeleteDomain,
    DomainPage,
    DomainService,
    DomainView,
    ListDomains,
    ShowDomain,
)
from mailmax.hub.contract.rows import DomainKind
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.webadmin.api.reserved import check_open, marked
from mailmax.webadmin.api.words import Carried, Value, carried, typed, values_of
from mailmax.webadmin.authorize import DomainAdministrator, Whose
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Kinds, Page, choice_of, kinds_of
from mailmax.webadmin.rest.routes import BASE, Shape, domains, nobodys, route


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
    directory: str
    """Of its mail."""
    max_users: int
    """0: as many as you like."""
    box_limit_octets: int
    """Of a user who has none; 0: no limit."""
    used_octets: int | None
    """What the mail of its users comes to, of those who are known; None: of none."""


class DomainFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only domains for which all that holds."""

    kind: Kinds = ""
    smtp_suspended: bool | None = None
    pop3_suspended: bool | None = None
    imap_suspended: bool | None = None
    web_suspended: bool | None = None


class DomainList(Asked, frozen=True, forbid_unknown_fields=True):
    """Which part of the list."""

    filter: DomainFilter = DomainFilter()


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
    shape=Shape(query=DomainList, gives=Page[Domain]),
)
async def list_domains(call: Call) -> Page[Domain]:
    """List domains: searched, sorted by a column, filtered."""
    asked = call.asked(DomainList)
    wanted = asked.filter
    stopped: dict[DomainService, bool | None] = {
        "smtp": wanted.smtp_suspended,
        "pop3": wanted.pop3_suspended,
        "imap": wanted.imap_suspended,
        "web": wanted.web_suspended,
    }
    request = ListDomains(
        choice_of(asked, call.principal),
        kinds_of(wanted.kind, get_args(DomainKind)),
        {service: is_so for service, is_so in stopped.items() if is_so is not None},
    )
    page = await call.ask(request, DomainPage)
    return Page([_row(row) for row in page.rows], page.next, page.total)


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
    return DomainDetail(detail.name, marked(rows, call.principal), detail.note)


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
        check_open(call.principal, settings)
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
        view.directory,
        view.max_users,
        view.box_limit_octets,
        view.used_octets,
    )
