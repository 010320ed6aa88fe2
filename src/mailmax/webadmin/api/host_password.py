"""The host password: a new one, and who has joined again with it.

Theory:
    Services prove the host password when they join the hub. A new one is told to all
    that are there; they keep it, leave and join again within seconds. Who looks at the
    list before and after sees it: `joined_at` is another.

Manual: 2.2.
"""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from mailmax.hub.contract.host_password import HostPasswordSet, SetHostPassword
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.presence import AskStatus, Status
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)


class Joined(msgspec.Struct, frozen=True):
    """A service that has proved the host password."""

    service: str
    """Role and node, as `told` and `untold` name it."""
    joined_at: datetime
    ready: bool


class HostPasswordUse(msgspec.Struct, frozen=True):
    """Who is here by the host password; it is never shown itself."""

    services: list[Joined]


class NewHostPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The host password to be."""

    password: Annotated[str, msgspec.Meta(max_length=1_024)]
    """Without spaces; fewer than 12 characters can be guessed."""

    def __repr__(self) -> str:
        return "NewHostPassword(…)"


class HostPasswordTold(msgspec.Struct, frozen=True):
    """It holds; who knows it."""

    told: list[str]
    """They join again with it."""
    untold: list[str]
    """They must be given it by hand."""
    note: str = ""


@route(
    "GET /host-password",
    scope="host_password:read",
    owner=_SYSTEM,
    shape=Shape(gives=HostPasswordUse),
)
async def show_host_password(call: Call) -> HostPasswordUse:
    """Show which services have joined with the host password, and when."""
    status = await call.ask(AskStatus(), Status)
    return HostPasswordUse(
        [
            Joined(
                f"{one.role}@{one.node}",
                datetime.fromtimestamp(one.since, UTC),
                one.ready,
            )
            for one in status.services
        ]
    )


@route(
    "PUT /host-password",
    scope="host_password:write",
    owner=_SYSTEM,
    shape=Shape(takes=NewHostPassword, gives=HostPasswordTold),
)
async def set_host_password(call: Call) -> HostPasswordTold:
    """Set the host password; running services learn it and join again."""
    new = Secret(call.taken(NewHostPassword).password)
    answer = await call.carry_out(SetHostPassword(new), HostPasswordSet)
    return HostPasswordTold(list(answer.told), list(answer.untold), answer.note)


ROUTES = (show_host_password, set_host_password)
