"""Running external programs, each contained, a few at a time.

Theory:
    A role that has a program to run starts its guard (`guard`), once. For each run a
    directory is made and filled (by `net.hand`: that is disk work), a job goes to the
    guard together with one end of a line, and the answer comes over the other end;
    the loop waits for nothing else. Then the files are counted.

Rules:
    Nothing here raises for what a program does: there is always an outcome. What is
    no verdict says so (`policy.programs`).
    Whoever stops waiting ends the program: the line is cut.
    Leftovers of a crash are removed at the start.
    Where the directory does not answer, nothing is started, and nobody waits for it;
    what could not be removed goes when it is back.

Limits:
    4 at once in a role; others wait in turn.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from mailmax.net.children import executable
from mailmax.net.children.directory import Given, RunDirectory, Spoiled, clean
from mailmax.net.children.guarding import Guard
from mailmax.net.children.job import Job, Limits, Means, Report
from mailmax.net.children.reach import readable
from mailmax.net.hand import Hand, Unanswered
from mailmax.policy import programs
from mailmax.policy.programs import NoAnswer, Outcome, Program

AT_ONCE = 4
_log = logging.getLogger("mailmax")

T = TypeVar("T")


@dataclass
class Programs:
    """Runs the programs of one role; used on one loop."""

    working: Path
    """The role's own directory; made when it is needed."""
    limits: Limits = field(default_factory=Limits)
    readable: Sequence[str] = ()
    """What programs may read beside the system's."""
    hidden: Sequence[Path] = ()
    """What they may not, even where it lies below what they may."""
    at_once: int = AT_ONCE
    _guard: Guard | None = None
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _turns: asyncio.Semaphore = field(init=False)
    _hand: Hand = field(init=False)
    _left: list[RunDirectory] = field(default_factory=list)
    """What could not be removed."""
    _is_stopping: bool = False

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.at_once)
        self._hand = Hand("the working directory")

    async def start(self, older_s: float = 0.0) -> None:
        """Remove what a crash has left; a directory that is away is met when used.

        Args:
            older_s: Only what is older; where others run programs there, too.
        """
        try:
            left = await self._do_there(partial(clean, self.working, older_s))
        except (OSError, Unanswered) as error:
            _log.error("external programs: %s: %s", self.working, _words(error))
            return
        for each in left:
            _log.error("external programs: left behind: %s", each)

    async def stop(self) -> None:
        """End every program and the guard; later ones do not start."""
        self._is_stopping = True
        async with self._starting:
            guard, self._guard = self._guard, None
        if guard is not None:
            guard.cut()
            await asyncio.to_thread(guard.end)

    async def means(self) -> Means:
        """Return what programs are contained with here.

        Raises:
            OSError: The guard cannot be started.
        """
        return (await self._ready()).means

    async def run(
        self,
        program: Program,
        files: Sequence[Given],
        limits: Limits | None = None,
    ) -> Outcome:
        """Run a program on files; returns what it says about them.

        Whoever is cancelled while waiting here has ended the program.

        Args:
            program: Its words; ``%M`` in them means that there is one file, the whole
                message.
            files: What it is given.
            limits: Others than the usual ones.
        """
        bad = await asyncio.to_thread(executable.check, "program", program)
        if bad is not None:
            return NoAnswer("not_startable", bad.reason)
        async with self._turns:
            try:
                guard = await self._ready()
                directory = await self._fill(program, files)
            except (OSError, Unanswered) as error:
                return NoAnswer("not_startable", _words(error))
            try:
                return await self._run_in(
                    directory, program, guard, limits or self.limits
                )
            finally:
                await asyncio.shield(self._tidy(directory))

    async def _run_in(
        self, directory: RunDirectory, program: Program, guard: Guard, limits: Limits
    ) -> Outcome:
        words = program.filled(str(directory.files), str(directory.message))
        hidden = (self.working, *self.hidden)
        try:
            reach = await self._do_there(
                partial(readable, program, hidden, self.readable)
            )
            report = await guard.ask(Job(words, str(directory.path), reach, limits))
        except OSError as error:
            return NoAnswer("broken", f"the guard does not answer: {error}")
        except Unanswered as failure:
            return NoAnswer("not_startable", failure.text)
        try:
            return await self._do_there(partial(_judge, report, directory))
        except Unanswered as failure:
            return NoAnswer("broken", failure.text, report.seconds)

    async def _fill(self, program: Program, files: Sequence[Given]) -> RunDirectory:
        """Make a directory with files; who is cancelled meanwhile leaves none.

        Raises:
            OSError: It cannot be made.
            Unanswered: The directory does not answer.
        """
        work = partial(_filled, self.working, program, files)
        filling = asyncio.ensure_future(self._do_there(work, _remove))
        try:
            return await asyncio.shield(filling)
        except asyncio.CancelledError:
            await asyncio.wait([filling])
            if filling.exception() is None:
                await self._tidy(filling.result())
            raise

    async def _tidy(self, directory: RunDirectory) -> None:
        """Remove it, and what could not be removed before."""
        self._left.append(directory)
        while self._left:
            one = self._left.pop()
            try:
                await self._do_there(partial(_remove, one))
            except Unanswered as failure:
                _log.error("external programs: left behind: %s", failure)
                self._left.append(one)
                return

    async def _do_there(
        self, work: Callable[[], T], undo: Callable[[T], object] = bool
    ) -> T:
        """Do something in the working directory, beside the loop.

        Raises:
            Unanswered: It does not answer.
        """
        return await asyncio.to_thread(self._hand.do, work, undo)

    async def _ready(self) -> Guard:
        async with self._starting:
            if self._is_stopping:
                raise OSError("the services are stopping")
            if self._guard is not None and not self._guard.is_there:
                await asyncio.to_thread(self._guard.end)
                self._guard = None
            if self._guard is None:
                self._guard = await asyncio.to_thread(Guard)
            return self._guard


def _filled(working: Path, program: Program, files: Sequence[Given]) -> RunDirectory:
    working.mkdir(0o700, exist_ok=True)
    directory = RunDirectory(working)
    try:
        directory.put(files, is_message=program.wants_message)
    except BaseException:
        _remove(directory)
        raise
    return directory


def _words(error: OSError | Unanswered) -> str:
    if isinstance(error, Unanswered):
        return error.text
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _remove(directory: RunDirectory) -> None:
    try:
        directory.remove()
    except FileNotFoundError:
        pass  # late, by a disk that was given up
    except OSError as error:
        _log.error("external programs: left behind: %s", error)


def _judge(report: Report, directory: RunDirectory) -> Outcome:
    output = report.output.encode("latin-1")
    if report.kind != "exited":
        return NoAnswer(report.kind, report.reason, report.seconds, output)
    try:
        gone = directory.gone()
    except (Spoiled, OSError) as error:
        return NoAnswer("broken", str(error), report.seconds, output)
    return programs.judge(report.status, gone, report.seconds, output)
