"""How busy the services were: graphs, and the same as a table (ACT-1).

Manual: 2.6.
"""

import msgspec

from mailmax.hub.contract.activity import Range
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.live.busy import SystemActivity, as_table, read_activity
from mailmax.webadmin.rest.answers import Answer
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)
_CSV = "text/csv"


class Ranging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far back."""

    range: Range = "hour"


@route(
    "GET /activity",
    scope="activity:read",
    owner=_SYSTEM,
    shape=Shape(query=Ranging, gives=SystemActivity),
)
async def show_activity(call: Call) -> SystemActivity:
    """Show how busy each service was."""
    return await read_activity(call.hub, call.asked(Ranging).range)


@route(
    "GET /activity/table",
    scope="activity:read",
    owner=_SYSTEM,
    shape=Shape(query=Ranging, media_type=_CSV),
)
async def show_activity_table(call: Call) -> Answer:
    """Show the same as a table (CSV)."""
    asked = call.asked(Ranging).range
    table = as_table(await read_activity(call.hub, asked))
    name = f'attachment; filename="mailmax-activity-{asked}.csv"'
    return Answer(
        body=table.encode(),
        media_type=f"{_CSV}; charset=utf-8",
        headers={"Content-Disposition": name},
    )


ROUTES = (show_activity, show_activity_table)
