"""Many users, or many domains, at once: changed or deleted.

Theory:
    Each is a change of its own, with its own entry in the audit log; what is refused
    is told by name, and the rest is done.

Rules:
    Who may change one of them by itself may here, and nobody else. There is no ETag
    of many things: what is named here holds, whatever it was.

Limits:
    500 at once.

Manual: 2.4, 11.2, 11.4.
"""

from typing import Annotated, Any

import msgspec

from mailmax.hub.contract.administration import Changed, DeleteWay
from mailmax.hub.contract.domains import ChangeDomain, DeleteDomain
from mailmax.hub.contract.quarantine import SwitchVirusCheck
from mailmax.hub.contract.users import ChangeUser, DeleteUser
from mailmax.webadmin.api.many import ManyDone, each_of
from mailmax.webadmin.api.rank import check_keys, check_rank, is_administered
from mailmax.webadmin.api.words import typed
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import within_of
from mailmax.webadmin.rest.problems import bad_request, not_found
from mailmax.webadmin.rest.routes import Shape, nobodys, route

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=320)]
Names = Annotated[list[Name], msgspec.Meta(min_length=1, max_length=500)]


class Going(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How they go."""

    way: DeleteWay = "database"
    """What becomes of the files."""
    confirmed: bool = False
    """Also where others point to them."""


class ManyUsers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which users, and either settings or how they go."""

    addresses: Names
    settings: dict[str, Any] | None = None
    """To be changed; null takes the own value away."""
    delete: Going | None = None


class ManyDomains(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which domains, and one of the three."""

    names: Names
    settings: dict[str, Any] | None = None
    """To be changed; null takes the own value away."""
    users_virus_check: bool | None = None
    """The virus check of all their users; their own settings of it go."""
    delete: Going | None = None
    """With their users."""


@route(
    "POST /users/bulk",
    scope="users:write",
    owner=nobodys(Whose.ADMINISTERED),
    shape=Shape(takes=ManyUsers, gives=ManyDone),
)
async def change_users(call: Call) -> ManyDone:
    """Change or delete many users."""
    wanted = call.taken(ManyUsers)
    _check_one_of(wanted.settings, wanted.delete)

    async def act(address: str) -> Changed:
        if not is_administered(call, address):
            raise not_found("there is no such user here")
        await check_rank(call, address)
        if wanted.delete is not None:
            way = wanted.delete
            within = within_of(call.principal)
            request = DeleteUser(address, way.way, way.confirmed, within)
            return await call.change(request)
        settings = wanted.settings or {}
        check_keys(call, address, settings)
        return await call.change(ChangeUser(address, typed(settings)))

    return await each_of(wanted.addresses, act)


@route(
    "POST /domains/bulk",
    scope="domains:write",
    owner=nobodys(Whose.SYSTEM),
    shape=Shape(takes=ManyDomains, gives=ManyDone),
)
async def change_domains(call: Call) -> ManyDone:
    """Change or delete many domains, or switch the virus check of their users."""
    wanted = call.taken(ManyDomains)
    _check_one_of(wanted.settings, wanted.users_virus_check, wanted.delete)
    return await each_of(
        wanted.names, lambda name: call.change(_request_of(wanted, name))
    )


ROUTES = (change_users, change_domains)


def _request_of(
    wanted: ManyDomains, name: str
) -> DeleteDomain | SwitchVirusCheck | ChangeDomain:
    if wanted.delete is not None:
        way = wanted.delete
        return DeleteDomain(name, True, way.way, way.confirmed)
    if wanted.users_virus_check is not None:
        return SwitchVirusCheck(wanted.users_virus_check, name)
    return ChangeDomain(name, typed(wanted.settings or {}))


def _check_one_of(*acts: object) -> None:
    """Refuse what names no act, or two.

    Raises:
        Problem: Says so.
    """
    if sum(one is not None for one in acts) != 1:
        detail = "say one thing that is to be done, and no more"
        raise bad_request("act", detail, hint="see /api/openapi.json")
