"""The role's side of its guard: starting it, giving it jobs, ending them.

Theory:
    Each job has a line of its own to its warden. Whoever cuts it ends the program; the
    other end is closed when nothing of the program is left. So waiting for that end is
    waiting for everything.
"""

import asyncio
import logging
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import mailmax
from mailmax.net.children.job import PACKET_OCTETS, Job, Means, Report

PATIENCE_S = 15.0
"""Longer than a warden needs beyond its program's own time."""

_LANDLOCK = "Landlock"
_FILTER = "a filter of system calls"

_log = logging.getLogger("mailmax")


class Guard:
    """A guard that runs; used on one loop, started and ended in a thread."""

    def __init__(self) -> None:
        """Start one and hear what it can do.

        Raises:
            OSError: It does not start.
        """
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._jobs: set[socket.socket] = set()
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own
                    command_of_guard(theirs.fileno()),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    cwd="/",
                    env={},
                )
            self.means = self._hear()
        except OSError:
            self._line.close()
            raise
        note = _log.warning if missing(self.means) else _log.info
        note("external programs: %s", words_of(self.means))

    @property
    def is_there(self) -> bool:
        """Tell whether it still runs."""
        return self._process.poll() is None

    async def ask(self, job: Job) -> Report:
        """Have a job done.

        Raises:
            OSError: The guard does not take it.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                socket.send_fds(self._line, [job.packed()], [theirs.fileno()])
            self._jobs.add(ours)
            hearing = asyncio.ensure_future(_hear_from(ours))
            try:
                patience = job.limits.wall_s + PATIENCE_S
                return await asyncio.wait_for(asyncio.shield(hearing), patience)
            except TimeoutError:
                return Report("broken", reason="its warden does not answer")
            finally:
                self._jobs.remove(ours)
                if not hearing.done():
                    _cut(ours)
                    await asyncio.wait([hearing], timeout=PATIENCE_S)
                hearing.cancel()

    def cut(self) -> None:
        """End every job."""
        for line in self._jobs:
            _cut(line)

    def end(self) -> None:
        """End it; jobs go on to their own end."""
        self._line.close()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _hear(self) -> Means:
        self._line.settimeout(PATIENCE_S)
        try:
            packet = self._line.recv(PACKET_OCTETS)
        except OSError:
            packet = b""
        if not packet:
            self._process.kill()
            self._process.wait()
            raise OSError(f"the guard does not start ({self._process.returncode})")
        self._line.settimeout(None)
        return Means.unpacked(packet)


def command_of_guard(number: int) -> list[str]:
    """Return how a guard is started: alone with Python and this package.

    Args:
        number: Its end of the line.
    """
    source = str(Path(mailmax.__file__).parent.parent)
    begin = f"import sys; sys.path.append({source!r})"
    serve = f"from mailmax.net.children.guard import main; main({number})"
    return [sys.executable, "-I", "-S", "-B", "-c", f"{begin}\n{serve}"]


def words_of(means: Means) -> str:
    """Say what programs are contained with, for people."""
    has = {name: there for name, there in _walls(means).items() if there}
    words = f"contained by {', '.join(has) or 'limits only'}"
    lacks = missing(means)
    return f"{words}; missing: {', '.join(lacks)}" if lacks else words


def missing(means: Means) -> list[str]:
    """Return what this computer does not have, or does not allow."""
    return [name for name, there in _walls(means).items() if not there]


def serious(means: Means) -> list[str]:
    """Return what nothing else stands in for."""
    return [name for name in missing(means) if name in {_LANDLOCK, _FILTER}]


def _walls(means: Means) -> dict[str, bool]:
    return {
        "namespaces": means.namespaces,
        "read-only mounts": means.mounts,
        _LANDLOCK: means.landlock > 0,
        _FILTER: means.seccomp,
    }


async def _hear_from(line: socket.socket) -> Report:
    """Wait for the report of a job, or for the end of its warden."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(line, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(line)
    try:
        packet = line.recv(PACKET_OCTETS)
    except ConnectionError:
        packet = b""
    if packet:
        return Report.unpacked(packet)
    return Report("broken", reason="its warden has ended")


def _cut(line: socket.socket) -> None:
    with suppress(OSError):  # the other end is gone already
        line.shutdown(socket.SHUT_WR)
