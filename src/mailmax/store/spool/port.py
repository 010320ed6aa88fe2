"""The spool: mail that was promised and is not yet filed.

Theory:
    Three verbs. A writer commits a *group* of entries (all become durable, or the
    call fails); a reader takes the *next* batch of committed records; it is *done*
    up to a position once nothing before it is needed. Batches, columns and opaque
    body references only: no path, descriptor or mapping crosses this port, so that
    PostgreSQL and S3 fit behind it (DESIGN 6).

Rules:
    A record that `commit` did not return for may be seen by no reader, ever.
    `commit` and `next` block: call them from a thread, or from a process whose work
    they are (`GroupCommit` is the thread that all sessions of a process share).
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from mailmax.base.envelope import Envelope, Origin


class BodyRef(msgspec.Struct, frozen=True, array_like=True):
    """Where a body lies. Opaque to all but the spool that made it."""

    place: bytes
    """Meaningful to the spool only."""
    size: int
    """Octets of the body."""
    crc: int
    """Plain CRC-32 of the body (TRUST D9)."""


class BigBody(Protocol):
    """A body too large to be kept in memory, written as it arrives."""

    def write(self, octets: bytes) -> None:
        """Append octets.

        Raises:
            StorageFull: The disk is full.
            TemporaryFailure: It could not be written.
        """

    def sync(self) -> None:
        """Make it durable; `commit` does it otherwise, while others wait; blocks.

        Raises:
            TemporaryFailure: It is lost.
        """

    def read(self) -> bytes:
        """Return what was written so far, before the commit.

        Raises:
            TemporaryFailure: It cannot be read.
        """

    def discard(self) -> None:
        """Throw it away: the message was refused or the client left."""


class Entry(msgspec.Struct):
    """A message to be committed: an envelope with one of three kinds of body."""

    envelope: Envelope
    chunks: Sequence[bytes] = ()
    """The body in pieces, sent as it is."""
    big: BigBody | None = None
    """Or a body that was streamed aside."""
    ref: BodyRef | None = None
    """Or a body that already lies in a spool (the filer's hand-over)."""


class Record(msgspec.Struct, frozen=True):
    """A committed message as its reader sees it."""

    origin: Origin
    """The envelope's origin where it has one, else the record's own place."""
    envelope: Envelope
    body: BodyRef


class SpoolWriter(Protocol):
    """One process's end of the spool; owned exclusively."""

    def open_big(self) -> BigBody:
        """Open a body that is written as it arrives (above 256 KiB)."""

    def commit(self, group: Sequence[Entry]) -> Sequence[Origin]:
        """Make a group durable; return each entry's record place, in order.

        Raises:
            StorageFull: No space; nothing of the group will ever be read.
            TemporaryFailure: It could not be written; the same.
        """

    def has_room(self, octets: int) -> bool:
        """Tell whether that much could be committed now (asked at MAIL; D13)."""

    @property
    def lag(self) -> int:
        """Octets committed here that the reader has not passed yet."""

    @property
    def number(self) -> int:
        """Number of the last record committed here, also before this process."""

    @property
    def passed(self) -> int:
        """Number of the last record here that the reader has kept for good.

        -1 (nothing, not even `number` 0) while journals that former filers left are
        unread: freeing by `passed` would free what those refer to.
        """

    def close(self) -> None:
        """Release the spool; what was committed stays."""


class SpoolReader(Protocol):
    """The other end: one reader for all spools it was made for."""

    def wait(self, timeout: float) -> bool:
        """Wait until `next` has something; return whether it does. Any thread."""

    def unheard(self, timeout: float) -> frozenset[str]:
        """Wait until all that was committed before this call can be read.

        Writers of other processes say how far they are soon after a reader is there.

        Returns:
            The journals of those that live and have not within that time.
        """

    def wake(self) -> None:
        """End a `wait` of another thread before its time."""

    def next(self, limit: int = 256) -> Sequence[Record]:
        """Return committed records after the last ones returned; may be empty."""

    def body(self, ref: BodyRef) -> memoryview | bytes:
        """Return a body, checked against its CRC-32 the first time.

        Valid until `done` has passed its record; copy what is kept longer.

        Raises:
            PermanentFailure: It is damaged or gone.
        """

    def position(self) -> bytes:
        """Return the position behind what `next` has returned, to be kept durably."""

    def done(self, position: bytes) -> None:
        """Let go of everything before a position that was kept durably."""

    def close(self) -> None:
        """Stop reading."""
