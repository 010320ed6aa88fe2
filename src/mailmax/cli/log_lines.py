"""Lines of log files, written to the terminal: the last, those since, those to come.

Theory:
    A file is read from where what is wanted begins: its last lines, or the first of a
    time (`observe.logreading`). Where words are looked for, all behind it is read.

Rules:
    Whole lines only, and nothing in them that does not print.

Limits:
    A file is never in memory as a whole. What goes on for 64 KiB without an end is a
    line (those of events have at most 4 KiB, TRUST N1).
"""

import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mailmax.observe.events.catalogue import one_line
from mailmax.observe.logreading import place_since

_LOOK_S = 0.2
_LONGEST = 64 * 1024
_BLOCK_OCTETS = 1024 * 1024


class Place(NamedTuple):
    """How far a file has been shown."""

    file: int
    """Which one: another may get its name."""
    offset: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines."""

    lines: int
    """The last of them; 0: all."""
    since: float = 0.0
    """Unix time: only those written then or later; 0: whenever."""
    words: str = ""
    """Only those with these words, whatever the case of ASCII letters."""

    @property
    def octets(self) -> bytes:
        """The words as they may stand in a file, in lower case."""
        return os.fsencode(self.words).lower()


def write_last(paths: Sequence[Path], wanted: Wanted) -> dict[Path, Place]:
    """Write what is wanted of some files; return how far each was read."""
    kept: deque[str] = deque(maxlen=wanted.lines)
    take = kept.append if wanted.lines else print
    seen = {
        path: _read_from(path, _begin(path, wanted), wanted, take) for path in paths
    }
    for line in kept:
        print(line)
    return seen


def follow(
    files: Callable[[], list[Path]], seen: dict[Path, Place], wanted: Wanted
) -> None:
    """Write what is appended to any of some files, and to new ones, until Ctrl-C."""
    while True:
        sys.stdout.flush()
        time.sleep(_LOOK_S)
        for path in files():
            with contextlib.suppress(FileNotFoundError):  # moved away just now
                known, status = seen.get(path), path.stat()
                if known is None or known.file != status.st_ino:
                    known = Place(status.st_ino, 0)
                seen[path] = _read_from(path, known.offset, wanted, print)


def end_of(path: Path) -> Place:
    """Return the place behind all that is there."""
    status = path.stat()
    return Place(status.st_ino, status.st_size)


def _begin(path: Path, wanted: Wanted) -> int:
    if wanted.since:
        with path.open("rb") as file:
            return place_since(file.fileno(), file.seek(0, os.SEEK_END), wanted.since)
    return 0 if wanted.words else _tail(path, wanted.lines)


def _tail(path: Path, lines: int) -> int:
    """Return where the last lines begin."""
    if not lines:
        return 0
    wanted = lines + 1  # with the end of the line before
    with path.open("rb") as file:
        begin = file.seek(0, os.SEEK_END)
        while begin:
            end, begin = begin, max(0, begin - _BLOCK_OCTETS)
            file.seek(begin)
            octets = file.read(end - begin)
            found = octets.count(b"\n")
            if found >= wanted:
                return begin + _nth_from_end(octets, wanted) + 1
            wanted -= found
    return 0


def _nth_from_end(octets: bytes, wanted: int) -> int:
    """Return where that line end is; 1: the last."""
    place = len(octets)
    for _ in range(wanted):
        place = octets.rfind(b"\n", 0, place)
    return place


def _read_from(
    path: Path, offset: int, wanted: Wanted, take: Callable[[str], object]
) -> Place:
    """Give the lines with the words, from there on; return where the last ends."""
    words = wanted.octets
    with path.open("rb") as file:
        file.seek(offset)
        while line := file.readline(_LONGEST):
            if not line.endswith(b"\n") and len(line) < _LONGEST:
                break
            offset += len(line)
            if words in line.lower():
                take(one_line(line.removesuffix(b"\n").decode("utf-8", "replace")))
        return Place(os.fstat(file.fileno()).st_ino, offset)
