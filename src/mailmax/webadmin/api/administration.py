"""Who administers what: shown and set, for one user.

Rules:
    Only a system administrator gives or takes it, and the whole system only when that
    was confirmed (manual 12). Sessions of the user end: a new one has the new rights.

Manual: 7.4.
"""

import json
from typing import Annotated

import msgspec

from mailmax.hub.contract.administration import Detail
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.users import ADMINISTERS, SYSTEM_ADMINISTRATOR, ShowUser
from mailmax.webadmin.api.words import Carried, carried
from mailmax.webadmin.authorize import Refused, SystemAdministrator
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.problems import of_refused
from mailmax.webadmin.rest.routes import Shape, route, users


class Administration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a user administers."""

    system: bool = False
    """Everything; then no domains are named."""
    domains: Annotated[list[str], msgspec.Meta(max_length=10_000)] = []


class Confirming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether somebody thought about it."""

    confirmed: bool = False
    """Without it nobody is made a system administrator."""


@route(
    "GET /users/{address}/administration",
    scope="users:read",
    owner=users("address"),
    shape=Shape(gives=Administration),
)
async def show_administration(call: Call) -> Administration:
    """Show what a user administers."""
    detail = await call.ask(ShowUser(call.params["address"]), Detail)
    told = {row.key: row.value for row in detail.rows}
    is_system = json.loads(told[SYSTEM_ADMINISTRATOR])
    return Administration(is_system, json.loads(told[ADMINISTERS]))


@route(
    "PUT /users/{address}/administration",
    scope="users:write",
    owner=users("address"),
    shape=Shape(
        takes=Administration,
        gives=Carried,
        query=Confirming,
        shown_by=show_administration.handler,
    ),
)
async def set_administration(call: Call) -> Carried:
    """Let a user administer these domains, the system, or nothing."""
    if not isinstance(call.principal, SystemAdministrator):
        raise of_refused(Refused.FORBIDDEN)
    wanted = call.taken(Administration)
    request = SetAdministration(
        call.params["address"],
        tuple(wanted.domains),
        wanted.system,
        call.asked(Confirming).confirmed,
    )
    return carried(await call.change(request))


ROUTES = (show_administration, set_administration)
