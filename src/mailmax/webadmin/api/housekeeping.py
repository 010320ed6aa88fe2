"""Housekeeping: when it runs, what it did or would do, and the button for now.

Manual: 4.1, 6.2, 6.6, 7.1, 7.7.
"""

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec

from mailmax.hub.contract.housekeeping import (
    AskHousekeeping,
    Deed,
    DeedKind,
    DeedPage,
    HousekeepingView,
    ListDeeds,
    RunBegun,
    RunHousekeeping,
    RunView,
    Totals,
)
from mailmax.webadmin.api.words import moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.routes import BASE, Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_SYSTEM = nobodys(Whose.SYSTEM)
_DEEDS = Columns(
    sorted=("what", "name", "messages", "octets", "note"),
    own=("what", "name", "note"),
    searched=("what", "name", "note"),
)


class CleaningTotals(msgspec.Struct, frozen=True):
    """What was done, or would be."""

    looked_at: int
    """Users."""
    messages: int
    octets: int
    """Of those messages."""
    users: int
    """Deleted by age."""
    archived: int
    """Directories that were put away."""
    moved: int
    """Directories of domains."""
    removed: int
    """Directories."""
    removed_octets: int
    troubles: int


class CleaningRun(msgspec.Struct, frozen=True):
    """One run."""

    number: int
    state: Literal["running", "done", "refused", "stopped"]
    dry_run: bool
    domain: str
    """Only this one's users; empty: of all."""
    begun_at: str | None
    ended_at: str | None
    """Null: not yet."""
    totals: CleaningTotals
    note: str


class Cleaning(msgspec.Struct, frozen=True):
    """How Housekeeping is."""

    next_at: str | None
    """When the next daily run begins."""
    clock_trouble: str
    """Why nothing is deleted now; empty: nothing is in the way."""
    last: CleaningRun | None
    """The run under way, else the last one."""
    sum_since: str | None
    sum: CleaningTotals
    """Of all runs since then."""


class NewRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run for now."""

    dry_run: bool = False
    """Only show what would be deleted; nothing changes."""
    domain: Annotated[str, msgspec.Meta(max_length=255)] = ""
    """Only this one's users, and no directories of who is gone."""
    trust_clock: bool = False
    """The server's clock is right, although it jumped."""


class RunMade(msgspec.Struct, frozen=True):
    """It runs; `GET /housekeeping` has how far it is."""

    number: int


class CleaningDeed(msgspec.Struct, frozen=True):
    """One thing that the last run did, or would do."""

    what: DeedKind
    name: str
    messages: int
    octets: int
    note: str


@route(
    "GET /housekeeping",
    scope="housekeeping:read",
    owner=_SYSTEM,
    shape=Shape(gives=Cleaning),
)
async def show_housekeeping(call: Call) -> Cleaning:
    """Show when Housekeeping runs next, what it did last and in all."""
    view = await call.ask(AskHousekeeping(), HousekeepingView)
    return Cleaning(
        moment(view.next_at),
        view.clock_trouble,
        None if view.last is None else _run(view.last),
        moment(view.sum_since),
        _totals(view.sum),
    )


@route(
    "POST /housekeeping/runs",
    scope="housekeeping:write",
    owner=_SYSTEM,
    shape=Shape(takes=NewRun, gives=RunMade, status=HTTPStatus.CREATED),
)
async def run_housekeeping(call: Call) -> Answer:
    """Run Housekeeping now, or only see what a run would do."""
    new = call.taken(NewRun)
    request = RunHousekeeping(new.dry_run, new.domain, new.trust_clock)
    begun = await call.carry_out(request, RunBegun)
    return made(RunMade(begun.number), f"{BASE}/housekeeping")


@route(
    "GET /housekeeping/deeds",
    scope="housekeeping:read",
    owner=_SYSTEM,
    shape=Shape(query=Asked, gives=Page[CleaningDeed], sorts=_DEEDS.sorted),
)
async def list_cleaning_deeds(call: Call) -> Page[CleaningDeed]:
    """List one by one what the last run did, or would do; the first 10,000."""

    async def read(cursor: str, limit: int) -> Page[CleaningDeed]:
        page = await call.ask(ListDeeds(cursor, limit), DeedPage)
        return Page([_deed(one) for one in page.rows], page.next)

    return await part_of(call.asked(Asked), read, _DEEDS)


ROUTES = (show_housekeeping, run_housekeeping, list_cleaning_deeds)


def _run(view: RunView) -> CleaningRun:
    return CleaningRun(
        view.number,
        view.state,
        view.dry_run,
        view.domain,
        moment(view.begun_at),
        moment(view.ended_at),
        _totals(view.totals),
        view.note,
    )


def _totals(view: Totals) -> CleaningTotals:
    return CleaningTotals(**msgspec.structs.asdict(view))


def _deed(one: Deed) -> CleaningDeed:
    return CleaningDeed(one.what, one.name, one.messages, one.octets, one.note)
