"""The octets of one user's mail: append-only segments, for bodies and fragments.

Theory:
    ``mail.NNNN`` holds bodies, each behind a header that names it (UID, mailbox,
    origin, date, size, CRC), so that mail can be salvaged without its logs;
    ``frag.NNNN`` holds fragments, each with a seal (`sealed`). A *place* is the
    segment's number and an offset; only logs say which octets are alive.

Rules:
    Appended under the user's lock, read by anybody at any time. What a log does not
    name is rubbish, so a torn append needs no repair. After each start of the machine
    appending goes on in a new segment: what a power cut left behind is never mixed
    with what comes after it.

Limits:
    A segment takes no further body once it is 64 MiB long; fragments are read up to
    8 MiB at once.
"""

import os
import struct
import zlib
from collections.abc import Sequence

from mailmax.base.envelope import Origin
from mailmax.store.atomic import Octets, write_all
from mailmax.store.mailboxes.segments.files import File, Files
from mailmax.store.mailboxes.segments.rewrite import rewrite

SEGMENT_OCTETS = 64 * 1024 * 1024
RUN_OCTETS = 8 * 1024 * 1024
GAP_OCTETS = 16 * 1024
"""Octets between two pieces that cost less than another read."""
_OFFSET_BITS = 40
_OFFSET = (1 << _OFFSET_BITS) - 1
_HEADER = struct.Struct("<4sIII16sQqII")
HEADER_OCTETS = _HEADER.size
_NO_ORIGIN = Origin(bytes(16), 0)


def body_header(
    folder_id: int, uid: int, origin: Origin | None, date: int, size: int, crc: int
) -> bytes:
    """Return what stands before a body."""
    origin = origin or _NO_ORIGIN
    head = _HEADER.pack(
        b"MMB1", folder_id, uid, size, origin.journal, origin.number, date, crc, 0
    )
    return head[:-4] + zlib.crc32(head[:-4]).to_bytes(4, "little")


def segment_of(place: int) -> int:
    """Return the number of the segment in which a place is."""
    return place >> _OFFSET_BITS


def offset_of(place: int) -> int:
    """Return where in its segment a place is."""
    return place & _OFFSET


def place_of(segment: int, offset: int) -> int:
    """Return the place at an offset of a segment."""
    return segment << _OFFSET_BITS | offset


class Heap:
    """One kind of segments in one home."""

    __slots__ = ("_files", "_home", "_kind")

    def __init__(self, files: Files, home: str, kind: str) -> None:
        self._files = files
        self._home = home
        self._kind = kind

    def path(self, segment: int) -> str:
        """Return the file of a segment."""
        return f"{self._home}/{self._kind}.{segment:04d}"

    def end(self, segment: int) -> tuple[File, int]:
        """Return the file to append to (made when missing) and where it ends."""
        file = self._files.make(self.path(segment))
        return file, file.size

    def append(self, segment: int, chunks: Sequence[Octets]) -> tuple[int, int]:
        """Append chunks under the lock.

        Returns:
            The segment they went to (the next one when this one is full) and the
            place of the first octet.
        """
        file, end = self.end(segment)
        if end >= SEGMENT_OCTETS:
            segment += 1
            file, end = self.end(segment)
        write_all(file.fd, chunks, end)
        return segment, place_of(segment, end)

    def read(self, place: int, length: int) -> bytes:
        """Return octets; fewer where the segment ends.

        Raises:
            FileNotFoundError: The segment was compacted away.
        """
        file = self._files.get(self.path(segment_of(place)))
        return os.pread(file.fd, length, place & _OFFSET)

    def rewrite(self, place: int, length: int) -> None:
        """Write octets again where they lie, under the lock.

        Raises:
            FileNotFoundError: The segment was compacted away.
        """
        file = self._files.get(self.path(segment_of(place)))
        rewrite(file, offset_of(place), offset_of(place) + length)

    def read_many(
        self, places: Sequence[int], lengths: Sequence[int], less: int = 0
    ) -> list[bytes]:
        """Return many pieces, in the order asked; neighbours in one read.

        Args:
            places: Where they begin.
            lengths: How long they are there.
            less: So much is left off the end of each.

        Raises:
            FileNotFoundError: A segment was compacted away.
        """
        out = [b""] * len(places)
        wanted = [length - less for length in lengths] if less else lengths
        order = sorted(range(len(places)), key=places.__getitem__)
        run: list[int] = []
        start = end = 0
        for index in order:
            place = places[index]
            if place != end or end - start > RUN_OCTETS:
                self._read_run(start, end, run, out, places, wanted)
                run, start, end = [], place, place
            run.append(index)
            end = place + lengths[index]
        self._read_run(start, end, run, out, places, wanted)
        return out

    def read_runs(
        self, places: Sequence[int], lengths: Sequence[int]
    ) -> list[tuple[bytes, list[int], int]]:
        """Return many pieces as they lie, near ones in one read.

        Returns:
            Octets, the indexes of the pieces in it (none overlaps another), and the
            place of the first octet.

        Raises:
            FileNotFoundError: A segment was compacted away.
        """
        out = []
        order = sorted(range(len(places)), key=places.__getitem__)
        run: list[int] = []
        start = end = 0
        for index in order:
            place = places[index]
            if run and not end <= place <= end + GAP_OCTETS:
                out.append((self.read(start, end - start), run, start))
                run = []
            if not run:
                start = place
            run.append(index)
            end = place + lengths[index]
        if run:
            out.append((self.read(start, end - start), run, start))
        return out

    def _read_run(
        self,
        start: int,
        end: int,
        run: Sequence[int],
        out: list[bytes],
        places: Sequence[int],
        lengths: Sequence[int],
    ) -> None:
        if not run:
            return
        octets = self.read(start, end - start)
        for index in run:
            at = places[index] - start
            out[index] = octets[at : at + lengths[index]]
