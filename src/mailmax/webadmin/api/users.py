"""Users: list, show, add, change, rename, password, forwards, delete.

Rules:
    Who administers domains changes users of these, but nobody who may more than that
    (TRUST I3): a new password for a system administrator would make one. Limits are
    the system administrator's (DECISIONS 25). A user has the own names, password,
    forwards and automatic reply.

Manual: 7.1, 7.2, 7.3, 7.4, 7.7.
"""

import json
from http import HTTPStatus
from typing import Annotated, Any, get_args
from urllib.parse import quote

import msgspec

from mailmax.hub.contract.administration import DeleteWay, Detail
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.rows import UserKind
from mailmax.hub.contract.users import (
    HAS_APOP_SECRET,
    AddUser,
    ChangeForward,
    ChangeUser,
    DeleteUser,
    ListUsers,
    RenameUser,
    SetPassword,
    ShowUser,
    UserPage,
    UserView,
)
from mailmax.settings.user import USER_SETTINGS
from mailmax.webadmin.api.own_password import check_current
from mailmax.webadmin.api.rank import check_keys, check_rank, marked_user
from mailmax.webadmin.api.words import Carried, Value, carried, moment, typed, values_of
from mailmax.webadmin.authorize import DomainAdministrator, Whose, domain_of
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import (
    Asked,
    Kinds,
    Page,
    Search,
    choice_of,
    kinds_of,
    within_of,
)
from mailmax.webadmin.rest.problems import not_found
from mailmax.webadmin.rest.routes import BASE, Shape, nobodys, route, users

Address = Annotated[str, msgspec.Meta(min_length=1, max_length=320)]


class UserRow(msgspec.Struct, frozen=True):
    """A user in a list."""

    address: str
    first_name: str
    last_name: str
    kind: str
    box_limit_octets: int
    message_limit_octets: int
    is_system_administrator: bool
    administers: int
    """How many domains."""
    forwards: list[str]
    """Where mail is sent on to."""
    last_login_at: str | None
    """None: never."""
    used_octets: int | None
    """What the mail came to at `used_at`; None: not known yet."""
    used_messages: int | None
    used_at: str | None


class UserDetail(msgspec.Struct, frozen=True):
    """A user with all settings."""

    address: str
    settings: list[Value]
    note: str = ""
    has_apop_secret: bool = False


class UserFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only users for whom all that holds."""

    domain: str = ""
    kind: Kinds = ""
    administrators: bool | None = None
    """Who administers a domain or the system, or the others."""
    nearly_full: bool | None = None
    """Whose box is more than 90 % full, or the others."""
    may_administer: str = ""
    """Who may administer that domain: it, or the whole system."""
    user: Search = ""
    """Whose user name (the address before the ``@``) holds this text."""
    first_name: Search = ""
    last_name: Search = ""


class UserList(Asked, frozen=True, forbid_unknown_fields=True):
    """Which part of the list."""

    filter: UserFilter = UserFilter()


class NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A user to be."""

    address: Address
    password: str = ""
    settings: dict[str, Any] = {}
    blank: bool = False
    """An empty password is meant so."""

    def __repr__(self) -> str:
        return f"NewUser({self.address!r}, …)"


class UserPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings to be changed; null takes the own value away."""

    settings: dict[str, Any]


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password to be."""

    password: str
    blank: bool = False
    """An empty password is meant so."""
    current: str = ""
    """The one that holds now, where it is one's own."""

    def __repr__(self) -> str:
        return "NewPassword(…)"


class NewName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another address in the same domain."""

    address: Address
    keep_old: bool = False
    """The old address becomes an alias."""


class Forward(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address that mail is forwarded to."""

    target: Address


class DeletingUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a user goes."""

    way: DeleteWay = "database"
    """What becomes of the files."""
    confirmed: bool = False
    """Also where others point to the user."""


@route(
    "GET /users",
    scope="users:read",
    owner=nobodys(Whose.ADMINISTERED),
    shape=Shape(query=UserList, gives=Page[UserRow]),
)
async def list_users(call: Call) -> Page[UserRow]:
    """List users: searched, sorted by a column, filtered."""
    asked = call.asked(UserList)
    wanted = asked.filter
    request = ListUsers(
        wanted.domain,
        choice_of(asked, call.principal),
        kinds_of(wanted.kind, get_args(UserKind)),
        wanted.administrators,
        wanted.nearly_full,
        wanted.may_administer,
        wanted.user,
        wanted.first_name,
        wanted.last_name,
    )
    page = await call.ask(request, UserPage)
    return Page([_row(row) for row in page.rows], page.next, page.total)


@route(
    "GET /users/{address}",
    scope="users:read",
    owner=users("address", is_own=True),
    shape=Shape(gives=UserDetail),
)
async def show_user(call: Call) -> UserDetail:
    """Show a user with all settings, and where each was set."""
    detail = await call.ask(ShowUser(call.params["address"]), Detail)
    rows = values_of(detail, USER_SETTINGS, "user", "domain")
    rows = marked_user(rows, call, detail.name)
    told = {row.key: row.value for row in detail.rows}
    has_secret = json.loads(told[HAS_APOP_SECRET])
    return UserDetail(detail.name, rows, detail.note, has_secret)


@route(
    "POST /users",
    scope="users:write",
    owner=nobodys(Whose.ADMINISTERED),
    shape=Shape(takes=NewUser, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_user(call: Call) -> Answer:
    """Add a user."""
    new = call.taken(NewUser)
    principal = call.principal
    if isinstance(principal, DomainAdministrator):
        _check_domain(principal, new.address)
    check_keys(call, new.address, new.settings)
    values = typed(new.settings)
    request = AddUser(new.address, Secret(new.password), values, new.blank)
    changed = await call.change(request)
    return made(carried(changed), f"{BASE}/users/{quote(new.address, safe='')}")


@route(
    "PATCH /users/{address}",
    scope="users:write",
    owner=users("address", is_own=True),
    shape=Shape(takes=UserPatch, gives=Carried, shown_by=show_user.handler),
)
async def change_user(call: Call) -> Carried:
    """Change settings of a user; null takes the own value away."""
    address = call.params["address"]
    settings = call.taken(UserPatch).settings
    await check_rank(call, address)
    check_keys(call, address, settings)
    return carried(await call.change(ChangeUser(address, typed(settings))))


@route(
    "DELETE /users/{address}",
    scope="users:write",
    owner=users("address"),
    shape=Shape(query=DeletingUser, gives=Carried, shown_by=show_user.handler),
)
async def delete_user(call: Call) -> Carried:
    """Delete a user; what points there is listed first."""
    way = call.asked(DeletingUser)
    address = call.params["address"]
    await check_rank(call, address)
    within = within_of(call.principal)
    request = DeleteUser(address, way.way, way.confirmed, within)
    return carried(await call.change(request))


@route(
    "PUT /users/{address}/password",
    scope="users:write",
    owner=users("address", is_own=True),
    shape=Shape(takes=NewPassword, gives=Carried),
)
async def set_password(call: Call) -> Carried:
    """Set a user's password; open sessions of the user end. One's own wants the old."""
    new = call.taken(NewPassword)
    address = call.params["address"]
    await check_rank(call, address)
    await check_current(call, address, new.current)
    request = SetPassword(address, Secret(new.password), new.blank)
    return carried(await call.change(request))


@route(
    "POST /users/{address}/rename",
    scope="users:write",
    owner=users("address"),
    shape=Shape(takes=NewName, gives=Carried, shown_by=show_user.handler),
)
async def rename_user(call: Call) -> Carried:
    """Give a user another name in the same domain; mail and password stay."""
    new = call.taken(NewName)
    address = call.params["address"]
    await check_rank(call, address)
    return carried(await call.change(RenameUser(address, new.address, new.keep_old)))


@route(
    "POST /users/{address}/forwards",
    scope="users:write",
    owner=users("address", is_own=True),
    shape=Shape(takes=Forward, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_forward(call: Call) -> Answer:
    """Forward a user's mail to one address more."""
    target = call.taken(Forward).target
    address = call.params["address"]
    await check_rank(call, address)
    changed = await call.change(ChangeForward(address, target, is_wanted=True))
    place = f"{quote(address, safe='')}/forwards/{quote(target, safe='')}"
    return made(carried(changed), f"{BASE}/users/{place}")


@route(
    "DELETE /users/{address}/forwards/{target}",
    scope="users:write",
    owner=users("address", is_own=True),
    shape=Shape(gives=Carried, shown_by=show_user.handler),
)
async def remove_forward(call: Call) -> Carried:
    """Forward a user's mail to that address no more."""
    address, target = call.params["address"], call.params["target"]
    await check_rank(call, address)
    return carried(await call.change(ChangeForward(address, target, is_wanted=False)))


ROUTES = (
    list_users,
    show_user,
    add_user,
    change_user,
    delete_user,
    set_password,
    rename_user,
    add_forward,
    remove_forward,
)


def _row(view: UserView) -> UserRow:
    return UserRow(
        view.address,
        view.first_name,
        view.last_name,
        view.kind,
        view.box_limit_octets,
        view.message_limit_octets,
        view.is_system_administrator,
        view.administers,
        list(view.forwards),
        moment(view.last_login_at),
        view.used_octets,
        view.used_messages,
        moment(view.used_at),
    )


def _check_domain(principal: DomainAdministrator, address: str) -> None:
    if domain_of(address) not in principal.domains:
        raise not_found("there is no such domain here")
