"""Large bodies: written to a file of their own as they arrive.

Theory:
    A body above 256 KiB does not belong into a group that fifty sessions wait for.
    It streams into ``big/<n>``, is synced with its directory, and then a small record
    refers to it (DESIGN 3.3).

Rules:
    Sync before record: a record that refers to a big body is promised only when the
    body is durable. A file whose sync failed is never used (TRUST D2).
"""

import os
import zlib
from contextlib import suppress
from pathlib import Path

from mailmax.base.errors import TemporaryFailure
from mailmax.store import disk
from mailmax.store.atomic import failures, sync_directory, write_all


class BigFile:
    """One large body on its way into the journal (`spool.port.BigBody`)."""

    def __init__(self, directory: Path, number: int) -> None:
        """Make its file.

        Raises:
            StorageFull: The disk is full.
            TemporaryFailure: It could not be made.
        """
        self.number = number
        self.size = 0
        self.crc = 0
        self._path = directory / str(number)
        self._synced = False
        with failures():
            self._fd = disk.open(
                self._path,
                os.O_WRONLY | os.O_CREAT | os.O_EXCL | disk.OPEN_FLAGS,
                0o600,
            )

    def write(self, octets: bytes) -> None:
        """Append octets; see `spool.port.BigBody`."""
        with failures():
            write_all(self._fd, [octets], self.size)
        self.size += len(octets)
        self.crc = zlib.crc32(octets, self.crc)

    def sync(self) -> None:
        """Make it durable; done once, by `commit` at the latest; blocks.

        Raises:
            TemporaryFailure: It is removed.
        """
        if self._synced:
            return
        try:
            with failures():
                disk.fsync(self._fd)
                sync_directory(self._path.parent)
        except TemporaryFailure:
            self.discard()
            raise
        self._synced = True
        self._close()

    def read(self) -> bytes:
        """Return what was written so far; see `spool.port.BigBody`."""
        with failures("the message cannot be read"):
            return self._path.read_bytes()

    def discard(self) -> None:
        """Remove it; once more, or after the commit of another, does nothing."""
        self._close()
        with suppress(OSError):
            disk.unlink(self._path)

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def highest(directory: Path) -> int:
    """Return the highest number in use."""
    names = (path.name for path in directory.iterdir())
    return max((int(n) for n in names if n.isascii() and n.isdigit()), default=0)
