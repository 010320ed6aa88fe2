"""An external program is tried on files, as the services run it.

Rules:
    Who administers the system may set a program, and nobody else tries one; the hub
    says so, too (`datamax.behalf`).

Manual: 4.10, 8.1.8.
"""

from typing import Annotated

import msgspec

from mailmax.hub.contract.programs import (
    MOST_FILES,
    MOST_SECONDS,
    AskProgramTrial,
    BeginProgramTrial,
    ProgramFile,
    ProgramTrial,
)
from mailmax.policy.programs import LONGEST_LINE
from mailmax.webadmin.api.words import moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)
Node = Annotated[str, msgspec.Meta(max_length=255)]


class TrialNode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On which computer."""

    node: Node = ""
    """Empty: on one where the filer runs."""


class GivenFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that a program is given."""

    name: Annotated[str, msgspec.Meta(max_length=255)]
    octets: bytes


class NewTrial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A trial to be."""

    line: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_LINE)]
    """The command line, with `%d`, `%F` or `%M`."""
    files: Annotated[list[GivenFile], msgspec.Meta(max_length=MOST_FILES)] = []
    """Empty: a small harmless text."""
    seconds: Annotated[int, msgspec.Meta(ge=1, le=MOST_SECONDS)] = 60
    """How long it may take."""
    node: Node = ""


class Trial(msgspec.Struct, frozen=True):
    """The last trial, since the filer was started."""

    node: str
    line: str
    begun_at: str | None
    """Null: there was none."""
    is_running: bool
    contained: str
    """What programs are contained with there."""
    outcome: str
    """ended; hung, crashed, not_startable, over_limits or broken, where it judged
    nothing, so that mail would wait; empty: not yet."""
    status: int
    """Of one that has ended."""
    reason: str
    """Why it judged nothing."""
    removed: list[str]
    """Names of the files that it removed: they would count as bad."""
    seconds: float
    output: str
    """The head of what it wrote."""


@route(
    "GET /programs/trial",
    scope="programs:read",
    owner=_SYSTEM,
    shape=Shape(query=TrialNode, gives=Trial),
)
async def show_program_trial(call: Call) -> Trial:
    """Show what came of the last trial of an external program."""
    node = call.asked(TrialNode).node
    return _told(await call.ask(AskProgramTrial(node), ProgramTrial))


@route(
    "POST /programs/trial",
    scope="programs:write",
    owner=_SYSTEM,
    shape=Shape(takes=NewTrial, gives=Trial),
)
async def try_program(call: Call) -> Trial:
    """Run a program on files as services do; `GET /programs/trial` has the end."""
    new = call.taken(NewTrial)
    files = tuple(ProgramFile(one.name, one.octets) for one in new.files)
    request = BeginProgramTrial(new.line, files, new.seconds, new.node)
    return _told(await call.carry_out(request, ProgramTrial))


ROUTES = (show_program_trial, try_program)


def _told(trial: ProgramTrial) -> Trial:
    return Trial(
        trial.node,
        trial.line,
        moment(trial.begun_at),
        trial.is_running,
        trial.contained,
        trial.outcome,
        trial.status,
        trial.reason,
        list(trial.removed),
        trial.seconds,
        trial.output,
    )
