"""Committing: the hot path of the product.

Theory:
    `commit` lays a group out behind what is committed, writes it with one synced
    `pwritev`, and tells the reader. Nothing else happens on this path: segments are
    zeroed ahead (`pool`), notices go by a thread of their own (`notices`), and large
    bodies were streamed aside (`big`).

Rules:
    A group that could not be written is never read: its segment is abandoned and the
    next one's header says where the promised part ends. Until that header is durable,
    nothing more is committed. (If the process ends before it is, a refused group that
    reached the disk whole is delivered: a duplicate, counted by the ledger.)
    Record numbers are never used twice: not those of a failed group, and not those
    that a former life may have shown to the reader without having synced them.
    One thread commits; any thread may ask `lag`, `passed` and `has_room`.

Limits:
    A group may be larger than a segment; it gets one of its own size.
"""

import errno
import os
import threading
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mailmax.base.envelope import Origin
from mailmax.store import disk
from mailmax.store.atomic import IOV_MAX, Octets, failures
from mailmax.store.free_space import FreeSpace
from mailmax.store.journal import big, layout, record, recover, segment
from mailmax.store.journal.notices import Position, WriterEnd
from mailmax.store.journal.pool import Pool, Sizes
from mailmax.store.spool.port import Entry

LIFE_NUMBERS = 1 << 20
"""Record numbers left out at each start: more than one group can hold."""

ABANDONED = 1
"""Size noted of a segment that failed: not one to be recycled."""

"""How long an answer about free space holds."""


class _Held(NamedTuple):
    """A segment that the reader has not passed."""

    number: int
    path: Path
    octets: int
    end: int


class _Laid(NamedTuple):
    """An entry, measured, before its place is known."""

    flags: int
    content: bytes
    inline: int
    body: tuple[int, int]
    chunks: Sequence[Octets]


