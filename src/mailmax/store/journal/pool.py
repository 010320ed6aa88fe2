"""Spare segments: zeroed ahead in the background, recycled when free.

Theory:
    A commit must not wait for 64 MiB of zeros. So a thread makes the next segment
    while the present one is written; when the traffic is faster than that, a small
    one is made on the spot. Freed segments of full size become spares.

Rules:
    Nothing is made ahead where space is short: the last of it is for what must be
    written now.
    A spare may hold anything: only a header written by `segment.activate` and records
    seeded with its number are read.
"""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mailmax.base.units import MIB
from mailmax.store import disk
from mailmax.store.journal import segment

MOST_SPARES = 2
"""More than these are removed: a burst does not keep its disk space for ever."""

AGAIN_S = 5.0
"""After a failure, or when space is short, the next try to zero ahead."""


class Sizes(NamedTuple):
    """How large segments are made; tests make them small."""

    first: int = 4 * MIB
    """The first one, and those made in haste: quickly zeroed."""
    full: int = 64 * MIB


class Pool:
    """The spare segments of one journal."""

    def __init__(self, journal: Path, sizes: Sizes, *, background: bool) -> None:
        """Adopt what lies there without being a segment.

        Args:
            journal: The journal's directory.
            sizes: How large to make segments.
            background: Whether a thread may make spares ahead.
        """
        self._journal = journal
        self._sizes = sizes
        self._background = background
        self._lock = threading.Lock()
        self._spares: list[Path] = []
        self._maker: threading.Thread | None = None
        self._not_before = 0.0
        self._files = 0
        for path in sorted(journal.glob("*.seg")):
            self._files = max(self._files, _number_of(path))
            if segment.read_header(path) is None:
                self.give(path, path.stat().st_size)

    @property
    def ready(self) -> int:
        """Octets of spare segments that can be written at once."""
        return len(self._spares) * self._sizes.full

    def take(self, octets: int) -> tuple[Path, int]:
        """Take a spare that holds at least so many octets, or make one.

        Raises:
            OSError: There is none and none can be made.
        """
        with self._lock:
            if self._spares and octets <= self._sizes.full:
                return self._spares.pop(), self._sizes.full
        size = max(self._sizes.first, -(-octets // segment.START) * segment.START)
        return self._make(size), size

    def give(self, path: Path, octets: int) -> None:
        """Take back a segment that nobody needs any more."""
        with self._lock:
            keep = octets == self._sizes.full and len(self._spares) < MOST_SPARES
            if keep:
                self._spares.insert(0, path)
        if not keep:
            with suppress(OSError):
                disk.unlink(path)

    def prepare(self) -> None:
        """See to it that there is a spare soon."""
        if self._spares or not self._background or self._maker:
            return
        now = time.monotonic()
        if now < self._not_before:
            return
        self._not_before = now + AGAIN_S
        if free_octets(self._journal) < 2 * self._sizes.full:
            return
        self._maker = threading.Thread(target=self._ahead, name="zeroing", daemon=True)
        self._maker.start()

    def close(self) -> None:
        """Wait for the thread."""
        if self._maker:
            self._maker.join()

    def _ahead(self) -> None:
        with suppress(OSError):  # a full disk is noticed by who needs the space
            path = self._make(self._sizes.full)
            with self._lock:
                self._spares.append(path)
            self._not_before = 0.0
        self._maker = None

    def _make(self, octets: int) -> Path:
        with self._lock:
            self._files += 1
            path = self._journal / f"{self._files:04d}.seg"
        segment.make_spare(path, octets)
        return path


def free_octets(path: Path) -> int:
    """Return the free space of a file system."""
    stat = os.statvfs(path)
    return stat.f_bavail * stat.f_frsize


def _number_of(path: Path) -> int:
    stem = path.stem
    return int(stem) if stem.isascii() and stem.isdigit() and len(stem) <= 10 else 0
