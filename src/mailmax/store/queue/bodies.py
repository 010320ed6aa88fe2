"""Kept bodies: append-only segments ``body.NNNN``.

Theory:
    Bodies are appended to the current segment, synced together, and read by position.
    Octets of finished mail stay until a segment holds less than half that is live;
    then what lives is appended again elsewhere, and the segment removed. Which octets
    live is known from the log alone; octets behind a cut are dead like any others.

Format:
    Each body has 24 octets before it: magic, size, CRC-32 of the body, number of the
    entry: enough to find mail again without a log.

Rules:
    After a sync that failed nothing more goes into that segment (TRUST D2).

Limits:
    A segment is full at 32 MiB; one large body may make it longer.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mailmax.base.errors import PermanentFailure
from mailmax.base.pieces import pieces
from mailmax.store import disk
from mailmax.store.atomic import failures, sync_directory, write_all
from mailmax.store.queue.entry import Body
from mailmax.store.queue.records import Place

MAGIC: Final = b"MMB1"
HEAD: Final = struct.Struct("<4sIQQ")
SEGMENT_OCTETS: Final = 32 * 1024 * 1024


@dataclass(slots=True)
class Segment:
    """One file of bodies."""

    number: int
    fd: int
    size: int
    live: int = 0
    """Octets of bodies that are still needed; changed by the reader alone."""


class Bodies:
    """The segments of a directory; one thread appends and syncs, one does the rest."""

    def __init__(
        self,
        directory: Path,
        segment_octets: int = SEGMENT_OCTETS,
        name: bytes = b"",
    ) -> None:
        """Open what is there.

        Args:
            directory: The queue's, or that of ETRN mail.
            segment_octets: When a segment is full.
            name: The directory's, for each `Place`.

        Raises:
            OSError: It cannot be read.
        """
        self._directory = directory
        self._full = segment_octets
        self._name = name
        self._segments: dict[int, Segment] = {}
        self._current: Segment | None = None
        self._dirty: dict[int, Segment] = {}
        for path in sorted(directory.glob("body.*")):
            digits = path.name.removeprefix("body.")
            if len(digits) <= 10 and digits.isascii() and digits.isdigit():
                fd = disk.open(path, os.O_RDWR | disk.OPEN_FLAGS)
                number = int(digits)
                self._segments[number] = Segment(number, fd, os.fstat(fd).st_size)
        self._next = max(self._segments, default=0) + 1

    def append(self, number: int, body: Body, crc: int) -> Place:
        """Append a body, not yet synced.

        Raises:
            StorageFull: The disk is full.
            TemporaryFailure: It could not be written.
            PermanentFailure: The body is damaged where it comes from.
        """
        with failures():
            segment = self._writable()
            self._dirty[segment.number] = segment
            place = Place(segment.number, segment.size + HEAD.size, self._name)
            head = HEAD.pack(MAGIC, crc, body.size, number)
            end = write_all(segment.fd, [head], segment.size)
            seen = 0
            for piece in _pieces(body):
                end = write_all(segment.fd, [piece], end)
                seen = zlib.crc32(piece, seen)
            if seen != crc:
                raise PermanentFailure("the message is damaged")
            segment.size = end
        return place

    def sync(self) -> None:
        """Make all that was appended durable.

        Raises:
            TemporaryFailure: It is not; nothing more goes into those segments.
        """
        dirty, self._dirty = self._dirty, {}
        try:
            with failures():
                for segment in dirty.values():
                    disk.fdatasync(segment.fd)
        except Exception:
            self._current = None
            raise

    def count(self, place: Place, size: int) -> None:
        """Note that a body is live (negative: no longer)."""
        segment = self._segments.get(place.segment)
        if segment is not None:
            segment.live += size

    def holds(self, place: Place, size: int) -> bool:
        """Tell whether a place can be true."""
        segment = self._segments.get(place.segment)
        return segment is not None and 0 <= place.offset <= segment.size - size

    def read(self, place: Place, offset: int, length: int) -> bytes:
        """Return octets of a body.

        Raises:
            TemporaryFailure: They cannot be read now.
            PermanentFailure: They are gone.
        """
        segment = self._segments.get(place.segment)
        if segment is None:
            raise PermanentFailure("the message is gone")
        with failures("the message could not be read"):
            octets = os.pread(segment.fd, length, place.offset + offset)
        if len(octets) != length:
            raise PermanentFailure("the message is damaged")
        return octets

    def sparse(self) -> list[int]:
        """Return segments that are less than half live, the emptiest first."""
        sparse = [
            segment
            for segment in list(self._segments.values())
            if segment is not self._current and segment.live * 2 < segment.size
        ]
        return [segment.number for segment in sorted(sparse, key=lambda s: s.live)]

    def remove(self, number: int) -> None:
        """Remove a segment that nothing needs; called by the thread that reads."""
        segment = self._segments.pop(number)
        os.close(segment.fd)
        if segment is self._current:
            self._current = None
        with suppress(OSError):  # it is swept at the next start
            disk.unlink(self._path(number))

    def close(self) -> None:
        """Close all."""
        for segment in self._segments.values():
            os.close(segment.fd)
        self._segments.clear()
        self._current = None

    def _writable(self) -> Segment:
        current = self._current
        if current is None or current.size >= self._full:
            current = self._create()
            self._current = current
        return current

    def _create(self) -> Segment:
        number = self._next
        self._next += 1
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | disk.OPEN_FLAGS
        fd = disk.open(self._path(number), flags, 0o600)
        try:
            sync_directory(self._directory)
        except OSError:
            os.close(fd)
            raise
        segment = self._segments[number] = Segment(number, fd, 0)
        return segment

    def _path(self, number: int) -> Path:
        return self._directory / f"body.{number:04}"


def _pieces(body: Body) -> Iterator[bytes | memoryview]:
    for offset, length in pieces(0, body.size):
        yield body.read(offset, length)
