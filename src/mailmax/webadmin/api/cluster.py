"""The cluster of this system: its other members, as they are set on the server.

Manual: 2.3.2; DECISIONS 2.
"""

from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import quote

import msgspec

from mailmax.hub.contract import cluster as told
from mailmax.hub.contract.message import Denied, Secret
from mailmax.settings.host_port import split_host_port
from mailmax.webadmin.api.words import Carried, address_of, carried, moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.problems import of_denied
from mailmax.webadmin.rest.routes import BASE, Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

State = Literal["in_sync", "away", "silent", "never_seen"]
_SYSTEM = nobodys(Whose.SYSTEM)
_MEMBERS = Columns(
    sorted=("name", "host", "state", "system_name", "addresses", "known_at"),
    own=("name",),
    searched=("name", "host", "smtp_address", "system_name", "domains"),
)
Name = Annotated[str, msgspec.Meta(max_length=200)]
Host = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Place = Annotated[str, msgspec.Meta(max_length=300)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)]


class ClusterMember(msgspec.Struct, frozen=True):
    """Another system that shares clustered domains with this one."""

    name: str
    host: str
    """Of its DataMax."""
    port: int
    smtp_address: str
    """Where mail for its users goes."""
    state: State
    """away: its addresses are still known; silent: mail for them is put off."""
    system_name: str
    """What it calls itself; empty: it was not heard of since DataMax started."""
    addresses: int
    domains: list[str]
    known_at: str | None
    """When all it has was known last."""
    trouble: str


class MemberPlace(msgspec.Struct, frozen=True):
    """What is set of a member."""

    name: str
    host: str
    port: int
    smtp_address: str


class NewMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member to be added; here and there the other one is to be added."""

    name: Name
    host: Host
    port: Port
    smtp_address: Place
    """Where mail for its users goes: a host, perhaps with :PORT."""
    password: Password
    """Its host password; it is kept sealed and never shown."""

    def __repr__(self) -> str:
        return "NewMember(…)"


class MemberPatch(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What is to be changed."""

    name: Name | None = None
    host: Host | None = None
    port: Port | None = None
    smtp_address: Place | None = None
    password: Password | None = None

    def __repr__(self) -> str:
        return "MemberPatch(…)"


@route(
    "GET /cluster-members",
    scope="cluster:read",
    owner=_SYSTEM,
    shape=Shape(query=Asked, gives=Page[ClusterMember], sorts=_MEMBERS.sorted),
)
async def list_cluster_members(call: Call) -> Page[ClusterMember]:
    """List the other members of the cluster and how they are, by name."""

    async def read(cursor: str, limit: int) -> Page[ClusterMember]:
        request = told.ListClusterMembers(cursor, limit)
        page = await call.ask(request, told.ClusterPage)
        return Page([_row(row) for row in page.rows], page.next)

    return await part_of(call.asked(Asked), read, _MEMBERS)


@route(
    "GET /cluster-members/{member}",
    scope="cluster:read",
    owner=_SYSTEM,
    shape=Shape(gives=MemberPlace),
)
async def show_cluster_member(call: Call) -> MemberPlace:
    """Show where a member of the cluster is, without its password."""
    name = call.params["member"]
    after, is_more = "", True
    while is_more:
        page = await call.ask(told.ListClusterMembers(after), told.ClusterPage)
        for row in page.rows:
            if row.name.lower() == name.lower():
                return MemberPlace(row.name, *_place(row), row.smtp_address)
        after, is_more = page.next, bool(page.next)
    raise of_denied(Denied("not_found", "member", f"there is no member {name}"))


@route(
    "POST /cluster-members",
    scope="cluster:write",
    owner=_SYSTEM,
    shape=Shape(takes=NewMember, gives=Carried, status=HTTPStatus.CREATED),
)
async def add_cluster_member(call: Call) -> Answer:
    """Add a system to the cluster; it is joined as soon as it answers."""
    new = call.taken(NewMember)
    request = told.AddClusterMember(
        new.name, address_of(new.host, new.port), new.smtp_address, Secret(new.password)
    )
    changed = await call.change(request)
    where = f"{BASE}/cluster-members/{quote(new.name.strip(), safe='')}"
    return made(carried(changed), where)


@route(
    "PATCH /cluster-members/{member}",
    scope="cluster:write",
    owner=_SYSTEM,
    shape=Shape(takes=MemberPatch, gives=Carried, shown_by=show_cluster_member.handler),
)
async def change_cluster_member(call: Call) -> Carried:
    """Change name, place or password of a member."""
    patch = call.taken(MemberPatch)
    address = None
    if patch.host is not None or patch.port is not None:
        kept: MemberPlace = await show_cluster_member.handler(call)
        address = address_of(patch.host or kept.host, patch.port or kept.port)
    secret = None if patch.password is None else Secret(patch.password)
    request = told.ChangeClusterMember(
        call.params["member"], patch.name, address, patch.smtp_address, secret
    )
    return carried(await call.change(request))


@route(
    "DELETE /cluster-members/{member}",
    scope="cluster:write",
    owner=_SYSTEM,
    shape=Shape(gives=Carried, shown_by=show_cluster_member.handler),
)
async def remove_cluster_member(call: Call) -> Carried:
    """Take a member out; its addresses are not known here any more."""
    return carried(await call.change(told.RemoveClusterMember(call.params["member"])))


ROUTES = (
    list_cluster_members,
    show_cluster_member,
    add_cluster_member,
    change_cluster_member,
    remove_cluster_member,
)


def _row(row: told.ClusterMember) -> ClusterMember:
    return ClusterMember(
        row.name,
        *_place(row),
        row.smtp_address,
        _state(row),
        row.system_name,
        row.addresses,
        list(row.domains),
        moment(row.heard_at),
        row.trouble,
    )


def _place(row: told.ClusterMember) -> tuple[str, int]:
    return split_host_port(row.datamax_address) or (row.datamax_address, 0)


def _state(row: told.ClusterMember) -> State:
    if row.is_in_sync:
        return "in_sync" if row.is_joined else "away"
    return "silent" if row.heard_at else "never_seen"
