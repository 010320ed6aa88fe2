"""Reading log files: which a service has, and whole lines of a part of one.

Theory:
    A file grows at its end and can be large, so a part is read, forward from a place
    or backward to one, and cut at line ends. Who wants to go on does so from where the
    part began or ended. Words are looked for in the octets of the part, without regard
    to the case of ASCII letters. A moment is found by halving: lines stand in the order
    of their time, but for some milliseconds where several processes write.

Rules:
    Only files whose names are of the service, in its directory, and no links. Nothing
    that does not print is in a line (TRUST N1). Call it in a thread.

Manual: 4.3.1, 4.4.1, 4.5.2, 4.5.4, 9.1.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from mailmax.observe.events.catalogue import one_line
from mailmax.observe.periods import is_of

_STAMP: Final = re.compile(rb'(?:\{"time":")?([0-9T:.+-]{10,40})[ "]')
"""What a line begins with, in both forms (`records`)."""
_NEAR_OCTETS: Final = 64 * 1024
"""So much is read at each halving; lines are shorter by far."""


class Found(NamedTuple):
    """One file."""

    name: str
    size_octets: int
    changed_at: float
    """Unix time."""


class Line(NamedTuple):
    """One line of a file."""

    at: int
    """Where it begins."""
    text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a file is wanted."""

    place: int
    """A line's begin; negative: the end."""
    is_backward: bool
    lines: int
    octets: int
    """To look at, at most."""
    words: str = ""
    longest: int = 2_000
    """Characters of a line that are shown."""
    since: float = 0.0
    """Unix time: what was written from then on, forward; 0: `place` says whence."""


@dataclass(frozen=True, slots=True)
class Part:
    """Lines, and how far the file was looked at."""

    lines: tuple[Line, ...]
    begin: int
    end: int
    size_octets: int


def find_files(directory: Path, stem: str) -> list[Found]:
    """Return the files of a service, the newest period first.

    Args:
        directory: Where they lie.
        stem: What their names begin with: ``smtp-events``.
    """
    found = []
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if is_of(stem, entry.name) and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    found.append(Found(entry.name, status.st_size, status.st_mtime))
    except FileNotFoundError:  # none was written yet, or one is deleted just now
        return sorted(found, reverse=True)
    return sorted(found, reverse=True)


def read_part(path: Path, wanted: Wanted) -> Part:
    """Return whole lines of a file.

    Args:
        path: The file; whether the name may be asked for is known (`is_name_of`).
        wanted: Which of them.

    Raises:
        OSError: It cannot be read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(2, "it is no file", str(path))
        size = status.st_size
        place = size if wanted.place < 0 else min(wanted.place, size)
        if wanted.since:
            place = place_since(fd, size, wanted.since)
        elif wanted.is_backward:
            begin = max(0, place - wanted.octets)
            octets = os.pread(fd, place - begin, begin)
            return _backward(octets, begin, size, wanted)
        octets = os.pread(fd, wanted.octets, place)
        return _forward(octets, place, size, wanted)
    finally:
        os.close(fd)


def is_name_of(stem: str, name: str) -> bool:
    """Tell whether a file of that name is one of the service's."""
    return is_of(stem, name) and "/" not in name and "\0" not in name


def place_since(fd: int, size: int, moment: float) -> int:
    """Return where the first line begins that is not older than a moment.

    Args:
        fd: The file, open for reading.
        size: Octets of it to look at.
        moment: Unix time.
    """
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        place, written = _stamped(fd, middle, high)
        if written is None or written >= moment:
            high = middle
        else:
            low = place + 1
    return _line_at(fd, low, size)


def _stamped(fd: int, place: int, end: int) -> tuple[int, float | None]:
    """Return the first line from a place on that tells its time, and that time."""
    begin = _line_at(fd, place, end)
    octets = os.pread(fd, _NEAR_OCTETS, begin)
    at = 0
    while at < min(len(octets), end - begin):
        written = _written(octets[at : at + 60])
        if written is not None:
            return begin + at, written
        at = (octets.find(b"\n", at) + 1) or len(octets)
    return end, None


def _line_at(fd: int, place: int, end: int) -> int:
    """Return where the first line begins that is not before a place."""
    if not place:
        return 0
    octets = os.pread(fd, _NEAR_OCTETS, place - 1)
    whole = octets.find(b"\n") + 1
    return min(place - 1 + whole, end) if whole else end


def _written(head: bytes) -> float | None:
    """Return when a line was written; None: it does not say so."""
    stamp = _STAMP.match(head)
    if stamp is None:
        return None
    try:
        return datetime.fromisoformat(stamp[1].decode()).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _backward(octets: bytes, begin: int, size: int, wanted: Wanted) -> Part:
    """Take the last lines of some octets; they may begin and end in one."""
    octets = octets[: octets.rfind(b"\n") + 1] or octets
    end = begin + len(octets)
    if begin:
        whole = octets.find(b"\n") + 1
        if whole < len(octets):  # else it is one line, longer than we look
            octets, begin = octets[whole:], begin + whole
    lines = list(_lines(octets, begin, wanted))
    if len(lines) > wanted.lines:
        lines = lines[-wanted.lines :]
        begin = lines[0].at
    return Part(tuple(lines), begin, end, size)


def _forward(octets: bytes, begin: int, size: int, wanted: Wanted) -> Part:
    """Take the first lines of some octets; what is not a whole line waits."""
    is_torn = len(octets) == wanted.octets and b"\n" not in octets
    if not is_torn:
        octets = octets[: octets.rfind(b"\n") + 1]
    lines: list[Line] = []
    for line in _lines(octets, begin, wanted):
        if len(lines) == wanted.lines:
            return Part(tuple(lines), begin, line.at, size)
        lines.append(line)
    return Part(tuple(lines), begin, begin + len(octets), size)


def _lines(octets: bytes, begin: int, wanted: Wanted) -> Iterator[Line]:
    """Give the lines in which the words are."""
    words = wanted.words.encode().lower()
    lowered = octets.lower() if words else octets
    at = 0
    while at < len(octets):
        if words:
            hit = lowered.find(words, at)
            if hit < 0:
                return
            at = octets.rfind(b"\n", 0, hit) + 1
        stop = octets.find(b"\n", at)
        stop = len(octets) if stop < 0 else stop
        text = octets[at : min(stop, at + 4 * wanted.longest)].decode(
            "utf-8", "replace"
        )
        yield Line(begin + at, one_line(text.rstrip("\r"))[: wanted.longest])
        at = stop + 1
