"""The queue directory: entries kept, states recorded, position advanced.

Theory:
    Memory is the truth for reading, the directory for restarting. Two threads at
    most: one *writes* (`keep`, `record`, `advance`, `copy_sparse`: they block), the
    other owns the entries and does all the rest. Each writing call takes what to
    write as values and changes nothing in memory, except what it alone uses.

Rules:
    The position is written after what it passes was synced (see the package's table).
    A recipient is known by its key as long as it is here, and a while longer, so that
    a replayed hand-over is not sent again (TRUST D5).

Limits:
    65,536 keys of finished recipients are remembered behind the position.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mailmax.base.envelope import Envelope, Origin
from mailmax.base.errors import TemporaryFailure
from mailmax.policy.retry import Stage
from mailmax.store.atomic import Lock, failures, make_directories
from mailmax.store.queue.bodies import SEGMENT_OCTETS
from mailmax.store.queue.directories import QUEUE, Directories, SegmentName
from mailmax.store.queue.entry import (
    Body,
    QueueEntry,
    Target,
    make_targets,
    revive,
)
from mailmax.store.queue.log import QueueLog
from mailmax.store.queue.quarantine import Quarantine
from mailmax.store.queue.records import Kept, Moved, Place, Position, Record, State

REMEMBERED: Final = 65_536


@dataclass(frozen=True, slots=True)
class KeptBody:
    """A body in a segment (`entry.Body`)."""

    bodies: Directories
    entry: QueueEntry
    place: Place
    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Return octets, from where the body lies now.

        Raises:
            TemporaryFailure: They cannot be read.
            PermanentFailure: They are damaged.
        """
        return self.bodies.read(self.entry.place or self.place, offset, length)


