"""An external program is tried on files, as the services run it.

Theory:
    The filer runs it; the hub passes these questions on. A program may take minutes:
    what begins a trial is answered at once, and what came of it is told later.

Rules:
    Only who may set a program may try one: an administrator of the system
    (DECISIONS 25). One trial at a time: who begins another is refused.

Limits:
    20 files, 4 MiB of them together; 300 seconds.

Manual: 4.10, 8.1.8, 8.2.6.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.message import Denied, Message, Request

MOST_FILES = 20
MOST_OCTETS = 4 * 1024 * 1024
MOST_SECONDS = 300

TrialOutcome = Literal[
    "", "ended", "hung", "crashed", "not_startable", "over_limits", "broken"
]
"""Empty: there is none yet; all but ``ended`` judged nothing (`policy.programs`)."""


class ProgramFile(msgspec.Struct, frozen=True, array_like=True):
    """A file that a program is given."""

    name: str
    """What its sender would call it."""
    octets: bytes


class ProgramTrial(Message, frozen=True, array_like=True, tag=487):
    """The last trial, since the filer was started."""

    node: str
    """The computer."""
    line: str = ""
    begun_at: float = 0.0
    """Unix time; 0: there was none."""
    is_running: bool = False
    contained: str = ""
    """What programs are contained with there, for people."""
    outcome: TrialOutcome = ""
    status: int = 0
    """Of one that has ended."""
    reason: str = ""
    """Why it judged nothing."""
    removed: tuple[str, ...] = ()
    """Names of the files that it removed: they would count as bad."""
    seconds: float = 0.0
    output: str = ""
    """The head of what it wrote."""


class BeginProgramTrial(
    Request[ProgramTrial | Denied], frozen=True, array_like=True, tag=488
):
    """Run a program on files; tell what runs."""

    line: str
    """The command line, with ``%d``, ``%F`` or ``%M``."""
    files: tuple[ProgramFile, ...] = ()
    """Empty: a small harmless text."""
    seconds: int = 60
    """How long it may take."""
    node: str = ""
    """On which computer; empty: on one where the filer runs."""
    is_limited: bool = False
    """Who asks has no rights over the server: it is refused."""


class AskProgramTrial(
    Request[ProgramTrial | Denied], frozen=True, array_like=True, tag=489
):
    """What came of the last trial?"""

    node: str = ""
    """As in `BeginProgramTrial`."""
