"""What a program uses, with all that it started: processes, memory, disk.

Theory:
    rlimits hold for one process, and some of them not for root. What all use together
    is added up from /proc and from the program's directory. Pages that processes
    share are counted once only when the plain sum is too much: that takes longer.

Rules:
    A file that was removed and is still open has no name to be found by, so free
    space is looked at, too: never more than half of what there was is taken.
"""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mailmax.net.children.job import Job

_PAGE_OCTETS = os.sysconf("SC_PAGE_SIZE")
_DISK_S = 0.2
_DEEPEST = 64
_BLOCK_OCTETS = 512


class Watch:
    """Adds up what one program uses."""

    def __init__(self, job: Job, above: int) -> None:
        """Begin before it has used anything.

        Args:
            job: With its limits.
            above: The process from which all of the program's come.
        """
        self._limits = job.limits
        self._directory = job.directory
        self._above = above
        self._given, _ = _on_disk(self._directory, 1 << 30)
        self._free = _free(self._directory)
        self._look_at_disk = 0.0

    def too_much(self, now: float) -> str:
        """Return what it uses too much of; nothing while all is well."""
        if over := self._processes_and_memory():
            return over
        if now < self._look_at_disk:
            return ""
        self._look_at_disk = now + _DISK_S
        return self._disk()

    def _processes_and_memory(self) -> str:
        memory: dict[int, int] = {}
        tasks = 0
        for process in descendants(self._above):
            with suppress(OSError, ValueError, IndexError):
                place = Path("/proc", str(process))
                pages = int((place / "statm").read_bytes().split()[1])
                memory[process] = pages * _PAGE_OCTETS
                tasks += len(os.listdir(place / "task"))  # noqa: PTH208
        if tasks > self._limits.processes + _OURS:
            return "it started too many processes"
        most = self._limits.memory_octets
        if sum(memory.values()) <= most:
            return ""
        together = sum(_shared_out(*each) for each in memory.items())
        return "it took too much memory" if together > most else ""

    def _disk(self) -> str:
        most = self._limits.disk_files
        octets, files = _on_disk(self._directory, most)
        if files > most:
            return "it made too many files"
        if octets - self._given > self._limits.disk_octets:
            return "it wrote too much"
        if _free(self._directory) < self._free // 2:
            return "the disk was filling up"
        return ""


_OURS = 1
"""The first process of the namespace is no doing of the program."""


def descendants(above: int) -> list[int]:
    """Return all processes that come from one, as far as they can be seen now."""
    found: list[int] = []
    waiting = deque([above])
    while waiting:
        children = list(_children(waiting.popleft()))
        found += children
        waiting += children
    return found


def _children(process: int) -> Iterator[int]:
    tasks = Path("/proc", str(process), "task")
    with suppress(OSError):
        for task in os.listdir(tasks):  # noqa: PTH208
            with suppress(OSError):
                yield from map(int, (tasks / task / "children").read_bytes().split())


def _shared_out(process: int, otherwise: int) -> int:
    """Return the memory of a process; what several share is shared out.

    Args:
        process: Its number.
        otherwise: What to take where the kernel does not say it.
    """
    with suppress(OSError):
        for row in (
            Path("/proc", str(process), "smaps_rollup").read_bytes().split(b"\n")
        ):
            if row.startswith(b"Pss:"):
                return int(row.split()[1]) * 1024
    return otherwise


def _free(directory: str) -> int:
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize


def _on_disk(directory: str, most: int) -> tuple[int, int]:
    """Add up octets and files below a directory; stop beyond `most` files."""
    octets = files = 0
    waiting = [(directory, 0)]
    while waiting and files <= most:
        place, depth = waiting.pop()
        if depth > _DEEPEST:
            return octets, most + 1
        with suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                files += 1
                with suppress(OSError):
                    octets += (
                        entry.stat(follow_symlinks=False).st_blocks * _BLOCK_OCTETS
                    )
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, depth + 1))
    return octets, files
