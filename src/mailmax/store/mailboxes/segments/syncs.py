"""Syncs of one user's files, grouped: who comes while one runs is served by the next.

Theory:
    Each write of this process counts its file up; a sync notes the count it covers.
    Who wants a file synced and finds it covered goes on at once. No timer.

Rules:
    A file of which a sync failed is *suspect*: it is never again said to be durable
    (TRUST D2). A name is synced (its directory, once, and that one's parents) with
    the first sync of its file. When that failed all names of the home are suspect: no
    name that is not durable yet is believed before another process looks.
    That is meant: such a file system has stopped in practice. The operator sees that
    whatever needs a new file in that home is refused ("the mailbox could not be
    stored") until he has mended the disk and restarted the service.
"""

from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.store import disk
from mailmax.store.atomic import failure_of, sync_directory
from mailmax.store.mailboxes.segments.files import File, Files

_MAKING = Lock()


class _Known:
    """What is known of one file."""

    __slots__ = ("lock", "named", "suspect", "synced", "written")

    def __init__(self) -> None:
        self.written = 0
        self.synced = 0
        self.named = False
        """Its name is durable."""
        self.suspect = False
        self.lock: Lock | None = None

    def is_settled(self, wanted: int) -> bool:
        """Tell whether so many writes are durable, beyond doubt."""
        return self.synced >= wanted and not self.suspect


class Claim(NamedTuple):
    """The right to sync a file, and the duty to say what became of it."""

    path: str
    file: File
    syncs: "Syncs"
    known: _Known
    covered: int
    """The count of writes that the sync covers."""
    lock: Lock

    def settle(self, error: OSError | None) -> None:
        """Say how the sync ended; see `Syncs.settle`."""
        self.syncs.settle(self.known, self.covered, error)

    def release(self) -> None:
        """Let others sync the file."""
        self.lock.release()


class Syncs:
    """What must be synced in one home, and what was."""

    __slots__ = ("_files", "_home", "_home_is_named", "_known", "_names", "_root")

    def __init__(self, files: Files, home: str, root: str) -> None:
        self._files = files
        self._home = home
        self._root = root
        self._home_is_named = False
        self._known: dict[str, _Known] = {}
        self._names = _Known()
        """The home's directory: only its suspicion and its lock count."""

    def wrote(self, path: str) -> None:
        """Note that a file was written (under the user's lock)."""
        self._of(path).written += 1

    def is_suspect(self, path: str) -> bool:
        """Tell whether a sync of a file failed."""
        known = self._known.get(path)
        return known is not None and known.suspect

    @property
    def has_suspects(self) -> bool:
        """Tell whether any sync here failed."""
        known = tuple(self._known.values())
        return self._names.suspect or any(each.suspect for each in known)

    def sync(self, paths: Iterable[str]) -> None:
        """Make all that was written to these files durable; blocks.

        Raises:
            TemporaryFailure: It is not durable.
        """
        for path in paths:
            claim = self.claim(path)
            if claim is None:
                continue
            error = None
            try:
                disk.fdatasync(claim.file.fd)
            except OSError as failure:
                error = failure
            try:
                claim.settle(error)
            finally:
                claim.release()

    def claim(self, path: str) -> "Claim | None":
        """Wait until nobody else syncs a file; None where nothing is left to do.

        Who has the claim syncs the file, settles it, and releases it in any case.

        Raises:
            TemporaryFailure: It cannot become durable any more.
        """
        known = self._known.get(path)
        if known is None or known.is_settled(known.written):
            return None
        wanted = known.written
        lock = self._lock_of(known)
        lock.acquire()
        claim = None
        try:
            if not known.is_settled(wanted):
                claim = self._claim(path, known, lock)
        finally:
            if claim is None:
                lock.release()
        return claim

    def _claim(self, path: str, known: _Known, lock: Lock) -> "Claim | None":
        if known.suspect:
            raise TemporaryFailure("the mailbox could not be stored")
        covered = known.written
        try:
            file = self._files.get(path)
        except FileNotFoundError:
            # Compacted away: what took its place was synced before.
            known.synced = covered
            return None
        except OSError as error:
            raise self._suspected(known, error) from error
        return Claim(path, file, self, known, covered, lock)

    def settle(self, known: _Known, covered: int, error: OSError | None) -> None:
        """Note what became of a sync, under the lock of its file.

        Raises:
            TemporaryFailure: The file is not durable.
        """
        if error is not None:
            raise self._suspected(known, error) from error
        self._name(known)
        known.synced = covered

    def _suspected(self, known: _Known, error: OSError) -> Failure:
        known.suspect = True
        return failure_of(error, "the mailbox could not be stored")

    def dirty(self) -> list[str]:
        """Return the files with writes that no sync has covered."""
        return [
            path for path, known in self._known.items() if known.synced < known.written
        ]

    def suspect_names(self) -> None:
        """Note that a sync of the names failed: those that came since may be lost."""
        self._names.suspect = True

    def forget(self, path: str) -> None:
        """Note that a file is gone."""
        self._known.pop(path, None)

    def _of(self, path: str) -> _Known:
        known = self._known.get(path)
        if known is None:
            known = self._known.setdefault(path, _Known())
        return known

    def _lock_of(self, known: _Known) -> Lock:
        with _MAKING:
            if known.lock is None:
                known.lock = Lock()
            return known.lock

    def _name(self, known: _Known) -> None:
        if known.named:
            return
        # One at a time: a directory's error is told once, to one of those who sync.
        with self._lock_of(self._names):
            if self._names.suspect:
                raise TemporaryFailure("the mailbox could not be stored")
            try:
                self._sync_names()
            except OSError as error:
                self._names.suspect = True
                raise failure_of(error, "the mailbox could not be stored") from error
        known.named = True

    def _sync_names(self) -> None:
        """Sync the names in the home, and once those of its parents."""
        directory = self._files.directory(self._home)
        disk.fsync(directory.fd)
        if self._home_is_named:
            return
        parent = Path(self._home)
        while str(parent) != self._root and parent != parent.parent:
            parent = parent.parent
            sync_directory(parent)
        self._home_is_named = True
