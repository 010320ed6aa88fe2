"""IP control: the ordered filters of the system and of each connection.

Rules:
    Without `connection` it is the system's list. The first filter that matches a
    client decides. No change shuts out the address that it is asked from.

Manual: 4.8, 5.2, 5.4.
"""

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec

from mailmax.hub.contract.access import (
    AddFilter,
    AddressTried,
    ChangeFilter,
    FilterPage,
    FilterView,
    ListFilters,
    MoveFilter,
    RemoveFilter,
    ShowFilter,
    TryAddress,
)
from mailmax.policy.access import (
    LOCAL_ONLY,
    MAY_RELAY,
    NO_LOGIN_NEEDED,
    NO_RELAY_CHECK,
    Kind,
    read_pattern,
)
from mailmax.policy.reach import how_many, strangers_who_send
from mailmax.settings.field import BadValue
from mailmax.webadmin.api.own_address import change_filters, is_own
from mailmax.webadmin.api.words import Carried, carried
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.problems import not_found, of_bad_value
from mailmax.webadmin.rest.routes import BASE, Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_SYSTEM = nobodys(Whose.SYSTEM)
_COLUMNS = Columns(
    sorted=("place", "pattern", "kind", "comment"),
    own=("id",),
    searched=("pattern", "kind", "comment"),
)
FlagName = Literal["no_relay_check", "may_relay", "local_only", "no_login_needed"]
_FLAGS: dict[FlagName, int] = {
    "no_relay_check": NO_RELAY_CHECK,
    "may_relay": MAY_RELAY,
    "local_only": LOCAL_ONLY,
    "no_login_needed": NO_LOGIN_NEEDED,
}
Pattern = Annotated[str, msgspec.Meta(max_length=200)]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Comment = Annotated[str, msgspec.Meta(max_length=500)]
_LONGEST_NUMBER = 9


class Filter(msgspec.Struct, frozen=True):
    """A filter in its list."""

    id: int
    place: int
    """1 is looked at first."""
    pattern: str
    kind: str
    flags: list[FlagName]
    """Of a custom one."""
    comment: str
    hidden_by: int | None = None
    """Place of one before it that matches all of it, so that it never does."""


class FilterRows(msgspec.Struct, frozen=True):
    """Part of a list, in its order."""

    rows: list[Filter]
    next: str = ""
    total: int | None = None
    """How many there are; searched, of those, told with the first page."""
    hidden: int = 0
    """How many of the whole list never match."""


class FilterList(Asked, frozen=True, forbid_unknown_fields=True):
    """Which list, and which part of it."""

    connection: str = ""
    """Listening address; empty: the system's list."""


class NewFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A filter to be; it goes last, unless a place is given."""

    pattern: Pattern
    kind: Kind
    flags: list[FlagName] = []
    comment: Comment = ""
    connection: str = ""
    confirmed: bool = False
    """Also where it makes an open relay."""
    place: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    """Where it shall stand, from 1; 0: last."""


class FilterPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be changed; null leaves it as it is."""

    pattern: Pattern | None = None
    kind: Kind | None = None
    flags: list[FlagName] | None = None
    comment: Comment | None = None
    confirmed: bool = False


class FilterMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a filter shall stand."""

    place: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    """From 1; beyond the end: last."""


class AskedAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address to be tried."""

    address: Address
    connection: str = ""


class Tried(msgspec.Struct, frozen=True):
    """What becomes of a client of that address."""

    kind: str
    flags: list[FlagName]
    system: Filter | None
    """The first of the system's list that matches."""
    own: Filter | None
    """The first of the connection's."""


