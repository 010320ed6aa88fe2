"""The cluster of this system: its other members, as they are set on the server.

Manual: 2.3.2; DECISIONS 2.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract import cluster as told
from mailmax.settings.host_port import split_host_port
from mailmax.webadmin.api.words import moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Page, ShortList
from mailmax.webadmin.rest.routes import Shape, nobodys, route

State = Literal["in_sync", "away", "silent", "never_seen"]


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


@route(
    "GET /cluster-members",
    scope="cluster:read",
    owner=nobodys(Whose.SYSTEM),
    shape=Shape(query=ShortList, gives=Page[ClusterMember]),
)
async def list_cluster_members(call: Call) -> Page[ClusterMember]:
    """List the other members of the cluster and how they are, by name."""
    part = call.asked(ShortList)
    request = told.ListClusterMembers(part.cursor, part.limit)
    page = await call.ask(request, told.ClusterPage)
    return Page([_row(row) for row in page.rows], page.next)


ROUTES = (list_cluster_members,)


def _row(row: told.ClusterMember) -> ClusterMember:
    host, port = split_host_port(row.datamax_address) or (row.datamax_address, 0)
    return ClusterMember(
        row.name,
        host,
        port,
        row.smtp_address,
        _state(row),
        row.system_name,
        row.addresses,
        list(row.domains),
        moment(row.heard_at),
        row.trouble,
    )


def _state(row: told.ClusterMember) -> State:
    if row.is_in_sync:
        return "in_sync" if row.is_joined else "away"
    return "silent" if row.heard_at else "never_seen"