class QueueStore:
    """One queue directory."""

    def __init__(
        self,
        directory: Path,
        segment_octets: int = SEGMENT_OCTETS,
        etrn: Path | None = None,
    ) -> None:
        """Take the directory and read it.

        Args:
            directory: Made when missing.
            segment_octets: When a segment of bodies is full.
            etrn: Where bodies of ETRN mail are kept (`etrn`); may be away.

        Raises:
            TemporaryFailure: Another process has it, or it cannot be read.
        """
        self.entries: dict[int, QueueEntry] = {}
        """Kept entries with something left to be done, by number."""
        self.position = b""
        """Where reading the journals goes on."""
        self.damaged = 0
        """What recovery could not read; a copy is in corrupt/."""
        self.next_number = 1
        self.quarantine = Quarantine(directory / "corrupt")
        self._live: dict[bytes, Target] = {}
        self._recent: dict[bytes, None] = {}
        self._since: dict[bytes, None] = {}
        self._stuck: set[SegmentName] = set()
        with failures("the queue directory cannot be used"):
            make_directories(directory)
            lock = Lock.take(directory / "lock")
            if lock is None:
                raise TemporaryFailure("the queue directory is in use")
            self._lock = lock
            self._bodies = Directories(directory, segment_octets)
        self._log = QueueLog(directory, self._snapshot)
        try:
            self._recover(etrn)
        except BaseException:
            self.close()
            raise

    # Owned by the reading thread

    def admit(
        self, envelope: Envelope, origin: Origin, body: Body, crc: int
    ) -> QueueEntry | None:
        """Take a message from the journal: its recipients not local and not known.

        Returns:
            The entry; None when there is nothing to be done.
        """
        targets = [
            target
            for target in make_targets(envelope, origin)
            if not self.is_known(target.state.key)
        ]
        if not targets:
            return None
        entry = QueueEntry(self.next_number, envelope, targets, body.size, crc)
        self.next_number += 1
        entry.body = body
        for target in targets:
            self._live[target.state.key] = target
        return entry

    def disown(self, entry: QueueEntry) -> None:
        """Let a message be as if it had not been admitted; nobody tries it any more.

        Its body stays readable for what is on its way already.
        """
        for target in entry.targets:
            key = target.state.key
            if self._live.get(key) is target:
                del self._live[key]
            target.state = State(key, Stage.DELIVERED)

    def is_known(self, key: bytes) -> bool:
        """Tell whether a recipient is here, or was finished lately."""
        return key in self._live or key in self._recent or key in self._since

    def settle(self, target: Target, state: State) -> None:
        """Set a recipient's state in memory; the caller records it."""
        target.state = state
        if state.stage.is_over:
            self._live.pop(state.key, None)
            self._since[state.key] = None

    def adopt(self, entry: QueueEntry, place: Place) -> None:
        """An entry's body is kept: it no longer needs the journal."""
        entry.place = place
        entry.body = None
        self._bodies.count(place, entry.size)
        if entry.is_over:
            self._bodies.count(place, -entry.size)
        else:
            self.entries[entry.number] = entry

    def replace(self, entry: QueueEntry) -> None:
        """A kept entry has more recipients than it had (`amend`)."""
        self.entries[entry.number] = entry
        for target in entry.targets:
            self._live[target.state.key] = target

    def drop(self, entry: QueueEntry) -> None:
        """An entry is over: let go of its body."""
        if self.entries.pop(entry.number, None) is not None and entry.place:
            self._bodies.count(entry.place, -entry.size)
        entry.body = None

    def body_of(self, entry: QueueEntry) -> Body:
        """Return an entry's body, wherever it lies now."""
        if entry.place is not None:
            return KeptBody(self._bodies, entry, entry.place, entry.size)
        if entry.body is None:
            raise TemporaryFailure("the message is gone from the queue")
        return entry.body

    def advanced(self, position: bytes) -> None:
        """The position is durable: forget the oldest finished keys."""
        self.position = position
        since, self._since = self._since, {}
        self._recent |= since
        for key in list(self._recent)[: max(0, len(self._recent) - REMEMBERED)]:
            del self._recent[key]

    def find_sparse(self) -> tuple[SegmentName, list[QueueEntry]] | None:
        """Return a segment worth compacting and the entries that live in it."""
        living: dict[SegmentName, list[QueueEntry]] = {
            segment: [] for segment in self._bodies.sparse()
        }
        for entry in self.entries.values() if living else ():
            if entry.place is not None:
                living.get(_segment_of(entry.place), []).append(entry)
        for segment, entries in living.items():
            if not entries:
                self._bodies.remove(segment)
            elif segment not in self._stuck:
                return segment, entries
        return None

    def moved(
        self,
        segment: SegmentName,
        entries: Sequence[QueueEntry],
        places: Sequence[Place | None],
    ) -> None:
        """Bodies lie elsewhere, durably: the old segment goes.

        A segment with a body that cannot be moved stays until that entry is over.
        """
        for entry, place in zip(entries, places, strict=True):
            if place is not None and entry.number in self.entries:
                entry.place = place
                self._bodies.count(place, entry.size)
        if None in places:
            self._stuck.add(segment)
        else:
            self._bodies.remove(segment)

    def close(self) -> None:
        """Let go of the directory."""
        self._log.close()
        self._bodies.close()
        self._lock.release()

    # Writing: these block

    def record(self, states: Sequence[State]) -> None:
        """Make states durable.

        Raises:
            TemporaryFailure: They may or may not be.
        """
        self._log.append(states)

    def keep(self, items: Sequence[tuple[QueueEntry, Body]]) -> list[Place | None]:
        """Write bodies and entries; durable on return.

        Returns:
            Where each lies; None for a body that is damaged.

        Raises:
            TemporaryFailure: They may or may not be; the journal is still needed.
        """
        places = self._bodies.keep(items)
        self._log.append(
            [
                entry.kept(place)
                for (entry, _), place in zip(items, places, strict=True)
                if place is not None
            ]
        )
        return places

    def amend(self, entry: QueueEntry) -> None:
        """Write a kept entry again, as it is now; durable on return.

        Raises:
            TemporaryFailure: It may or may not be.
        """
        if entry.place is not None:
            self._log.append([entry.kept(entry.place)])

    def advance(self, position: bytes) -> None:
        """Make a position durable; what it passes must be kept or over.

        Raises:
            TemporaryFailure: It may or may not be.
        """
        self._log.append([Position(position, self.next_number)])

    def copy_sparse(
        self, items: Sequence[tuple[QueueEntry, Body]]
    ) -> list[Place | None]:
        """Append living bodies again, elsewhere; durable on return.

        Returns:
            Where each lies now; None for a body that cannot be moved.

        Raises:
            TemporaryFailure: They stay where they are.
        """
        places = self._bodies.move(items)
        self._log.append(
            [
                Moved(entry.number, place)
                for (entry, _), place in zip(items, places, strict=True)
                if place is not None
            ]
        )
        return places

    # Inside

    def _snapshot(self) -> Iterator[Record]:
        """Yield the whole state; runs in the writing thread, hence the copies."""
        yield Position(self.position, self.next_number)
        for key in (*list(self._recent), *list(self._since)):
            yield State(key, Stage.DELIVERED)
        for entry in list(self.entries.values()):
            if entry.place is not None:
                yield entry.kept(entry.place)

    def _recover(self, etrn: Path | None) -> None:
        history = self._log.open()
        self.damaged = history.damaged
        for record in history.records:
            self._apply(record)
        for entry in list(self.entries.values()):
            self._settle_recovered(entry)
        places = [entry.place for entry in self.entries.values() if entry.place]
        self._bodies.open_etrn(etrn, {place.directory for place in places} - {QUEUE})
        for entry in list(self.entries.values()):
            self._count_recovered(entry)
        self._recent |= self._since
        self._since = {}
        if self.damaged:
            self._log.renew()

    def _apply(self, record: Record) -> None:
        match record:
            case Kept():
                self._revive(record)
            case State():
                target = self._live.get(record.key)
                if target is not None:
                    target.state = record
                    target.redirect()
                elif record.stage.is_over:
                    self._since[record.key] = None
            case Moved():
                entry = self.entries.get(record.number)
                if entry is not None:
                    entry.place = record.place
            case Position():
                self.position = record.position
                self.next_number = max(self.next_number, record.next_number)

    def _revive(self, record: Kept) -> None:
        entry = revive(record)
        if entry is None:
            self.damaged += 1
            return
        self.entries[entry.number] = entry
        self.next_number = max(self.next_number, entry.number + 1)
        for target in entry.targets:
            self._live[target.state.key] = target

    def _settle_recovered(self, entry: QueueEntry) -> None:
        """Let go of an entry that was over before the cut."""
        for target in entry.targets:
            key = target.state.key
            if key in self._since:  # recorded before the entry was kept
                target.state = State(key, Stage.DELIVERED)
            if target.state.stage.is_over:
                self._live.pop(key, None)
                self._since[key] = None
        if entry.is_over or entry.place is None:
            del self.entries[entry.number]

    def _count_recovered(self, entry: QueueEntry) -> None:
        """Count a body as live; what lies in a directory that is away waits."""
        place = entry.place
        if place is None or self._bodies.is_away(place):
            return
        if self._bodies.holds(place, entry.size):
            self._bodies.count(place, entry.size)
        else:
            self.damaged += 1
            del self.entries[entry.number]


def _segment_of(place: Place) -> SegmentName:
    return SegmentName(place.directory, place.segment)
