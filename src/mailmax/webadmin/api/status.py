"""How the system is, and its services started and stopped (HUB-6).

Manual: 2.2.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.summary import Role, SteerService
from mailmax.webadmin.api.words import Carried, carried
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.live.state import SystemState, read_state
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)


class Steering(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done with a service of the DataMax computer."""

    role: Role
    deed: Literal["start", "stop", "restart"]


@route(
    "GET /status", scope="status:read", owner=_SYSTEM, shape=Shape(gives=SystemState)
)
async def show_status(call: Call) -> SystemState:
    """Show services, health, counts, flags and limits."""
    return await read_state(call.hub)


@route(
    "POST /services",
    scope="services:write",
    owner=_SYSTEM,
    shape=Shape(takes=Steering, gives=Carried),
)
async def steer_service(call: Call) -> Carried:
    """Start, stop or restart a service; answered when it has."""
    asked = call.taken(Steering)
    return carried(await call.change(SteerService(asked.role, asked.deed)))


ROUTES = (show_status, steer_service)
