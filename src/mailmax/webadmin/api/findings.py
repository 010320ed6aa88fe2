"""What contradicts itself or is a risk, in all that is set (manual 12)."""

from typing import Literal

import msgspec

from mailmax.hub.contract.checks import FindingPage, ListFindings
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.routes import Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_COLUMNS = Columns(
    sorted=("check", "kind", "field", "reason", "cure"),
    own=("check", "field", "reason"),
    searched=("check", "kind", "field", "reason", "cure"),
)


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
    shape=Shape(query=Asked, gives=Page[Finding], sorts=_COLUMNS.sorted),
)
async def list_findings(call: Call) -> Page[Finding]:
    """List what contradicts itself or is a risk, in all that DataMax keeps."""

    async def read(cursor: str, limit: int) -> Page[Finding]:
        page = await call.ask(ListFindings(cursor, limit), FindingPage)
        rows = [
            msgspec.convert(one, Finding, from_attributes=True) for one in page.rows
        ]
        return Page(rows, page.next, None if cursor else page.total)

    return await part_of(call.asked(Asked), read, _COLUMNS)


ROUTES = (list_findings,)
