"""Other names of a domain, and how much there is of it.

Rules:
    Of many names those that are free are added; each of the others is told with what
    it is already (manual 6.3).

Limits:
    500 names at once.

Manual: 6.3, 6.6.
"""

import json
from typing import Annotated, Any

import msgspec

from mailmax.hub.contract.administration import Detail
from mailmax.hub.contract.domains import (
    ALIASES,
    OTHER_NAMES,
    USERS,
    AddDomainAlias,
    DeleteDomainAlias,
    ShowDomain,
)
from mailmax.webadmin.api.many import ManyDone, each_of
from mailmax.webadmin.api.words import Carried, carried
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.problems import not_found
from mailmax.webadmin.rest.routes import Shape, domains, route

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class DomainNames(msgspec.Struct, frozen=True):
    """What a domain is called besides."""

    names: list[str]


class NewDomainNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names to be."""

    names: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=500)]


class Extent(msgspec.Struct, frozen=True):
    """What goes with a domain."""

    users: int
    aliases: int
    """Addresses on it that are aliases of users."""
    names: list[str]
    """Other names of it."""


@route(
    "GET /domains/{name}/names",
    scope="domains:read",
    owner=domains("name"),
    shape=Shape(gives=DomainNames),
)
async def list_domain_names(call: Call) -> DomainNames:
    """Show the other names of a domain."""
    return DomainNames((await _told(call))[OTHER_NAMES])


@route(
    "GET /domains/{name}/extent",
    scope="domains:read",
    owner=domains("name"),
    shape=Shape(gives=Extent),
)
async def show_domain_extent(call: Call) -> Extent:
    """Show how many users, aliases and other names a domain has."""
    told = await _told(call)
    return Extent(told[USERS], told[ALIASES], told[OTHER_NAMES])


@route(
    "POST /domains/{name}/names",
    scope="domains:write",
    owner=domains("name"),
    shape=Shape(takes=NewDomainNames, gives=ManyDone),
)
async def add_domain_names(call: Call) -> ManyDone:
    """Give a domain other names; those that are taken are told."""
    domain = call.params["name"]
    names = call.taken(NewDomainNames).names
    return await each_of(names, lambda one: call.change(AddDomainAlias(one, domain)))


@route(
    "DELETE /domains/{name}/names/{other}",
    scope="domains:write",
    owner=domains("name"),
    shape=Shape(gives=Carried),
)
async def delete_domain_name(call: Call) -> Carried:
    """Take a name away from a domain."""
    other = call.params["other"]
    if other.lower() not in (await _told(call))[OTHER_NAMES]:
        raise not_found("the domain has no such name")
    return carried(await call.change(DeleteDomainAlias(other)))


ROUTES = (
    list_domain_names,
    show_domain_extent,
    add_domain_names,
    delete_domain_name,
)


async def _told(call: Call) -> dict[str, Any]:
    detail = await call.ask(ShowDomain(call.params["name"]), Detail)
    wanted = {OTHER_NAMES, USERS, ALIASES}
    return {row.key: json.loads(row.value) for row in detail.rows if row.key in wanted}
