"""The spool in memory: an honest twin for tests of rooms.

Theory:
    `MemorySpool` is what lies on the disk; its writers and readers come and go.
    It keeps every rule of the port that can be kept without a disk; `full` and
    `broken` let a test see how a room says no.

Rules:
    Bodies are copied on commit and gone when `done` has passed them, as they are in
    the journal.
"""

import secrets
import threading
import zlib
from collections.abc import Sequence

import msgspec

from mailmax.base.envelope import Envelope, Origin
from mailmax.base.errors import PermanentFailure, StorageFull, TemporaryFailure
from mailmax.store.spool.port import BodyRef, Entry, Record

_Positions = dict[bytes, int]
_positions = msgspec.msgpack.Decoder(_Positions)


class _Kept(msgspec.Struct):
    number: int
    envelope: Envelope
    body: BodyRef


class MemoryJournal(msgspec.Struct):
    """What one writer has committed."""

    role: str
    journal: bytes
    records: list[_Kept] = []
    number: int = 0
    passed: int = 0


class MemorySpool:
    """All journals of a node."""

    def __init__(self) -> None:
        """Start empty."""
        self.journals: list[MemoryJournal] = []
        self.bodies: dict[bytes, bytes] = {}
        self.room = 1 << 40
        """Octets that `has_room` admits to."""
        self.full = False
        """While True, nothing has room: commits raise `StorageFull`."""
        self.broken = False
        """While True, commits raise `TemporaryFailure`."""
        self.changed = threading.Condition()

    def writer(self, role: str = "smtpmax") -> "MemoryWriter":
        """Open a writer."""
        journal = MemoryJournal(role, secrets.token_bytes(16))
        self.journals.append(journal)
        return MemoryWriter(self, journal)

    def reader(
        self, roles: Sequence[str] = ("smtpmax",), position: bytes = b""
    ) -> "MemoryReader":
        """Open the reader of some roles."""
        return MemoryReader(self, roles, position)

    def check(self) -> None:
        """Raise what a test asked for."""
        if self.full:
            raise StorageFull("insufficient system storage")
        if self.broken:
            raise TemporaryFailure("the message could not be stored")


class MemoryBig:
    """A large body that arrives in pieces."""

    def __init__(self, spool: MemorySpool) -> None:
        """Start empty."""
        self._spool = spool
        self.octets = bytearray()

    def write(self, octets: bytes) -> None:
        """Append octets; see the port."""
        self._spool.check()
        self.octets += octets

    def sync(self) -> None:
        """See the port."""
        self._spool.check()

    def read(self) -> bytes:
        """See the port."""
        self._spool.check()
        return bytes(self.octets)

    def discard(self) -> None:
        """Throw it away."""
        self.octets.clear()


class MemoryWriter:
    """One process's end (`spool.port.SpoolWriter`)."""

    def __init__(self, spool: MemorySpool, journal: MemoryJournal) -> None:
        """Own a journal."""
        self._spool = spool
        self.journal = journal

    def open_big(self) -> MemoryBig:
        """Open a body that is written as it arrives."""
        self._spool.check()
        return MemoryBig(self._spool)

    def commit(self, group: Sequence[Entry]) -> Sequence[Origin]:
        """Keep a group, all or nothing; see the port."""
        self._spool.check()
        with self._spool.changed:
            kept = [self._keep(entry) for entry in group]
            self.journal.records += kept
            self._spool.changed.notify_all()
        return [Origin(self.journal.journal, one.number) for one in kept]

    def has_room(self, octets: int) -> bool:
        """Tell whether that much could be committed now."""
        return not self._spool.full and octets <= self._spool.room

    @property
    def lag(self) -> int:
        """Octets committed here that the reader has not passed yet."""
        return sum(
            kept.body.size
            for kept in self.journal.records
            if kept.number > self.journal.passed
        )

    @property
    def number(self) -> int:
        """Number of the last record committed here."""
        return self.journal.number

    @property
    def passed(self) -> int:
        """Number of the last record here that the reader has kept for good."""
        return self.journal.passed

    def close(self) -> None:
        """Release the journal; what was committed stays."""

    def _keep(self, entry: Entry) -> _Kept:
        self.journal.number += 1
        number = self.journal.number
        if entry.ref:
            return _Kept(number, entry.envelope, entry.ref)
        big = entry.big
        octets = bytes(big.octets) if isinstance(big, MemoryBig) else b""
        octets = octets or b"".join(entry.chunks)
        place = self.journal.journal + number.to_bytes(8, "big")
        self._spool.bodies[place] = octets
        body = BodyRef(place, len(octets), zlib.crc32(octets))
        return _Kept(number, entry.envelope, body)


class MemoryReader:
    """The other end (`spool.port.SpoolReader`)."""

    def __init__(
        self, spool: MemorySpool, roles: Sequence[str], position: bytes
    ) -> None:
        """Begin behind a position."""
        self._spool = spool
        self._roles = roles
        self._at: _Positions = _positions.decode(position) if position else {}
        self._woken = False

    def wait(self, timeout: float) -> bool:
        """Wait until `next` has something."""
        with self._spool.changed:
            self._spool.changed.wait_for(
                lambda: self._woken or bool(self._unread()), timeout
            )
            self._woken = False
            return bool(self._unread())

    def unheard(self, timeout: float) -> frozenset[str]:  # noqa: ARG002
        """Return at once: there is nobody to wait for."""
        return frozenset()

    def wake(self) -> None:
        """End a `wait` of another thread."""
        with self._spool.changed:
            self._woken = True
            self._spool.changed.notify_all()

    def next(self, limit: int = 256) -> Sequence[Record]:
        """Return committed records after the last ones returned."""
        with self._spool.changed:
            taken = self._unread()[:limit]
            for journal, kept in taken:
                self._at[journal.journal] = kept.number
        return [_record(journal, kept) for journal, kept in taken]

    def body(self, ref: BodyRef) -> memoryview | bytes:
        """Return a body, checked against its CRC-32.

        Raises:
            PermanentFailure: It is damaged or gone.
        """
        octets = self._spool.bodies.get(ref.place)
        if octets is None or len(octets) != ref.size:
            raise PermanentFailure("the message is gone")
        if zlib.crc32(octets) != ref.crc:
            raise PermanentFailure("the message is damaged")
        return octets

    def position(self) -> bytes:
        """Return the position behind what `next` has returned."""
        return msgspec.msgpack.encode(self._at)

    def done(self, position: bytes) -> None:
        """Let go of everything before a position."""
        passed = _positions.decode(position)
        with self._spool.changed:
            for journal in self._mine():
                journal.passed = max(journal.passed, passed.get(journal.journal, 0))
                gone = [k for k in journal.records if k.number <= journal.passed]
                journal.records = journal.records[len(gone) :]
                for kept in gone:
                    if kept.body.place.startswith(journal.journal):
                        self._spool.bodies.pop(kept.body.place, None)

    def close(self) -> None:
        """Stop reading."""

    def _mine(self) -> list[MemoryJournal]:
        return [j for j in self._spool.journals if j.role in self._roles]

    def _unread(self) -> list[tuple[MemoryJournal, _Kept]]:
        return [
            (journal, kept)
            for journal in self._mine()
            for kept in journal.records
            if kept.number > self._at.get(journal.journal, 0)
        ]


def _record(journal: MemoryJournal, kept: _Kept) -> Record:
    origin = kept.envelope.origin or Origin(journal.journal, kept.number)
    return Record(origin, kept.envelope, kept.body)
