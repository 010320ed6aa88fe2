"""What somebody made of the pages: columns, filters.

Rules:
    Each has the own ones and sees no others. A preference that was never kept is null,
    not missing: a page that asks for its columns is no mistake. The last one who keeps
    it wins, so there is nothing to match.

Limits:
    64 of one owner, 16 KiB each: the hub refuses more.

Manual: 2.4.
"""

from typing import Any

import msgspec

from mailmax.hub.contract.message import Done
from mailmax.hub.contract.web import AskPreferences, Preferences, PutPreference
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_OWN = nobodys(Whose.SIGNED_IN)


class Preference(msgspec.Struct, frozen=True):
    """Something small that somebody wants to find again."""

    value: Any
    """JSON; null: there is none."""


class NewPreference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A preference to be kept."""

    value: Any
    """JSON; null forgets it."""


@route(
    "GET /preferences/{key}",
    scope="preferences:read",
    owner=_OWN,
    shape=Shape(gives=Preference),
)
async def show_preference(call: Call) -> Preference:
    """Show a preference of whoever asks; null where there is none."""
    kept = await call.ask(AskPreferences(call.caller.actor), Preferences)
    found = {row.key: row.value for row in kept.rows}.get(call.params["key"])
    return Preference(None if found is None else msgspec.json.decode(found))


@route(
    "PUT /preferences/{key}",
    scope="preferences:write",
    owner=_OWN,
    shape=Shape(takes=NewPreference, gives=Preference),
)
async def keep_preference(call: Call) -> Preference:
    """Keep a preference for whoever asks; null forgets it."""
    value = call.taken(NewPreference).value
    text = "" if value is None else msgspec.json.encode(value).decode()
    await _put(call, text)
    return Preference(value)


@route("DELETE /preferences/{key}", scope="preferences:write", owner=_OWN)
async def forget_preference(call: Call) -> None:
    """Forget a preference; one that there is not is forgotten, too."""
    await _put(call, "")


ROUTES = (show_preference, keep_preference, forget_preference)


async def _put(call: Call, text: str) -> None:
    request = PutPreference(call.caller.actor, call.params["key"], text)
    await call.ask(request, Done)
