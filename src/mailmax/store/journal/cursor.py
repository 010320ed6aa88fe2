"""Reading one journal forward, as far as it is known to be committed.

Theory:
    How far that is, is told by the journal's owner while one lives; else it is found
    by the CRCs (`recover`) while this process holds the journal's lock, so that no
    new owner can begin meanwhile.

Rules:
    What is told to be committed and is unsound all the same was damaged: it is
    skipped to the next sound record, and counted.
"""

from pathlib import Path

from mailmax.base.envelope import Origin
from mailmax.store import disk
from mailmax.store.atomic import Lock, sync_directory
from mailmax.store.journal import record, recover, segment
from mailmax.store.journal.bodies import Bodies, Mapped
from mailmax.store.journal.notices import Position
from mailmax.store.journal.record import Head
from mailmax.store.spool.port import Record


class Cursor:
    """One journal, its end, and how far it was read."""

    def __init__(
        self, path: Path, journal: bytes, bodies: Bodies, start: Position | None
    ) -> None:
        """Begin at a position, or at the first record there is.

        What lies before the position was read, but not let go: whoever kept the
        position may need it still.
        """
        self.path = path
        self.journal = journal
        self.damaged = 0
        self.lock: Lock | None = None
        self.end = Position(0, segment.START, 0)
        self._bodies = bodies
        self._segments: dict[int, segment.Segment] = {}
        self._ends: dict[int, int] = {}
        self._look()
        self.done = self._start()
        self.at = start or self.done

    @property
    def has_more(self) -> bool:
        """Tell whether something committed has not been read."""
        return self.at[:2] < self.end[:2]

    @property
    def is_finished(self) -> bool:
        """Tell whether all that was committed has been let go."""
        return self._over_ended(self.done)[:2] >= self.end[:2]

    def told(self, end: Position) -> None:
        """Take an owner's word for what is committed."""
        if end.segment not in self._segments:
            self._look()
        self.end = end
        self.at = self._over_ended(self.at)

    def adopt(self, lock: Lock) -> None:
        """Find the end of a journal without an owner; keep its lock."""
        self.lock = lock
        self._look()
        last = max(self._segments, default=0)
        found = self._bodies.segment(self.journal, last)
        if found is None or found.header is None:
            self.end = self.at
            return
        seed = record.seed_of(self.journal, last)
        start, before = segment.START, found.header.first - 1
        if self.at.segment == last and self.at.offset > start:
            _, start, before = self.at
        end = recover.find_end(found.map, start, seed, before).end
        self.end = Position(last, end, 0)
        self.at = self._over_ended(self.at)

    def read(self, limit: int, records: list[Record]) -> None:
        """Append committed records after the last ones, until there are `limit`.

        Raises:
            OSError: What could be read before that was appended.
        """
        while self.has_more and len(records) < limit:
            number, offset, _ = self.at
            end = self.end.offset if number == self.end.segment else self._end(number)
            mapped = (
                self._bodies.segment(self.journal, number) if offset < end else None
            )
            if mapped is None or offset >= len(mapped.view):
                self._next_segment(lost=offset < end)
            else:
                end = min(end, len(mapped.view))  # should the file have become short
                self._read(mapped, end, limit, records)

    def remove(self) -> None:
        """Remove a journal that has no owner and was read and kept to the end.

        Raises:
            OSError: Some of it is still there.
        """
        for path in [*(self.path / "big").glob("*"), *self.path.glob("*.seg")]:
            disk.unlink(path)
        sync_directory(self.path)
        for path in (self.path / "big", self.path):
            if path.is_dir():
                disk.rmdir(path)
        sync_directory(self.path.parent)
        self.release()

    def release(self) -> None:
        """Let a writer have the slot."""
        if self.lock:
            self.lock.release()
            self.lock = None

    def _read(
        self, mapped: Mapped, end: int, limit: int, records: list[Record]
    ) -> None:
        segment_number, offset, number = self.at
        seed = record.seed_of(self.journal, segment_number)
        while offset < end and len(records) < limit:
            head = record.read_head(mapped.view, offset, end, seed)
            if head is None:
                self.damaged += 1
                head = next(recover.sound_from(mapped.map, offset + 1, end, seed), None)
            if head is None:
                offset = end
                break
            records.append(self._record(mapped, segment_number, head))
            offset, number = head.end, head.number
        self.at = Position(segment_number, offset, number)

    def _record(self, mapped: Mapped, segment_number: int, head: Head) -> Record:
        content = record.decode(mapped.view[head.envelope_at : head.body_at])
        envelope = content.envelope
        origin = envelope.origin or Origin(self.journal, head.number)
        body = record.body_ref(head, content, self.journal, segment_number)
        return Record(origin, envelope, body)

    def _over_ended(self, at: Position) -> Position:
        """Step over segments that hold nothing more, so that `has_more` is true."""
        while at.segment < self.end.segment and at.offset >= self._end(at.segment):
            at = self._behind(at)
        return at

    def _next_segment(self, *, lost: bool) -> None:
        if lost:
            self.damaged += 1
        self.at = self._behind(self.at)

    def _behind(self, at: Position) -> Position:
        """Return the start of the next segment."""
        later = [n for n in self._segments if n > at.segment]
        if not later:
            return Position(*self.end[:2], at.number)
        header = self._segments[min(later)].header
        return Position(header.number, segment.START, header.last)

    def _start(self) -> Position:
        first = min(self._segments, default=0)
        last = self._segments[first].header.last if first else 0
        return Position(first, segment.START, last)

    def _end(self, number: int) -> int:
        return self._ends.get(number, segment.START)

    def _look(self) -> None:
        found = [
            s
            for s in segment.segments_in(self.path)
            if s.header.journal == self.journal
        ]
        self._segments = {s.header.number: s for s in found}
        self._ends = segment.ends_of(found)
