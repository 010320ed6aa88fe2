"""A program is tried on files that an administrator gives (``mailmax program try``).

Theory:
    It is run as for mail: by the same guard, as the same user, behind the same walls,
    in a directory that is removed afterwards. The task is this desk's: who asks is not
    kept waiting (`hub.contract.programs`).

Manual: 4.10, 8.1.8.
"""

import asyncio
import time

import msgspec

from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.programs import (
    MOST_FILES,
    MOST_OCTETS,
    MOST_SECONDS,
    AskProgramTrial,
    BeginProgramTrial,
    ProgramTrial,
)
from mailmax.hub.port import RelayingHub
from mailmax.net.children.directory import SAMPLE, Given
from mailmax.net.children.guarding import words_of
from mailmax.net.children.runner import Programs
from mailmax.policy.programs import ANY, Ended, NoAnswer, Outcome, Program, parse
from mailmax.settings.field import BadValue


class ProgramDesk:
    """Of one filer."""

    def __init__(self, programs: Programs, node: str) -> None:
        """Prepare, on the running loop.

        Args:
            programs: Runs them.
            node: The name of this computer.
        """
        self._programs = programs
        self._last = ProgramTrial(node)
        self._task: asyncio.Task[None] | None = None

    def answer(self, hub: RelayingHub) -> None:
        """Answer what this hub asks."""
        hub.on_request(BeginProgramTrial, self._begin)
        hub.on_request(AskProgramTrial, self._tell)

    async def start(self) -> None:
        """Nothing is to be done before somebody asks."""

    async def stop(self) -> None:
        """End a program that runs."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _tell(self, _: AskProgramTrial) -> ProgramTrial:
        return self._last

    def _begin(self, request: BeginProgramTrial) -> ProgramTrial | Denied:
        program = parse("line", request.line, ANY)
        if isinstance(program, BadValue):
            return Denied("bad_value", program.field, program.reason, program.cure)
        denied = _why_not(request, program)
        if denied is not None:
            return denied
        if self._last.is_running:
            words = f"{self._last.line} is being tried"
            return Denied("conflict", "line", words, "wait until that is done")
        files = [Given(one.octets, one.name) for one in request.files] or [SAMPLE]
        node = self._last.node
        self._last = ProgramTrial(node, str(program), time.time(), is_running=True)
        work = self._run(program, files, request.seconds)
        self._task = asyncio.create_task(work)
        return self._last

    async def _run(self, program: Program, files: list[Given], seconds: int) -> None:
        limits = self._programs.limits.lasting(seconds)
        contained = ""
        found: Outcome = NoAnswer("broken", "the filer ended it")
        try:
            contained = words_of(await self._programs.means())
            found = await self._programs.run(program, files, limits)
        except OSError as error:
            found = NoAnswer("not_startable", str(error))
        finally:  # whatever happened, another may be tried
            self._last = _told(self._last, contained, found, files)


def _why_not(request: BeginProgramTrial, program: Program) -> Denied | None:
    octets = sum(len(one.octets) for one in request.files)
    if len(request.files) > MOST_FILES or octets > MOST_OCTETS:
        cure = f"give at most {MOST_FILES} files and {MOST_OCTETS} octets"
        return Denied("bad_value", "files", "they are too much", cure)
    if program.wants_message and len(request.files) > 1:
        words = "%M stands for one file: the whole message"
        return Denied("bad_value", "files", words, "give one file")
    if not 1 <= request.seconds <= MOST_SECONDS:
        cure = f"give 1 to {MOST_SECONDS}"
        return Denied("bad_value", "seconds", "it is out of bounds", cure)
    return None


def _told(
    trial: ProgramTrial, contained: str, found: Outcome, files: list[Given]
) -> ProgramTrial:
    told = msgspec.structs.replace(
        trial,
        is_running=False,
        contained=contained,
        seconds=round(found.seconds, 3),
        output=found.output.decode("utf-8", "backslashreplace"),
    )
    if not isinstance(found, Ended):
        return msgspec.structs.replace(told, outcome=found.kind, reason=found.reason)
    removed = tuple(files[place].name for place in found.gone)
    return msgspec.structs.replace(
        told, outcome="ended", status=found.status, removed=removed
    )
