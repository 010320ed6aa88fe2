"""Who is signed in, listed and ended: one's own, and for the system's everybody's.

Rules:
    What another has opened is missing for whoever does not administer the system.

Manual: 7.4.
"""

from typing import Annotated

import msgspec

from mailmax.hub.contract.web import (
    EndWebSessions,
    ListWebSessions,
    WebSessionPage,
    WebSessionRow,
)
from mailmax.webadmin.api.words import Carried, carried, moment
from mailmax.webadmin.authorize import (
    DomainAdministrator,
    SystemAdministrator,
    User,
    Whose,
    is_same,
)
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.problems import not_found
from mailmax.webadmin.rest.routes import Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_OWN = nobodys(Whose.SIGNED_IN)
_LONGEST_NUMBER = 18
_COLUMNS = Columns(
    sorted=("id", "name", "peer", "opened_at", "seen_at", "ends_at", "user_agent"),
    own=("id",),
    searched=("name", "peer", "user_agent"),
)


class OpenSession(msgspec.Struct, frozen=True):
    """Somebody who is signed in."""

    id: int
    name: str
    """Address, or "host password"."""
    opened_at: str | None
    seen_at: str | None
    ends_at: str | None
    peer: str
    """Whence it was opened."""
    user_agent: str
    is_this: bool
    """It is the one that asks."""


class SessionList(Asked, frozen=True, forbid_unknown_fields=True):
    """Whose, and which part."""

    user: Annotated[str, msgspec.Meta(max_length=320)] = ""
    """Of this user alone; empty: of everybody whose sessions one may see."""


@route(
    "GET /sessions",
    scope="sessions:read",
    owner=_OWN,
    shape=Shape(query=SessionList, gives=Page[OpenSession], sorts=_COLUMNS.sorted),
)
async def list_sessions(call: Call) -> Page[OpenSession]:
    """List who is signed in: oneself, or for the system's administrators everybody."""
    asked = call.asked(SessionList)
    whose = asked.user
    if not isinstance(call.principal, SystemAdministrator):
        own = own_address(call)
        if whose and not is_same(whose, own):
            raise not_found()
        whose = own
    this = call.caller.actor.session_id

    async def read(cursor: str, limit: int) -> Page[OpenSession]:
        page = await call.ask(ListWebSessions(whose, cursor, limit), WebSessionPage)
        return Page([_row(row, this) for row in page.rows], page.next)

    return await part_of(asked, read, _COLUMNS)


@route(
    "DELETE /sessions/{number}",
    scope="sessions:write",
    owner=_OWN,
    shape=Shape(gives=Carried),
)
async def end_session(call: Call) -> Carried:
    """End a session; it opens nothing any more."""
    whose = ""
    if not isinstance(call.principal, SystemAdministrator):
        whose = own_address(call)
    return carried(await call.change(EndWebSessions(number_of(call), whose)))


@route(
    "POST /sessions/end_others",
    scope="sessions:write",
    owner=_OWN,
    shape=Shape(gives=Carried),
)
async def end_other_sessions(call: Call) -> Carried:
    """End all of one's own sessions but the one that asks."""
    own = own_address(call)
    if not own:
        raise not_found("the holder of the host password ends sessions one by one")
    keep = call.caller.actor.session_id
    return carried(await call.change(EndWebSessions(0, own, keep)))


ROUTES = (list_sessions, end_session, end_other_sessions)


def own_address(call: Call) -> str:
    """Return the address of who asks; empty: the holder of the host password."""
    principal = call.principal
    if isinstance(principal, DomainAdministrator | User):
        return principal.address
    signed = call.caller.signed
    return signed.name if signed is not None and signed.user_id else ""


def number_of(call: Call) -> int:
    """Return the number that stands in the path.

    Raises:
        Problem: It is none.
    """
    text = call.params["number"]
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise not_found()
    number = int(text)
    if not number:
        raise not_found()
    return number


def _row(row: WebSessionRow, this: int) -> OpenSession:
    return OpenSession(
        row.session_id,
        row.name,
        moment(row.opened_at),
        moment(row.seen_at),
        moment(row.ends_at),
        row.peer,
        row.user_agent,
        row.session_id == this,
    )
