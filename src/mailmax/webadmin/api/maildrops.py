"""Who has a user's POP3 box, and ending that (Unlock Box).

Manual: 11.4, 12.
"""

import msgspec

from mailmax.hub.contract.maildrops import MaildropView, UnlockMaildrop
from mailmax.webadmin.api.rank import check_rank
from mailmax.webadmin.api.words import moment
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, route, users


class Lock(msgspec.Struct, frozen=True):
    """Who has, or had, a box."""

    state: str
    """free; held; ghost: its process is gone; freed: held until now."""
    peer: str = ""
    """The client's IP address."""
    since: str | None = None


@route(
    "GET /users/{address}/lock",
    scope="users:read",
    owner=users("address"),
    shape=Shape(gives=Lock),
)
async def show_lock(call: Call) -> Lock:
    """Show who has a user's POP3 box."""
    request = UnlockMaildrop(call.params["address"], only_show=True)
    return _lock(await call.ask(request, MaildropView))


@route(
    "POST /users/{address}/unlock",
    scope="users:write",
    owner=users("address"),
    shape=Shape(gives=Lock),
)
async def unlock(call: Call) -> Lock:
    """End the POP3 session that has a user's box."""
    address = call.params["address"]
    await check_rank(call, address)
    return _lock(await call.carry_out(UnlockMaildrop(address), MaildropView))


ROUTES = (show_lock, unlock)


def _lock(view: MaildropView) -> Lock:
    return Lock(view.state, view.peer, moment(view.since))
