"""Many new users at once, tried first and added then.

Rules:
    Each row stands for itself: one that cannot be taken is named with its reason, and
    keeps no other from being taken. A dry run adds nobody and says what would be.

Limits:
    2,000 rows at once, and 1 MiB; a longer file is sent in parts.

Manual: 7.1.
"""

from typing import Annotated

import msgspec

from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.users import Imported, ImportRow, ImportUsers
from mailmax.webadmin.api.rank import is_administered
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, nobodys, route

Short = Annotated[str, msgspec.Meta(max_length=2_000)]


class UserLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A user to be."""

    address: Short
    password: Short
    """Or a hash: ``{SCHEME}…``, ``$…``."""
    first_name: Short = ""
    last_name: Short = ""

    def __repr__(self) -> str:
        return f"UserLine({self.address!r}, …)"


class UserLines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Users to be."""

    rows: Annotated[list[UserLine], msgspec.Meta(min_length=1, max_length=2_000)]
    dry_run: bool = False
    """Only say what would become of them."""


class LineRefused(msgspec.Struct, frozen=True):
    """A row that was not taken."""

    number: int
    """Its place in `rows`, from 0."""
    code: str
    field: str
    detail: str
    hint: str


class LinesImported(msgspec.Struct, frozen=True):
    """What became of the rows, or would."""

    added: int
    refused: list[LineRefused]
    waiting_for: list[str] = []


@route(
    "POST /users/import",
    scope="users:write",
    owner=nobodys(Whose.ADMINISTERED),
    shape=Shape(takes=UserLines, gives=LinesImported),
)
async def import_users(call: Call) -> LinesImported:
    """Add many users; rows that cannot be taken are told, the rest is taken."""
    wanted = call.taken(UserLines)
    own = [
        (at, row)
        for at, row in enumerate(wanted.rows)
        if is_administered(call, row.address)
    ]
    places = {at for at, _ in own}
    nowhere = Denied("not_found", "address", "there is no such domain here", "")
    refused = {at: nowhere for at in range(len(wanted.rows)) if at not in places}
    told = Imported(0)
    if own:
        rows = tuple(_asked(row) for _, row in own)
        request = ImportUsers(rows, dry_run=wanted.dry_run)
        told = await call.carry_out(request, Imported)
        refused |= {own[one.number][0]: one.why for one in told.refused}
    lines = [_line(at, refused[at]) for at in sorted(refused)]
    return LinesImported(told.added, lines, list(told.waiting_for))


ROUTES = (import_users,)


def _asked(row: UserLine) -> ImportRow:
    return ImportRow(row.address, Secret(row.password), row.first_name, row.last_name)


def _line(number: int, why: Denied) -> LineRefused:
    return LineRefused(number, why.kind, why.field, why.reason, why.cure)
