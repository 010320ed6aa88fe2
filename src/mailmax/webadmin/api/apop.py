"""A user's separate secret for APOP: set and removed, never shown.

Manual: 4.5; DECISIONS 16.
"""

import msgspec

from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.users import SetApopSecret
from mailmax.webadmin.api.rank import check_rank
from mailmax.webadmin.api.words import Carried, carried
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, route, users


class ApopSecret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A secret to be."""

    secret: str

    def __repr__(self) -> str:
        return "ApopSecret(…)"


@route(
    "PUT /users/{address}/apop-secret",
    scope="users:write",
    owner=users("address", is_own=True),
    shape=Shape(takes=ApopSecret, gives=Carried),
)
async def set_apop_secret(call: Call) -> Carried:
    """Give a user a separate secret for APOP."""
    return await _set(call, call.taken(ApopSecret).secret)


@route(
    "DELETE /users/{address}/apop-secret",
    scope="users:write",
    owner=users("address", is_own=True),
    shape=Shape(gives=Carried),
)
async def remove_apop_secret(call: Call) -> Carried:
    """Take a user's separate secret for APOP away."""
    return await _set(call, "")


ROUTES = (set_apop_secret, remove_apop_secret)


async def _set(call: Call, secret: str) -> Carried:
    address = call.params["address"]
    await check_rank(call, address)
    return carried(await call.change(SetApopSecret(address, Secret(secret))))
