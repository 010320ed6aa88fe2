"""Running external programs, each contained, a few at a time.

Theory:
    A role that has a program to run starts its guard (`guard`), once. For each run a
    directory is made and filled (in a thread: that is disk work), a job goes to the
    guard together with one end of a line, and the answer comes over the other end;
    the loop waits for nothing else. Then the files are counted.

Rules:
    Nothing here raises for what a program does: there is always an outcome. What is
    no verdict says so (`policy.programs`).
    Whoever stops waiting ends the program: the line is cut.
    Leftovers of a crash are removed at the start.

Limits:
    4 at once in a role; others wait in turn.
"""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import mailmax
from mailmax.net.children import executable
from mailmax.net.children.directory import Given, RunDirectory, Spoiled, clean
from mailmax.net.children.job import PACKET_OCTETS, Job, Limits, Means, Report
from mailmax.policy import programs
from mailmax.policy.programs import Failure, Outcome, Program

AT_ONCE = 4
_PATIENCE_S = 15.0
"""Longer than a warden needs beyond the program's own time."""

SYSTEM_DIRECTORIES = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt",
    "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
    "/etc/localtime", "/etc/mime.types", "/etc/magic", "/etc/nsswitch.conf",
    "/etc/passwd", "/etc/group", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
    "/etc/clamav", "/var/lib/clamav",
)  # fmt: skip
"""What every program may read and execute."""

_log = logging.getLogger("mailmax")


@dataclass(slots=True)
class _Guard:
    process: "subprocess.Popen[bytes]"
    line: socket.socket
    means: Means


