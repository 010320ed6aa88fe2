"""Whole-file writing, directories and locks that survive a power cut.

Theory:
    A small file is replaced as a whole: written under another name, synced, renamed
    over the old one, and the directory synced. After a cut it is the old or the new
    one. Larger formats (journal, logs) build on the same helpers.

Rules:
    A lock file is never removed or replaced: who waits on the old one would hold
    nothing (DESIGN 9). A lock dies with its holder, whatever kills it.
    OSError stays inside the store: `failures` turns it into one of the two failures.

See Also:
    `store.disk`, for what exactly a cut may leave.
"""

import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from mailmax.base.errors import Failure, StorageFull, TemporaryFailure
from mailmax.store import disk

Octets = bytes | bytearray | memoryview

IOV_MAX = min(os.sysconf("SC_IOV_MAX"), 1024)
"""Buffers in one `pwritev`."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def failure_of(
    error: OSError, text: str = "the message could not be stored"
) -> Failure:
    """Return the failure that an error of the disk means to a stranger.

    Args:
        error: What the system said; it becomes the cause.
        text: Public words, unless the disk is full.
    """
    failure: Failure = (
        StorageFull("insufficient system storage")
        if error.errno in _FULL
        else TemporaryFailure(text)
    )
    failure.__cause__ = error
    return failure


@contextmanager
def failures(text: str = "the message could not be stored") -> Iterator[None]:
    """Turn OSError into `StorageFull` or `TemporaryFailure`."""
    try:
        yield
    except OSError as error:
        raise failure_of(error, text) from error


def write_atomic(path: Path, *chunks: Octets) -> None:
    """Replace a file as a whole; durable on return.

    Two writers of one path must exclude each other by a lock.

    Raises:
        OSError: The old file is still there (or, when only the last directory sync
            failed, the new one).
    """
    temporary = path.with_name(f".{path.name}.new")
    fd = disk.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | disk.OPEN_FLAGS, 0o600
    )
    try:
        write_all(fd, chunks, 0)
        disk.fsync(fd)
    except OSError:
        with suppress(OSError):
            disk.unlink(temporary)
        raise
    finally:
        os.close(fd)
    disk.rename(temporary, path)
    sync_directory(path.parent)


def write_all(fd: int, chunks: Sequence[Octets], offset: int) -> int:
    """Write all octets at a place, whatever the system writes at once; no sync.

    Returns:
        The offset behind them.

    Raises:
        OSError: Some of them may have been written.
    """
    for start in range(0, len(chunks), IOV_MAX):
        offset = _write_vector(fd, list(chunks[start : start + IOV_MAX]), offset)
    return offset


def sync_directory(path: Path) -> None:
    """Make names in a directory durable.

    Raises:
        OSError: They may be lost at a cut.
    """
    fd = disk.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        disk.fsync(fd)
    finally:
        os.close(fd)


def make_directories(path: Path, mode: int = 0o700) -> None:
    """Make a directory and its missing parents, each durable.

    Raises:
        OSError: As for mkdir; it is no error that the directory is there.
    """
    missing: list[Path] = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for directory in reversed(missing):
        with suppress(FileExistsError):
            disk.mkdir(directory, mode)
        try:
            sync_directory(directory.parent)
        except OSError:
            with suppress(OSError):
                disk.rmdir(directory)  # so that who tries again syncs again
            raise


class Lock:
    """An exclusive lock on a file or directory; dies with the process."""

    def __init__(self, fd: int) -> None:
        """Own a descriptor that holds the lock; use `take` or `take_directory`."""
        self.fd = fd

    @classmethod
    def take(cls, path: Path) -> "Lock | None":
        """Lock a file (made when missing), or return None when another holds it."""
        return cls._lock(
            disk.open(path, os.O_RDWR | os.O_CREAT | disk.OPEN_FLAGS, 0o600)
        )

    @classmethod
    def take_directory(cls, path: Path) -> "Lock | None":
        """Lock a directory, or return None when another holds it."""
        return cls._lock(disk.open(path, os.O_RDONLY | os.O_DIRECTORY))

    @classmethod
    def _lock(cls, fd: int) -> "Lock | None":
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        return cls(fd)

    def release(self) -> None:
        """Let others have it; once more does nothing."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def _write_vector(fd: int, chunks: list[Octets], offset: int) -> int:
    while chunks:
        done = disk.pwritev(fd, chunks, offset)
        offset += done
        while chunks and done >= len(chunks[0]):
            done -= len(chunks.pop(0))
        if done:
            chunks[0] = memoryview(chunks[0])[done:]
    return offset
