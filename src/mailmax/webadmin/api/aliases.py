"""Aliases: other addresses of users.

Manual: 7.6.
"""

from http import HTTPStatus
from urllib.parse import quote

import msgspec

from mailmax.hub.contract.aliases import (
    AddAlias,
    AliasPage,
    AliasView,
    DeleteAlias,
    ListAliases,
)
from mailmax.hub.contract.lists import LIST_ROWS, SEARCH_CHARACTERS, Choice
from mailmax.policy.names import canonical_domain
from mailmax.webadmin.api.words import Carried, carried
from mailmax.webadmin.authorize import (
    DomainAdministrator,
    User,
    Whose,
    domain_of,
    is_same,
)
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page, choice_of, within_of
from mailmax.webadmin.rest.problems import not_found
from mailmax.webadmin.rest.routes import (
    BASE,
    Shape,
    aliases,
    nobodys,
    route,
    users,
)


class Alias(msgspec.Struct, frozen=True):
    """Another address of a user."""

    address: str
    user: str
    """Empty: a user of a domain that you do not administer."""


class NewAlias(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An alias to be."""

    address: str
    user: str


class AliasFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only aliases for which all that holds."""

    user: str = ""
    """Of this user."""
    domain: str = ""
    """With an address on this domain."""


class AliasList(Asked, frozen=True, forbid_unknown_fields=True):
    """Which part of the list."""

    filter: AliasFilter = AliasFilter()


@route(
    "GET /aliases",
    scope="aliases:read",
    owner=nobodys(Whose.ADMINISTERED),
    shape=Shape(query=AliasList, gives=Page[Alias]),
)
async def list_aliases(call: Call) -> Page[Alias]:
    """List aliases: searched, sorted, filtered; a user elsewhere is not named."""
    asked = call.asked(AliasList)
    wanted = asked.filter
    choice = choice_of(asked, call.principal)
    page = await call.ask(ListAliases(wanted.user, choice, wanted.domain), AliasPage)
    return Page([_row(row) for row in page.rows], page.next, page.total)


@route(
    "GET /users/{address}/aliases",
    scope="users:read",
    owner=users("address", is_own=True),
    shape=Shape(query=Asked, gives=Page[Alias]),
)
async def list_aliases_of_user(call: Call) -> Page[Alias]:
    """List the other addresses of one user."""
    address, principal = call.params["address"], call.principal
    choice = choice_of(call.asked(Asked), principal)
    if isinstance(principal, DomainAdministrator | User) and is_same(
        principal.address, address
    ):  # one's own, whatever one administers
        choice = msgspec.structs.replace(choice, within=None)
    page = await call.ask(ListAliases(address, choice), AliasPage)
    return Page([_row(row) for row in page.rows], page.next, page.total)


@route(
    "GET /aliases/{address}",
    scope="aliases:read",
    owner=aliases("address"),
    shape=Shape(gives=Alias),
)
async def show_alias(call: Call) -> Alias:
    """Show whose an alias is."""
    wanted = _key(call.params["address"])
    local, _, domain = wanted.rpartition("@")
    choice = Choice(
        search=f"{local}@"[:SEARCH_CHARACTERS],
        limit=LIST_ROWS,
        within=within_of(call.principal),
    )
    while True:
        page = await call.ask(ListAliases("", choice, domain), AliasPage)
        for row in page.rows:
            if _key(row.address) == wanted:
                return _row(row)
        if not page.next:
            raise not_found("there is no such alias here")
        choice = msgspec.structs.replace(choice, cursor=page.next)


@route(
    "POST /aliases",
    scope="aliases:write",
    owner=nobodys(Whose.ADMINISTERED),
    shape=Shape(takes=NewAlias, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_alias(call: Call) -> Answer:
    """Give a user another address."""
    new = call.taken(NewAlias)
    principal = call.principal
    if isinstance(principal, DomainAdministrator):
        is_theirs = domain_of(new.user) in principal.domains
        if not (is_theirs and principal.has_address(new.address)):
            raise not_found("there is no such user or domain here")
    changed = await call.change(AddAlias(new.address, new.user))
    return made(carried(changed), f"{BASE}/aliases/{quote(new.address, safe='')}")


@route(
    "DELETE /aliases/{address}",
    scope="aliases:write",
    owner=aliases("address"),
    shape=Shape(gives=Carried, shown_by=show_alias.handler),
)
async def delete_alias(call: Call) -> Carried:
    """Take an address away from its user."""
    return carried(await call.change(DeleteAlias(call.params["address"])))


ROUTES = (list_aliases, list_aliases_of_user, show_alias, add_alias, delete_alias)


def _key(address: str) -> str:
    """Return an address as aliases are compared here: spelled in one way."""
    local, _, domain = address.rpartition("@")
    return f"{local.lower()}@{canonical_domain(domain) or domain.lower()}"


def _row(view: AliasView) -> Alias:
    return Alias(view.address, view.user)
