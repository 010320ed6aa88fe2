"""How far filing has come, kept so that a restart goes on from there.

Theory:
    `Checkpoints` remembers pairs of (position in the journals, number of the last
    record handed to QueueMax by then). A position is *kept* once the mailboxes were
    synced and the file here was; it is *freed* once QueueMax has passed its number
    too, since until then QueueMax may still read the bodies. That holds for the
    position that a former filer kept, as well.

    File `filer.position` in the journal root: a msgpack `Mark`. `clean` is true only
    after an orderly stop; without it the mailboxes recover before filing goes on.
"""

from collections import deque
from pathlib import Path

import msgspec

from mailmax.store import atomic


class Mark(msgspec.Struct, array_like=True):
    """What the file holds."""

    position: bytes
    clean: bool = False


class Checkpoints:
    """The kept positions of one filer."""

    def __init__(self, path: Path) -> None:
        """Open; the file need not exist."""
        self._path = path
        self._waiting: deque[tuple[bytes, int]] = deque()

    def load(self) -> Mark:
        """Return the last mark; an empty position when there is none."""
        try:
            return msgspec.msgpack.decode(self._path.read_bytes(), type=Mark)
        except FileNotFoundError:
            return Mark(b"", clean=True)

    def begin(self, handed_over: int) -> None:
        """Take the clean mark away: from now on a crash is an unclean stop.

        Args:
            handed_over: Number of the last record handed to QueueMax by a former filer.

        Raises:
            TemporaryFailure: It could not be written.
        """
        position = self.load().position
        self._write(Mark(position))
        if position:
            self._waiting.append((position, handed_over))

    def keep(self, position: bytes, handed_over: int, *, clean: bool) -> None:
        """Write a position durably; the mailboxes were synced before.

        Raises:
            TemporaryFailure: It could not be written.
        """
        self._write(Mark(position, clean))
        self._waiting.append((position, handed_over))

    def free_up_to(self, passed: int) -> bytes | None:
        """Return the newest position that nobody needs any more.

        Args:
            passed: Number of the last hand-over that QueueMax has kept for good.
        """
        newest: bytes | None = None
        while self._waiting and self._waiting[0][1] <= passed:
            newest, _ = self._waiting.popleft()
        return newest

    def _write(self, mark: Mark) -> None:
        with atomic.failures("the filer's position cannot be kept"):
            atomic.write_atomic(self._path, msgspec.msgpack.encode(mark))
