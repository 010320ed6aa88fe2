"""The virus scanners: how they are, a test of them, new definitions.

Manual: 3.3, 4.10.
"""

from collections.abc import Callable
from typing import Annotated

import msgspec

from mailmax.hub.contract.message import Denied, Request
from mailmax.hub.contract.virus import (
    AskVirusState,
    BeginVirusTest,
    BeginVirusUpdate,
    ScannerView,
    TrialView,
    UpdateView,
    VirusState,
)
from mailmax.webadmin.api.words import moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)


class OnNode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On which computer."""

    node: Annotated[str, msgspec.Meta(max_length=255)] = ""
    """Empty: on one where SMTPMax runs."""


class Scanner(msgspec.Struct, frozen=True):
    """One scanner."""

    kind: str
    """clamd or external."""
    is_on: bool
    """Mail is given to it."""
    trouble: str
    """Why it cannot be used; empty: it can."""
    engine: str
    """What it calls itself; the path of a program."""
    signatures: str
    made_at: str | None
    """When its signatures were made; null: it does not say."""


class Verdict(msgspec.Struct, frozen=True):
    """What a scanner said of the test file EICAR."""

    kind: str
    verdict: str
    """found, clean (it does not know what all scanners know), or failed."""
    words: str
    seconds: float


class VirusTest(msgspec.Struct, frozen=True):
    """The last test, since SMTPMax was started."""

    begun_at: str | None
    is_running: bool
    verdicts: list[Verdict]
    """Of those that have answered by now."""


class VirusUpdate(msgspec.Struct, frozen=True):
    """When definitions are updated, and how the last time went."""

    command: str
    directory: str
    daily_at: str
    """HH:MM; empty: not daily."""
    every_hours: int
    """0: not by hours."""
    on_start: bool
    is_running: bool
    begun_at: str | None
    """Null: there was none since SMTPMax was started."""
    ended_at: str | None
    trouble: str
    """Why the last one failed; empty: it did not."""


class VirusStanding(msgspec.Struct, frozen=True):
    """All of it, on one computer."""

    node: str
    nodes: list[str]
    """Where SMTPMax runs."""
    scanners: list[Scanner]
    test: VirusTest
    update: VirusUpdate


@route(
    "GET /virus",
    scope="virus:read",
    owner=_SYSTEM,
    shape=Shape(query=OnNode, gives=VirusStanding),
)
async def show_virus_scanners(call: Call) -> VirusStanding:
    """Show how the virus scanners are, their last test, the last update."""
    node = call.asked(OnNode).node
    return _standing(await call.ask(AskVirusState(node), VirusState))


@route(
    "POST /virus/test",
    scope="virus:write",
    owner=_SYSTEM,
    shape=Shape(takes=OnNode, gives=VirusStanding),
)
async def try_virus_scanners(call: Call) -> VirusStanding:
    """Give the test file EICAR to each scanner that is on; `GET /virus` has the end."""
    return await _begin(call, BeginVirusTest)


@route(
    "POST /virus/update",
    scope="virus:write",
    owner=_SYSTEM,
    shape=Shape(takes=OnNode, gives=VirusStanding),
)
async def update_virus_definitions(call: Call) -> VirusStanding:
    """Fetch new definitions; mail goes on meanwhile, `GET /virus` has the end."""
    return await _begin(call, BeginVirusUpdate)


ROUTES = (show_virus_scanners, try_virus_scanners, update_virus_definitions)


async def _begin(
    call: Call, what: Callable[[str], Request[VirusState | Denied]]
) -> VirusStanding:
    return _standing(await call.carry_out(what(call.taken(OnNode).node), VirusState))


def _standing(state: VirusState) -> VirusStanding:
    return VirusStanding(
        state.node,
        list(state.nodes),
        [_scanner(one) for one in state.scanners],
        _test(state.trial),
        _update(state.update),
    )


def _scanner(view: ScannerView) -> Scanner:
    return Scanner(
        view.kind,
        view.is_on,
        view.trouble,
        view.engine,
        view.signatures,
        moment(view.made_at),
    )


def _test(view: TrialView) -> VirusTest:
    verdicts = [
        Verdict(one.kind, one.verdict, one.words, one.seconds) for one in view.verdicts
    ]
    return VirusTest(moment(view.begun_at), view.is_running, verdicts)


def _update(view: UpdateView) -> VirusUpdate:
    return VirusUpdate(
        view.command,
        view.directory,
        view.daily_at,
        view.every_hours,
        view.on_start,
        view.is_running,
        moment(view.begun_at),
        moment(view.ended_at),
        view.trouble,
    )
