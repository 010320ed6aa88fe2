"""The log files of one service of one process.

Theory:
    Whoever works puts events into a short line of waiting ones and goes on; a thread
    makes lines of them and appends those to the file whose name holds the period
    (`periods`). Several processes of a service append to the same file: a line is
    part of one write at its end (O_APPEND), so lines are whole and never mixed.

Rules:
    A disk that is slow or full, or a directory that is gone, stops and slows nobody:
    what could not wait or be written is counted, and the count is the first line that
    can be written again (TRUST M12, N). A directory is never made here: it may be the
    place of a disk that is away. A file that was moved away is followed by a new one.
    Content of mail goes to a file of its own that only its owner may read, and that
    says what it holds (TRUST N3).

Limits:
    20,000 events and 8 MiB of content wait at most; they are written after 50 ms.

Manual: §4.3.1, §4.4.1, §4.5.2, §4.5.4.
"""

import fcntl
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

from mailmax.observe.events.catalogue import Event
from mailmax.observe.events.smtp import ContentHeard
from mailmax.observe.periods import Rate, is_of, name_of
from mailmax.observe.records import Form, encode, encode_content, encode_lost, local

MOST_WAITING: Final = 20_000
MOST_CONTENT: Final = 8 * 1024 * 1024
GATHER_S: Final = 0.05
"""Events that come within that time are written together."""
_DAY_S: Final = 86_400
_QUARTER_S: Final = 900
_NOWHERE: Final = -1
_AT_ONCE: Final = 100
_PIECE_OCTETS: Final = 256 * 1024
_WARNING: Final = (
    b"# This file holds the content of private mail. It was asked for; delete it when"
    b" it is not needed any more.\n"
)

_log = logging.getLogger("observe")

Item = tuple[float, Event]


@dataclass(frozen=True, slots=True)
class Plan:
    """How an administrator wants the log, while there is to be one."""

    rate: Rate = "unlimited"
    form: Form = "text"
    keep_days: int = 0
    """Older files are deleted; 0: none is."""


