"""What contradicts itself or is a risk, in all that is set (manual 12)."""

from typing import Literal

import msgspec

from mailmax.hub.contract.checks import FindingPage, ListFindings
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Page, ShortList
from mailmax.webadmin.rest.routes import Shape, nobodys, route


class Finding(msgspec.Struct, frozen=True):
    """A contradiction or a risk."""

    check: str
    """Name of the check."""
    kind: Literal["contradiction", "risk"]
    field: str
    reason: str
    cure: str


@route(
    "GET /findings",
    scope="settings:read",
    owner=nobodys(Whose.SYSTEM),
    shape=Shape(query=ShortList, gives=Page[Finding]),
)
async def list_findings(call: Call) -> Page[Finding]:
    """List what contradicts itself or is a risk, in all that DataMax keeps."""
    asked = call.asked(ShortList)
    page = await call.ask(ListFindings(asked.cursor, asked.limit), FindingPage)
    rows = [msgspec.convert(row, Finding, from_attributes=True) for row in page.rows]
    return Page(rows, page.next, None if asked.cursor else page.total)


ROUTES = (list_findings,)