class JournalWriter:
    """One process's journal (`spool.port.SpoolWriter`)."""

    def __init__(
        self,
        node: Path | layout.Places,
        role: str,
        *,
        sizes: Sizes | None = None,
        threads: bool = True,
    ) -> None:
        """Take the lowest free slot of a role and be ready to commit.

        Args:
            node: The node's directory, or where its journals and sockets lie.
            role: Which processes write here: smtpmax, queuemax, filer, imapmax.
            sizes: How large to make segments.
            threads: Whether to zero ahead and to talk with the reader; without, it
                acts in the caller's thread only.

        Raises:
            StorageFull: The disk is full.
            TemporaryFailure: The journal could not be opened.
        """
        sizes = sizes or Sizes()
        with failures("the journal could not be opened"):
            self.path, self._slot = layout.take_slot(node, role)
            elders = layout.journals_of(node, role) if role == layout.FILER else []
            self._elders = [path for path in elders if path != self.path]
            try:
                self._begin(sizes, threads=threads)
            except BaseException:
                self._slot.release()
                raise
        self._notices = (
            WriterEnd(
                layout.socket_path(node, layout.reader_of(role)),
                (self.path.name, self.journal),
                self._where,
                self.let_go,
            )
            if threads
            else None
        )

    def _begin(self, sizes: Sizes, *, threads: bool) -> None:
        found = segment.segments_in(self.path)
        self._pool = Pool(self.path, sizes, background=threads)
        self._guard = threading.Lock()
        self._bigs: list[tuple[int, big.BigFile]] = []
        self._big_octets = 0
        """Theirs; `lag` is asked for each message."""
        self._big_number = big.highest(self.path / "big")
        self._old_bigs = sorted((self.path / "big").iterdir())
        self._space = FreeSpace(self.path)
        self._fd = -1
        self._path = self.path
        self._capacity = 0
        self._seed = 0
        self._passed = Position(0, segment.START, 0)
        self.journal, last, end, number, self._last = _former_life(found)
        ends = segment.ends_of(found)
        self._held = [
            _Held(s.header.number, s.path, s.octets, ends.get(s.header.number, end))
            for s in found[:-1]
        ]
        if found:
            self._held.append(_Held(last, found[-1].path, found[-1].octets, end))
        self._highest = last
        self._position = Position(last, end, number)
        self._born = self._last
        self._open_next(0)

    # -- the port

    def open_big(self) -> big.BigFile:
        """Open a body that is written as it arrives; see the port."""
        with self._guard:
            self._big_number += 1
            number = self._big_number
        return big.BigFile(self.path / "big", number)

    def commit(self, group: Sequence[Entry]) -> Sequence[Origin]:
        """Make a group durable; see the port."""
        with failures():
            laid = [self._lay(entry) for entry in group]
            if not laid:
                return []
            need = sum(
                record.HEAD_OCTETS + len(one.content) + one.inline for one in laid
            )
            if self._fd < 0 or self._position.offset + need > self._capacity:
                self._open_next(need)
            first = self._last + 1
            self._last += len(laid)
            try:
                self._write(self._pack(laid, first), need)
            except BaseException:
                self._abandon()
                raise
        self._position = Position(
            self._position.segment, self._position.offset + need, self._last
        )
        self._after(group, first)
        return [Origin(self.journal, number) for number in range(first, self._last + 1)]

    def has_room(self, octets: int) -> bool:
        """Tell whether that much could be committed now; see the port."""
        return self._space.has_room(octets)

    @property
    def lag(self) -> int:
        """Octets committed here that the reader has not passed yet."""
        at, passed = self._position, self._passed
        with self._guard:
            held = sum(
                h.end - segment.START
                for h in self._held
                if passed.segment <= h.number < at.segment
            )
            bigs = self._big_octets
        begun = passed.offset if passed.segment else segment.START
        return held + bigs + at.offset - begun

    @property
    def number(self) -> int:
        """Number of the last record committed here, also before this process."""
        return self._position.number

    @property
    def passed(self) -> int:
        """Number of the last record here that the reader has kept for good.

        -1 while journals of former writers of the role wait to be read: what they
        refer to is still needed, too. (Only the filer's journal refers to others'.)
        """
        self._elders = [path for path in self._elders if path.exists()]
        return -1 if self._elders else self._passed.number

    def close(self) -> None:
        """Release the journal; what was committed stays."""
        if self._notices:
            self._notices.close()
        self._pool.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        self._slot.release()

    def let_go(self, passed: Position) -> None:
        """Recycle what the reader has passed; called by the notices' thread."""
        if passed <= self._passed:
            return
        with self._guard:
            self._passed = passed
            free = [held for held in self._held if held.number < passed.segment]
            self._held = self._held[len(free) :]
            bigs = [body for number, body in self._bigs if number <= passed.number]
            self._bigs = self._bigs[len(bigs) :]
            self._big_octets -= sum(body.size for body in bigs)
        for held in free:
            self._pool.give(held.path, held.octets)
        for body in bigs:
            body.discard()
        if passed.number > self._born:
            for path in self._old_bigs:
                with suppress(OSError):
                    disk.unlink(path)
            self._old_bigs = []

    # -- one group

    def _lay(self, entry: Entry) -> _Laid:
        if entry.ref:
            place, body = entry.ref.place, (entry.ref.size, entry.ref.crc)
        elif isinstance(entry.big, big.BigFile):
            entry.big.sync()
            place = record.pack_place(self.journal, record.BIG, entry.big.number)
            body = (entry.big.size, entry.big.crc)
        else:
            size = crc = 0
            for chunk in entry.chunks:
                size += len(chunk)
                crc = zlib.crc32(chunk, crc)
            content = record.encode(record.Content(entry.envelope))
            return _Laid(0, content, size, (size, crc), entry.chunks)
        content = record.encode(record.Content(entry.envelope, place))
        return _Laid(record.REFERENCE, content, 0, body, ())

    def _pack(self, laid: Sequence[_Laid], first: int) -> list[Octets]:
        buffers: list[Octets] = []
        last = len(laid) - 1
        for index, one in enumerate(laid):
            buffers.append(
                record.pack_head(
                    one.flags | record.LAST if index == last else one.flags,
                    one.content,
                    (index, first + index),
                    one.inline,
                    one.body,
                    self._seed,
                )
            )
            buffers.extend(one.chunks)
        return buffers

    def _write(self, buffers: list[Octets], need: int) -> None:
        offset = self._position.offset
        end = offset + need
        for start in range(0, len(buffers), IOV_MAX):
            part = buffers[start : start + IOV_MAX]
            written = segment.write_durably(self._fd, part, offset)
            offset += written
            if written < sum(map(len, part)):
                break
        if offset != end:
            raise OSError(errno.ENOSPC, "short write")

    def _after(self, group: Sequence[Entry], first: int) -> None:
        for number, entry in enumerate(group, first):
            if isinstance(entry.big, big.BigFile):
                with self._guard:
                    self._bigs.append((number, entry.big))
                    self._big_octets += entry.big.size
        if self._notices:
            self._notices.tell()
        if self._position.offset > self._capacity // 4:
            self._pool.prepare()

    def _where(self) -> Position:
        return self._position

    # -- segments

    def _abandon(self) -> None:
        os.close(self._fd)
        self._fd = -1
        self._capacity = ABANDONED
        with suppress(OSError):
            self._open_next(0)

    def _open_next(self, need: int) -> None:
        path, octets = self._pool.take(segment.START + need)
        self._highest += 1
        at = self._position
        header = segment.Header(
            self.journal,
            self._highest,
            at.segment,
            at.offset,
            at.number,
            self._last + 1,
        )
        try:
            fd = segment.activate(path, header)
        except OSError:
            with suppress(OSError):
                disk.unlink(path)
            raise
        if self._fd >= 0:
            os.close(self._fd)
        with self._guard:
            if self._capacity:
                self._held.append(
                    _Held(at.segment, self._path, self._capacity, at.offset)
                )
        self._fd, self._path, self._capacity = fd, path, octets
        self._seed = record.seed_of(self.journal, self._highest)
        self._position = Position(self._highest, segment.START, at.number)


def _former_life(found: list[segment.Segment]) -> tuple[bytes, int, int, int, int]:
    """Return journal, last segment, its end, last record, last number not to use."""
    if not found:
        return os.urandom(16), 0, segment.START, 0, 0
    path, _, header = found[-1]
    with segment.map_segment(path) as octets:
        seed = record.seed_of(header.journal, header.number)
        stretch = recover.find_end(octets, segment.START, seed, header.first - 1)
    last = header.last if stretch.end == segment.START else stretch.number
    unused = stretch.number + LIFE_NUMBERS
    return header.journal, header.number, stretch.end, last, unused