class LogFiles:
    """Takes events, writes lines."""

    def __init__(
        self,
        directory: Path,
        service: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; nothing is written before the first event.

        Args:
            directory: Where the files lie.
            service: What the service is called in logs: ``smtp``.
            now: Unix time.
        """
        self.plan = Plan()
        self._service = service
        self._now = now
        self._waiting: deque[Item] = deque()
        self._content_taken = self._content_done = 0
        """Octets; the first is changed by who works, the other by the thread."""
        self._overflowed = self._overflow_told = 0
        """Events; the same."""
        self._events = LogFile(directory, f"{service}-events", 0o640)
        self._content = LogFile(directory, f"{service}-content", 0o600, _WARNING)
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, event: Event) -> None:
        """Have an event written, soon; `Trace.subscribe` calls it."""
        octets = len(event.content) if isinstance(event, ContentHeard) else 0
        held = self._content_taken - self._content_done
        if len(self._waiting) >= MOST_WAITING or (octets and held >= MOST_CONTENT):
            self._overflowed += 1
            return
        self._content_taken += octets
        self._waiting.append((self._now(), event))
        if not self._wake.is_set():
            self._wake.set()
            if self._thread is None:
                self._start()

    def close(self, within_s: float = 2.0) -> None:
        """Write what waits, if that is possible within the time."""
        self._ending.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(within_s)

    def _start(self) -> None:
        self._thread = threading.Thread(
            target=self._work, name=f"{self._service} log", daemon=True
        )
        self._thread.start()

    def _work(self) -> None:
        is_last = False
        while not is_last:
            self._wake.wait()
            is_last = self._ending.wait(GATHER_S)
            self._wake.clear()
            try:
                self._write()
            except Exception:  # noqa: BLE001 - the next lines can be written
                _log.exception("lines of a log were lost")
        self._events.close()
        self._content.close()

    def _write(self) -> None:
        """Write what waits now, in pieces: between two of them others run."""
        left = len(self._waiting)
        while left > 0:
            self._write_some(min(left, _AT_ONCE))
            left -= _AT_ONCE

    def _write_some(self, count: int) -> None:
        items = [self._waiting.popleft() for _ in range(count)]
        overflowed = self._overflowed
        self._events.lost += overflowed - self._overflow_told
        self._overflow_told = overflowed
        plan, contents = self.plan, []
        lines: list[tuple[float, bytes]] = []
        for at_s, event in items:
            if isinstance(event, ContentHeard):
                self._content_done += len(event.content)
                contents += [(at_s, line) for line in encode_content(event, at_s)]
            else:
                lines.append((at_s, encode(event, at_s, self._service, plan.form)))
        for file, its_lines in ((self._events, lines), (self._content, contents)):
            self._append(file, its_lines, plan)

    def _append(
        self, file: "LogFile", lines: list[tuple[float, bytes]], plan: Plan
    ) -> None:
        def name(row: tuple[float, bytes]) -> str:
            return _name(file.stem, plan.rate, int(row[0] // _QUARTER_S))

        def tell_lost(lines: int) -> bytes:
            return encode_lost(lines, self._now(), self._service, plan.form)

        for path, rows in groupby(lines, name):
            is_new = file.append(path, [line for _, line in rows], tell_lost)
            if is_new and plan.keep_days:
                file.delete_before(self._now() - plan.keep_days * _DAY_S)


class LogFile:
    """The file of the period that is written now; it may be full, moved or gone."""

    def __init__(
        self, directory: Path, stem: str, mode: int, preface: bytes = b""
    ) -> None:
        """Prepare.

        Args:
            directory: Where it lies.
            stem: What its name begins with.
            mode: Who may read it.
            preface: Its first line.
        """
        self.stem = stem
        self.lost = 0
        """Lines that could not be written since the last that could."""
        self._directory = directory
        self._mode = mode
        self._preface = preface
        self._name = ""
        self._fd = _NOWHERE

    def append(
        self, name: str, lines: list[bytes], tell_lost: Callable[[int], bytes]
    ) -> bool:
        """Append whole lines, or count them.

        Args:
            name: Of the file.
            lines: With their ends.
            tell_lost: Makes the line that says how many were lost.

        Returns:
            Whether the file was opened for that.
        """
        is_new = False
        written = 0
        try:
            is_new = self._open(name)
            if self.lost:
                lost_line = tell_lost(self.lost)
                self._put(lost_line, 1)
                self.lost = 0
            for piece, count in _pieces(lines):
                written += self._put(piece, count)
        except OSError:
            self._lose(len(lines) - written)
        return is_new

    def delete_before(self, moment_s: float) -> None:
        """Delete the files of former periods that nobody wrote to since."""
        try:
            for path in tuple(self._directory.iterdir()):
                if (
                    is_of(self.stem, path.name)
                    and path.name != self._name
                    and path.lstat().st_mtime < moment_s
                ):
                    path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("an old log file stays: %s", error)

    def close(self) -> None:
        """Let go of the file."""
        fd, self._fd = self._fd, _NOWHERE
        if fd != _NOWHERE:
            os.close(fd)

    def _lose(self, lines: int) -> None:
        if not self.lost:
            _log.warning("a log file cannot be written: %s", self._name)
        self.lost += lines

    def _open(self, name: str) -> bool:
        """Open the file that has the name now."""
        path = self._directory / name
        if self._fd != _NOWHERE and name == self._name and self._is_at(path):
            return False
        self.close()
        self._name = name
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        flags |= os.O_NOFOLLOW | os.O_NONBLOCK
        self._fd = os.open(path, flags, self._mode)
        if self._preface:
            os.fchmod(self._fd, self._mode)
            if not os.fstat(self._fd).st_size:
                self._put(self._preface, 1)
        return True

    def _is_at(self, path: Path) -> bool:
        try:
            return os.path.samestat(os.fstat(self._fd), path.stat())
        except FileNotFoundError:
            return False

    def _put(self, octets: bytes, lines: int) -> int:
        """Append lines; return how many.

        Raises:
            OSError: Some are missing; the file's end may be half a line.
        """
        fcntl.flock(self._fd, fcntl.LOCK_EX)  # half of another's write may be seen
        try:
            size = os.fstat(self._fd).st_size
            if size and os.pread(self._fd, 1, size - 1) != b"\n":
                octets = b"\n" + octets  # a disk was full in the middle of a line
            written = os.write(self._fd, octets)
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)
        if written < len(octets):
            raise OSError("the disk is full")
        return lines


@lru_cache(16)
def _name(stem: str, rate: Rate, quarter: int) -> str:
    """Return the name of a file by quarters of an hour: no period begins within one."""
    return name_of(stem, rate, local(quarter * _QUARTER_S))


def _pieces(lines: list[bytes]) -> Iterator[tuple[bytes, int]]:
    """Give lines in pieces of some size, each with the number of its lines."""
    held: list[bytes] = []
    octets = 0
    for line in lines:
        held.append(line)
        octets += len(line)
        if octets >= _PIECE_OCTETS:
            yield b"".join(held), len(held)
            held, octets = [], 0
    if held:
        yield b"".join(held), len(held)
