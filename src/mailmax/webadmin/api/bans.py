"""Bans: senders whose mail is refused, by the system or at one connection.

Rules:
    Hits change by themselves, so they are no part of what is shown with an ETag, but
    of the list alone.

Manual: 4.9, 5.3.
"""

from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import quote

import msgspec

from mailmax.hub.contract.access import (
    AddBan,
    BanPage,
    BanView,
    ListBans,
    RemoveBan,
    ShowBan,
)
from mailmax.webadmin.api.words import Carried, Moment, carried, moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.routes import BASE, Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_SYSTEM = nobodys(Whose.SYSTEM)
_COLUMNS = Columns(
    sorted=(
        "value",
        "kind",
        "source",
        "comment",
        "made_at",
        "expires_at",
        "hits",
        "last_hit_at",
    ),
    own=("value",),
)
_OF_TRAP = "wrote to the spam trap "
BanKind = Literal["address", "domain"]
Source = Literal["administrator", "spam_trap"]
Text = Annotated[str, msgspec.Meta(max_length=500)]


class Ban(msgspec.Struct, frozen=True):
    """A ban."""

    value: str
    """An address, a domain, or `*.domain` for all below it."""
    kind: BanKind
    source: Source
    comment: str
    made_at: str | None
    expires_at: str | None
    """Null: never."""


class ListedBan(Ban, frozen=True):
    """A ban, and whom it refused."""

    hits: int
    """How often it has refused somebody."""
    last_hit_at: str | None


class BanFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which of a list."""

    kind: Literal["", "address", "domain"] = ""
    connection: str = ""
    """In the list of this listening address; empty: in the system's."""


class BanList(Asked, frozen=True, forbid_unknown_fields=True):
    """Which list, and which part of it; searched are value and comment."""

    filter: BanFilter = BanFilter()


class NewBan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ban to be."""

    value: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
    comment: Text = ""
    expires_at: Moment | None = None
    """Null: never."""
    connection: str = ""


class OfConnection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In which list."""

    connection: str = ""


@route(
    "GET /bans",
    scope="bans:read",
    owner=_SYSTEM,
    shape=Shape(query=BanList, gives=Page[ListedBan], sorts=_COLUMNS.sorted),
)
async def list_bans(call: Call) -> Page[ListedBan]:
    """List the bans of the system, or of a connection, by value."""
    asked = call.asked(BanList)
    connection, kind, words = (
        asked.filter.connection,
        asked.filter.kind,
        asked.q.strip(),
    )

    async def read(cursor: str, limit: int) -> Page[ListedBan]:
        request = ListBans(connection, cursor, limit, kind, words)
        page = await call.ask(request, BanPage)
        return Page([_listed(row) for row in page.rows], page.next)

    return await part_of(asked, read, _COLUMNS)


@route(
    "POST /bans",
    scope="bans:write",
    owner=_SYSTEM,
    shape=Shape(takes=NewBan, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_ban(call: Call) -> Answer:
    """Refuse mail from an address, a domain, or all below one."""
    new = call.taken(NewBan)
    until = 0.0 if new.expires_at is None else new.expires_at.timestamp()
    changed = await call.change(AddBan(new.value, until, new.comment, new.connection))
    place = f"{BASE}/bans/{quote(new.value.strip(), safe='')}"
    of = f"?connection={quote(new.connection, safe='')}" if new.connection else ""
    return made(carried(changed), f"{place}{of}")


@route(
    "GET /bans/{sender}",
    scope="bans:read",
    owner=_SYSTEM,
    shape=Shape(query=OfConnection, gives=Ban),
)
async def show_ban(call: Call) -> Ban:
    """Show a ban of the system, or of a connection."""
    connection = call.asked(OfConnection).connection
    page = await call.ask(ShowBan(call.params["sender"], connection), BanPage)
    return _row(page.rows[0])


@route(
    "DELETE /bans/{sender}",
    scope="bans:write",
    owner=_SYSTEM,
    shape=Shape(query=OfConnection, gives=Carried, shown_by=show_ban.handler),
)
async def remove_ban(call: Call) -> Carried:
    """Take mail from there again."""
    connection = call.asked(OfConnection).connection
    return carried(await call.change(RemoveBan(call.params["sender"], connection)))


ROUTES = (list_bans, show_ban, add_ban, remove_ban)


def _listed(row: BanView) -> ListedBan:
    return ListedBan(
        **msgspec.structs.asdict(_row(row)),
        hits=row.hits,
        last_hit_at=moment(row.last_hit_at),
    )


def _row(view: BanView) -> Ban:
    return Ban(
        view.value,
        "address" if "@" in view.value else "domain",
        "spam_trap" if view.comment.startswith(_OF_TRAP) else "administrator",
        view.comment,
        moment(view.made_at),
        moment(view.expires_at),
    )