@dataclass
class Programs:
    """Runs the programs of one role; used on one loop."""

    working: Path
    """The role's own directory; made if it is missing."""
    limits: Limits = field(default_factory=Limits)
    readable: Sequence[str] = ()
    """What programs may read beside the system's."""
    at_once: int = AT_ONCE
    _guard: _Guard | None = None
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.at_once)

    async def start(self) -> None:
        """Remove what a crash has left; a directory that is away is met when used."""
        try:
            left = await asyncio.to_thread(clean, self.working)
        except OSError as error:
            _log.error("external programs: %s: %s", self.working, error.strerror)
            return
        for each in left:
            _log.error("external programs: left behind: %s", each)

    async def stop(self) -> None:
        """End every program and the guard."""
        guard, self._guard = self._guard, None
        if guard is not None:
            await asyncio.to_thread(_end, guard)

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

        Args:
            program: Its words; ``%M`` in them means that there is one file, the whole
                message.
            files: What it is given.
            limits: Others than the usual ones.
        """
        bad = await asyncio.to_thread(executable.check, "program", program)
        if bad is not None:
            return Failure("not_startable", bad.reason)
        async with self._turns:
            try:
                guard = await self._ready()
                directory = await asyncio.to_thread(_fill, self.working, program, files)
            except OSError as error:
                return Failure("not_startable", str(error))
            try:
                return await self._run_in(
                    directory, program, guard, limits or self.limits
                )
            finally:
                await asyncio.shield(asyncio.to_thread(_remove, directory))

    async def _run_in(
        self, directory: RunDirectory, program: Program, guard: _Guard, limits: Limits
    ) -> Outcome:
        words = program.filled(str(directory.files), str(directory.message))
        reach = _readable(program, self.working, self.readable)
        job = Job(words, str(directory.path), reach, limits)
        try:
            report = await _ask(guard, job)
        except OSError as error:
            await self._give_up(guard)
            return Failure("broken", f"the guard has ended: {error}")
        if report is None:
            return Failure("broken", "the warden has ended")
        return await asyncio.to_thread(_judge, report, directory)

    async def _ready(self) -> _Guard:
        async with self._starting:
            if self._guard is not None and self._guard.process.poll() is not None:
                await asyncio.to_thread(_end, self._guard)
                self._guard = None
            if self._guard is None:
                self._guard = await asyncio.to_thread(_start)
                _log.info("external programs: %s", words_of(self._guard.means))
            return self._guard

    async def _give_up(self, guard: _Guard) -> None:
        if self._guard is guard:
            self._guard = None
            await asyncio.to_thread(_end, guard)


def words_of(means: Means) -> str:
    """Say what programs are contained with, for people."""
    has = {
        "namespaces": means.namespaces,
        "read-only mounts": means.mounts,
        f"Landlock {means.landlock}": means.landlock > 0,
        "a filter of system calls": means.seccomp,
    }
    missing = [name for name, there in has.items() if not there]
    found = ", ".join(name for name, there in has.items() if there) or "limits only"
    return f"{found}; missing: {', '.join(missing)}" if missing else found


def command_of_guard(number: int) -> list[str]:
    """Return how a guard is started: alone with Python and this package.

    Args:
        number: Its end of the line.
    """
    source = str(Path(mailmax.__file__).parent.parent)
    begin = f"import sys; sys.path.append({source!r})"
    serve = f"from mailmax.net.children.guard import main; main({number})"
    return [sys.executable, "-I", "-S", "-B", "-c", f"{begin}\n{serve}"]


def _start() -> _Guard:
    """Start a guard and hear what it can do."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        process = subprocess.Popen(  # noqa: S603 - our own
            command_of_guard(theirs.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            cwd="/",
            env={},
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    ours.settimeout(_PATIENCE_S)
    packet = ours.recv(PACKET_OCTETS)
    if not packet:
        ours.close()
        process.wait()
        raise OSError(f"the guard could not start (exit {process.returncode})")
    ours.settimeout(None)
    return _Guard(process, ours, Means.unpacked(packet))


def _end(guard: _Guard) -> None:
    guard.line.close()
    try:
        guard.process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        guard.process.kill()
        guard.process.wait()


async def _ask(guard: _Guard, job: Job) -> Report | None:
    """Send a job and wait for the report; None when its warden ends without one.

    Raises:
        OSError: The guard does not take it.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    loop = asyncio.get_running_loop()
    with ours:
        with theirs:
            socket.send_fds(guard.line, [job.packed()], [theirs.fileno()])
        readable = asyncio.Event()
        loop.add_reader(ours, readable.set)
        try:
            await asyncio.wait_for(readable.wait(), job.limits.wall_s + _PATIENCE_S)
        except TimeoutError:
            return Report("broken", reason="its end was not told")
        finally:
            loop.remove_reader(ours)
        try:
            packet = ours.recv(PACKET_OCTETS)
        except ConnectionError:
            return None
    return Report.unpacked(packet) if packet else None


def _fill(working: Path, program: Program, files: Sequence[Given]) -> RunDirectory:
    working.mkdir(0o700, exist_ok=True)
    directory = RunDirectory(working)
    try:
        directory.put(files, is_message=program.wants_message)
    except BaseException:
        _remove(directory)
        raise
    return directory


def _remove(directory: RunDirectory) -> None:
    try:
        directory.remove()
    except OSError as error:
        _log.error("external programs: left behind: %s", error)


def _readable(program: Program, working: Path, more: Sequence[str]) -> tuple[str, ...]:
    """Return what a program may read: the system, itself, and what lies beside it."""
    real = os.path.realpath(program.executable)
    beside = Path(real).parent
    if working.resolve().is_relative_to(beside):  # not the mail
        beside = Path(real)
    return (*SYSTEM_DIRECTORIES, *more, program.executable, real, str(beside))


def _judge(report: Report, directory: RunDirectory) -> Outcome:
    output = report.output.encode("latin-1")
    if report.kind != "exited":
        kind = report.kind
        return Failure(kind, report.reason, report.seconds, output)  # type: ignore[arg-type]
    try:
        gone = directory.gone()
    except (Spoiled, OSError) as error:
        return Failure("broken", str(error), report.seconds, output)
    return programs.judge(report.status, gone, report.seconds, output)
