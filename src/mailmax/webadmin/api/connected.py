"""Who is connected: clients and users of the services, and since when (HUB-3).

Manual: 2.2, 9.2.
"""

import msgspec

from mailmax.hub.contract.presence import ListSessions, SessionPage
from mailmax.hub.contract.spying import AskLogins, LoginTotals
from mailmax.webadmin.api.words import moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.routes import Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_COLUMNS = Columns(
    sorted=("service", "node", "client", "user", "since"),
    own=("node", "service", "client", "user", "since"),
    searched=("service", "node", "client", "user"),
)


class Connected(msgspec.Struct, frozen=True):
    """One session."""

    service: str
    node: str
    """The computer whose service it is."""
    client: str
    """Its address."""
    user: str
    """Empty: nobody has logged in."""
    since: str | None


class LoginTotal(msgspec.Struct, frozen=True):
    """How it is with one service."""

    service: str
    connected: int
    """Clients that are here now."""
    logged_in: int
    """Those of them who have logged in."""
    connections: int
    """Since DataMax started, as the next two."""
    logins: int
    failed: int


class FailingPeer(msgspec.Struct, frozen=True):
    """Whence somebody fails to log in."""

    peer: str
    failed: int


class Failing(msgspec.Struct, frozen=True):
    """Failed logins of a service within the last hour."""

    service: str
    failed: int
    peers: list[FailingPeer]
    """Those of the most, five at most."""


class Logins(msgspec.Struct, frozen=True):
    """Connections and logins of POP3 and IMAP."""

    since: str | None
    """When DataMax started."""
    rows: list[LoginTotal]
    failing: list[Failing]
    """Of all services at which one logs in, where some have failed."""


@route(
    "GET /connected",
    scope="status:read",
    owner=nobodys(Whose.SYSTEM),
    shape=Shape(query=Asked, gives=Page[Connected], sorts=_COLUMNS.sorted),
)
async def list_connected(call: Call) -> Page[Connected]:
    """List who is connected to the services, the longest first."""

    async def read(cursor: str, limit: int) -> Page[Connected]:
        page = await call.ask(ListSessions(cursor, limit), SessionPage)
        rows = [
            Connected(row.service, row.node, row.peer, row.address, moment(row.since))
            for row in page.rows
        ]
        return Page(rows, page.next, None if cursor else page.total)

    return await part_of(call.asked(Asked), read, _COLUMNS)


@route(
    "GET /logins",
    scope="status:read",
    owner=nobodys(Whose.SYSTEM),
    shape=Shape(gives=Logins),
)
async def show_logins(call: Call) -> Logins:
    """Show how many connections and logins POP3 and IMAP have, and had."""
    totals = await call.ask(AskLogins(), LoginTotals)
    return msgspec.convert(
        {
            "since": moment(totals.since),
            "rows": totals.rows,
            "failing": totals.failing,
        },
        Logins,
        from_attributes=True,
    )


ROUTES = (list_connected, show_logins)
