"""API keys: made, listed, removed; one's own, and for the system's everybody's.

Rules:
    A key may what its owner may, narrowed to its scopes; it is shown once. Who comes
    by a key gives a new one no scope that the own has not (TRUST I3).

Manual: 7.4.
"""

from http import HTTPStatus
from typing import Annotated

import msgspec

from mailmax.hub.contract.web import (
    AddApiKey,
    ApiKeyAdded,
    ApiKeyPage,
    ApiKeyRow,
    ListApiKeys,
    RemoveApiKey,
)
from mailmax.webadmin.api.sessions import number_of, own_address
from mailmax.webadmin.api.words import Carried, Moment, carried, moment
from mailmax.webadmin.authorize import Anonymous, SystemAdministrator, Whose, covers
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.problems import Problem
from mailmax.webadmin.rest.routes import BASE, Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_OWN = nobodys(Whose.SIGNED_IN)
_COLUMNS = Columns(
    sorted=("id", "name", "owner", "made_at", "ends_at", "used_at"),
    own=("id",),
    searched=("name", "owner", "scopes"),
)
Scope = Annotated[str, msgspec.Meta(max_length=60)]


class ApiKey(msgspec.Struct, frozen=True):
    """A key, without what is secret of it."""

    id: int
    name: str
    owner: str
    """Address; empty: the holder of the host password."""
    scopes: list[str]
    made_at: str | None
    ends_at: str | None
    """Null: never."""
    used_at: str | None
    """Null: not yet."""


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to be, one's own."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=100)]
    """Such as `domains:read`, `queue:*`, `*`."""
    ends_at: Moment | None = None
    """Null: never."""


class KeyMade(msgspec.Struct, frozen=True):
    """A new key; it is told this once."""

    id: int
    key: str

    def __repr__(self) -> str:
        return f"KeyMade({self.id}, …)"


@route(
    "GET /keys",
    scope="keys:read",
    owner=_OWN,
    shape=Shape(query=Asked, gives=Page[ApiKey], sorts=_COLUMNS.sorted),
)
async def list_keys(call: Call) -> Page[ApiKey]:
    """List one's API keys, or for the system's administrators everybody's."""
    whose = ""
    if not isinstance(call.principal, SystemAdministrator):
        whose = own_address(call)

    async def read(cursor: str, limit: int) -> Page[ApiKey]:
        page = await call.ask(ListApiKeys(whose, cursor, limit), ApiKeyPage)
        return Page([_row(row) for row in page.rows], page.next)

    return await part_of(call.asked(Asked), read, _COLUMNS)


@route(
    "POST /keys",
    scope="keys:write",
    owner=_OWN,
    shape=Shape(takes=NewKey, gives=KeyMade, status=HTTPStatus.CREATED),
)
async def add_key(call: Call) -> Answer:
    """Make an API key of one's own; it is shown this once."""
    new = call.taken(NewKey)
    _check_scopes(call, new.scopes)
    until = 0.0 if new.ends_at is None else new.ends_at.timestamp()
    request = AddApiKey(new.name, tuple(new.scopes), own_address(call), until)
    added = await call.carry_out(request, ApiKeyAdded)
    answer = KeyMade(added.key_id, added.key.value)
    return made(answer, f"{BASE}/keys/{added.key_id}")


@route(
    "DELETE /keys/{number}",
    scope="keys:write",
    owner=_OWN,
    shape=Shape(gives=Carried),
)
async def remove_key(call: Call) -> Carried:
    """Remove an API key; it opens nothing any more."""
    whose = ""
    if not isinstance(call.principal, SystemAdministrator):
        whose = own_address(call)
    return carried(await call.change(RemoveApiKey(number_of(call), whose)))


ROUTES = (list_keys, add_key, remove_key)


def _check_scopes(call: Call, wanted: list[str]) -> None:
    """Refuse a scope that the key has not by which this is asked.

    Raises:
        Problem: Names it.
    """
    principal = call.principal
    if isinstance(principal, Anonymous) or principal.scopes is None:
        return
    for scope in wanted:
        if not covers(principal.scopes, scope):
            detail = f"your own key has no scope {scope[:60]}"
            raise Problem(HTTPStatus.FORBIDDEN, "scope", detail, "scopes")


def _row(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        row.key_id,
        row.name,
        row.owner,
        list(row.scopes),
        moment(row.made_at),
        moment(row.ends_at),
        moment(row.used_at),
    )
