"""Syncs of one user's files, grouped: who comes while one runs is served by the next.

Theory:
    Each write of this process counts its file up; a sync notes the count it covers.
    Who wants a file synced and finds it covered goes on at once. No timer.

Rules:
    A file of which a sync failed is *suspect*: it is never again said to be durable
    (TRUST D2). A name is synced (its directory, once, and that one's parents) with
    the first sync of its file.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from mailmax.base.errors import TemporaryFailure
from mailmax.store import disk
from mailmax.store.atomic import failure_of
from mailmax.store.mailboxes.segments.files import Files


class Syncs:
    """What must be synced in one home, and what was."""

    def __init__(self, files: Files, home: str, root: str) -> None:
        self._files = files
        self._home = home
        self._root = root
        self._written: dict[str, int] = {}
        self._synced: dict[str, int] = {}
        self._named: set[str] = set()
        self._locks: dict[str, Lock] = {}
        self.suspect: set[str] = set()

    def wrote(self, path: str) -> None:
        """Note that a file was written (under the user's lock)."""
        self._written[path] = self._written.get(path, 0) + 1

    def sync(self, paths: Iterable[str]) -> None:
        """Make all that was written to these files durable; blocks.

        Raises:
            TemporaryFailure: It is not durable.
        """
        for path in paths:
            wanted = self._written.get(path, 0)
            if self._synced.get(path, 0) >= wanted and path not in self.suspect:
                continue
            with self._locks.setdefault(path, Lock()):
                if self._synced.get(path, 0) < wanted or path in self.suspect:
                    self._sync(path)

    def dirty(self) -> list[str]:
        """Return the files with writes that no sync has covered."""
        return [
            path
            for path, count in self._written.items()
            if self._synced.get(path, 0) < count
        ]

    def forget(self, path: str) -> None:
        """Note that a file is gone."""
        for known in (self._written, self._synced, self._locks):
            known.pop(path, None)
        self._named.discard(path)
        self.suspect.discard(path)

    def _sync(self, path: str) -> None:
        if path in self.suspect:
            raise TemporaryFailure("the mailbox could not be stored")
        covered = self._written.get(path, 0)
        try:
            file = self._files.get(path)
            disk.fdatasync(file.fd)
        except FileNotFoundError:
            # Compacted away: what took its place was synced before.
            self._synced[path] = covered
            return
        except OSError as error:
            self.suspect.add(path)
            raise failure_of(error, "the mailbox could not be stored") from error
        self._name(path)
        self._synced[path] = covered

    def _name(self, path: str) -> None:
        if path in self._named:
            return
        try:
            self.sync_names()
        except OSError as error:
            raise failure_of(error, "the mailbox could not be stored") from error
        self._named.add(path)

    def sync_names(self) -> None:
        """Sync the names in the home, and once those of its parents.

        Raises:
            OSError: They are not durable.
        """
        directory = self._files.directory(self._home)
        disk.fsync(directory.fd)
        if self._home in self._named:
            return
        parent = Path(self._home)
        while str(parent) != self._root and parent != parent.parent:
            parent = parent.parent
            fd = disk.open(str(parent), os.O_RDONLY | os.O_DIRECTORY)
            try:
                disk.fsync(fd)
            finally:
                os.close(fd)
        self._named.add(self._home)
