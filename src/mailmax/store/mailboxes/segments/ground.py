"""The ground a home stands on: a directory, its lock, its files and their chains.

Rules:
    The lock is a non-blocking flock on the directory, which is never replaced. It is
    held for appends and switches only, never during a sync or a copy. It lies on a
    descriptor of its own, open no longer than that: a flock belongs to the open file,
    so two homes that share one would both hold it.
    Threads of one process are kept apart by the mutex, which is waited for.

Limits:
    The mutex is waited for half a second at most.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from mailmax.base.errors import TemporaryFailure
from mailmax.store import disk
from mailmax.store.atomic import Octets, write_atomic
from mailmax.store.mailboxes.port import Locked
from mailmax.store.mailboxes.segments import log
from mailmax.store.mailboxes.segments.files import File
from mailmax.store.mailboxes.segments.node import Node
from mailmax.store.mailboxes.segments.patience import patiently_read
from mailmax.store.mailboxes.segments.syncs import Syncs
from mailmax.store.mailboxes.segments.words import failures

MUTEX_S = 0.5


class Ground:
    """See the head of this file."""

    __slots__ = (
        "_depth",
        "_lock",
        "files",
        "mutex",
        "node",
        "path",
        "removed",
        "root",
        "syncs",
    )

    def __init__(self, node: Node, path: str) -> None:
        self.node = node
        self.files = node.files
        self.path = path
        self.root = node.root
        if not path.startswith(f"{node.root}/"):
            self.root = path.rsplit("/", 2)[0]  # the domain has one of its own
        self.mutex = RLock()
        self.removed = False
        self.syncs = Syncs(self.files, path, self.root)
        self._depth = 0
        self._lock: File | None = None

    # The lock

    @property
    def is_locked(self) -> bool:
        """True while this process holds the user's lock."""
        return self._depth > 0

    def __enter__(self) -> Self:
        if not self.mutex.acquire(timeout=MUTEX_S):
            raise Locked
        try:
            if self._depth == 0:
                self._take_lock()
            self._depth += 1
            if self._depth == 1:
                self.entered()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def _take_lock(self) -> None:
        while True:
            lock = File(self.path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Locked from None
            there = self._there()
            if _identity(self.files.directory(self.path)) != there:
                self.files.drop_below(self.path)  # of one that lay there before
            if _identity(lock) == there:
                self._lock = lock
                return

    def _there(self) -> tuple[int, int] | None:
        """Tell which directory is there now; one may be removed, put away or moved."""
        try:
            there = os.stat(self.path)  # noqa: PTH116 - a string is what there is
        except FileNotFoundError:
            return None
        return there.st_ino, there.st_dev

    def _leave(self) -> None:
        if self._depth:
            self._depth -= 1
        if self._depth == 0 and self._lock is not None:
            fcntl.flock(self._lock.fd, fcntl.LOCK_UN)
            self._lock = None
        self.mutex.release()

    def entered(self) -> None:
        """The lock was taken: look at what others did."""

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock for a change; errors of the disk become failures."""
        with failures("the mailbox could not be stored"), self:
            if self.removed:
                raise TemporaryFailure("this user's mail is being removed")
            yield

    # Chains

    def generation(self, stem: str) -> int:
        """Find the true generation of a chain; 0 when there is none."""
        name = stem.rpartition("/")[2]
        found = log.generations(os.listdir(self.path), name)  # noqa: PTH208
        if len(found) < 2:
            return found[0] if found else 0
        return patiently_read(lambda: self._settle(stem, name))

    def is_last(self, stem: str, generation: int) -> bool:
        """Tell whether a generation is the last; what was left behind it is settled."""
        if not os.path.exists(f"{stem}.{generation + 1}"):  # noqa: PTH110
            return True
        return self.generation(stem) == generation

    def _settle(self, stem: str, name: str) -> int:
        with self:
            found = log.generations(os.listdir(self.path), name)  # noqa: PTH208
            if not found:
                return 0
            true = log.settle(self.files, stem, found)
            snaps = stem.replace("/log.", "/snap.")
            for other in found:
                if other != true:
                    self.unlink(f"{stem}.{other}")
                    if snaps != stem:
                        self.unlink(f"{snaps}.{other}")
            return true

    def write_beside(self, path: str, *pieces: Octets) -> None:
        """Write a new file as a whole, durably; `settle` may make it the truth.

        Raises:
            OSError: It was not written, or its name may be lost, and others with it.
        """
        try:
            write_atomic(Path(path), *pieces)
        except OSError:
            if os.path.exists(path):  # noqa: PTH110
                self.syncs.suspect_names()
            raise

    def unlink(self, path: str) -> None:
        """Remove a file that nobody needs any more."""
        with suppress(FileNotFoundError):
            disk.unlink(path)
        self.files.drop(path)
        self.syncs.forget(path)


def _identity(file: File) -> tuple[int, int]:
    held = os.fstat(file.fd)
    return held.st_ino, held.st_dev