class Previewed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pattern as somebody types it."""

    pattern: Pattern
    kind: Kind = "permitted"


class Preview(msgspec.Struct, frozen=True):
    """How a pattern is understood."""

    pattern: str
    """In its one written form."""
    version: Literal["4", "6", "both"]
    count: str
    """Addresses of IPv4, or networks (/64) of IPv6 unless it is a single address."""
    is_single: bool
    opens: Literal["none", "many", "everybody"]
    """Whom it lets send anywhere without a login."""
    you: str = ""
    """The address that this request came from."""
    is_yours: bool = False
    """It matches that address."""


@route(
    "GET /filters",
    scope="filters:read",
    owner=_SYSTEM,
    shape=Shape(query=FilterList, gives=FilterRows, sorts=_COLUMNS.sorted),
)
async def list_filters(call: Call) -> FilterRows:
    """List the filters of the system, or of a connection, in their order or sorted."""
    asked = call.asked(FilterList)
    hidden = 0

    async def read(cursor: str, limit: int) -> Page[Filter]:
        nonlocal hidden
        request = ListFilters(asked.connection, cursor, limit)
        page = await call.ask(request, FilterPage)
        hidden = page.hidden
        return Page([_row(row) for row in page.rows], page.next, page.total)

    part = await part_of(asked, read, _COLUMNS)
    return FilterRows(part.rows, part.next, part.total, hidden)


@route(
    "GET /filters/try",
    scope="filters:read",
    owner=_SYSTEM,
    shape=Shape(query=AskedAddress, gives=Tried),
)
async def try_address(call: Call) -> Tried:
    """Tell which filters would match a client of an address."""
    asked = call.asked(AskedAddress)
    found = await call.ask(TryAddress(asked.address, asked.connection), AddressTried)
    system = None if found.system is None else _row(found.system)
    own = None if found.own is None else _row(found.own)
    return Tried(found.kind, _names(found.flags), system, own)


@route(
    "GET /filters/preview",
    scope="filters:read",
    owner=_SYSTEM,
    shape=Shape(query=Previewed, gives=Preview),
)
async def preview_filter(call: Call) -> Preview:
    """Tell how many addresses a pattern matches."""
    asked = call.asked(Previewed)
    found = read_pattern(asked.pattern)
    if isinstance(found, BadValue):
        raise of_bad_value(found)
    version: Literal["4", "6", "both"] = "6"
    if found.four is not None:
        version = "4" if found.sixteen is None else "both"
    spans = found.four or found.sixteen or ()
    is_single = all(low == high for low, high in spans)
    opens = strangers_who_send(found.text, asked.kind, 0)
    count, peer = str(how_many(found)), call.exchange.peer
    mine = is_own(found, peer)
    return Preview(found.text, version, count, is_single, opens, peer, mine)


@route(
    "GET /filters/{number}",
    scope="filters:read",
    owner=_SYSTEM,
    shape=Shape(gives=Filter),
)
async def show_filter(call: Call) -> Filter:
    """Show a filter as it is now, and its place."""
    page = await call.ask(ShowFilter(_number(call)), FilterPage)
    return _row(page.rows[0])


@route(
    "POST /filters",
    scope="filters:write",
    owner=_SYSTEM,
    shape=Shape(takes=NewFilter, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_filter(call: Call) -> Answer:
    """Add a filter."""
    new = call.taken(NewFilter)
    request = AddFilter(
        new.pattern,
        new.kind,
        _bits(new.flags),
        new.comment,
        new.connection,
        new.confirmed,
        new.place,
    )
    changed = await change_filters(call, request)
    return made(carried(changed), f"{BASE}/filters/{changed.item_id}")


@route(
    "PATCH /filters/{number}",
    scope="filters:write",
    owner=_SYSTEM,
    shape=Shape(takes=FilterPatch, gives=Carried, shown_by=show_filter.handler),
)
async def change_filter(call: Call) -> Carried:
    """Change a filter in its place."""
    patch = call.taken(FilterPatch)
    request = ChangeFilter(
        _number(call),
        patch.pattern,
        patch.kind,
        None if patch.flags is None else _bits(patch.flags),
        patch.comment,
        None,
        patch.confirmed,
    )
    return carried(await change_filters(call, request))


@route(
    "DELETE /filters/{number}",
    scope="filters:write",
    owner=_SYSTEM,
    shape=Shape(gives=Carried, shown_by=show_filter.handler),
)
async def remove_filter(call: Call) -> Carried:
    """Take a filter away."""
    return carried(await change_filters(call, RemoveFilter(_number(call))))


@route(
    "POST /filters/{number}/move",
    scope="filters:write",
    owner=_SYSTEM,
    shape=Shape(takes=FilterMove, gives=Carried),
)
async def move_filter(call: Call) -> Carried:
    """Put a filter in another place of its list."""
    place = call.taken(FilterMove).place
    return carried(await change_filters(call, MoveFilter(_number(call), place)))


ROUTES = (
    list_filters,
    try_address,
    preview_filter,
    show_filter,
    add_filter,
    change_filter,
    remove_filter,
    move_filter,
)


def _row(view: FilterView) -> Filter:
    return Filter(
        view.rule_id,
        view.place,
        view.pattern,
        view.kind,
        _names(view.flags),
        view.comment,
        view.hidden_by or None,
    )


def _names(flags: int) -> list[FlagName]:
    return [name for name, bit in _FLAGS.items() if flags & bit]


def _bits(names: list[FlagName]) -> int:
    return sum(_FLAGS[name] for name in set(names))


def _number(call: Call) -> int:
    text = call.params["number"]
    is_one = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    if not is_one:
        raise not_found()
    return int(text)
