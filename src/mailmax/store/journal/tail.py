"""The reading end of the spool: all journals of the roles that a reader serves.

Theory:
    The filer reads what smtpmax, queuemax and others commit, QueueMax what the filer
    does (DESIGN 3.4, 5). Each journal has a cursor; its end is told by the journal's
    owner (`notices`) or, when the owner is gone, found by CRC. A journal without an
    owner is read to its end and removed when `done` has passed it.

    ::

        lock taken, owner connected       read what it told
        lock taken, owner not connected   wait for it: it retries within 250 ms
        lock free                         take it, read by CRC, remove when done

Rules:
    One reader of a name for each node, held by a lock.
    A position covers all journals. `done` is believed: what lies before is recycled;
    where reading began says nothing about that.
    A journal of another version of MailMax (`segment`) is left as it is, with what is
    known of its position.
    All methods may be called from any thread; `wait` does not hold up the others.
"""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from mailmax.base.errors import TemporaryFailure
from mailmax.store.atomic import Lock, failures, make_directories
from mailmax.store.journal import layout, segment
from mailmax.store.journal.bodies import Bodies
from mailmax.store.journal.cursor import Cursor
from mailmax.store.journal.notices import Board, Owner, Position
from mailmax.store.spool.port import BodyRef, Record

LOOK_S = 0.25
"""How often journals without a connected owner are looked at."""

_Positions = dict[bytes, tuple[int, int, int]]
_positions = msgspec.msgpack.Decoder(_Positions)


class JournalReader:
    """The spool's other end (`spool.port.SpoolReader`)."""

    def __init__(
        self,
        node: Path | layout.Places,
        roles: Sequence[str],
        position: bytes = b"",
    ) -> None:
        """Listen for writers, and adopt journals that have none.

        Args:
            node: The node's directory, or where its journals and sockets lie.
            roles: Whose journals are read; all must have the same reader
                (`layout.reader_of`).
            position: What `position` returned, as last kept durably.

        Raises:
            TemporaryFailure: Another reader of that name is running, or the disk
                failed.
        """
        (name,) = {layout.reader_of(role) for role in roles}
        self._places = layout.places_of(node)
        self._roles = roles
        self._bodies = Bodies(self._places)
        self._cursors: dict[bytes, Cursor] = {}
        self._done: _Positions = {}
        """Of journals that nobody has spoken for yet."""
        self._guard = threading.RLock()
        self._looked = float("-inf")
        self._others: set[Path] = set()
        """Journals that another version of MailMax made."""
        with failures("the journals could not be read"):
            make_directories(self._places.journals)
            self._lock = Lock.take(self._places.journals / f"{name}.reader.lock")
            if self._lock is None:
                raise TemporaryFailure("another process reads these journals")
            try:
                self._board = Board(layout.socket_path(self._places, name))
            except BaseException:
                self._lock.release()
                raise
            try:
                self._known = self._still_there(position)
                self._look()
            except BaseException:
                self.close()
                raise

    @property
    def damaged(self) -> int:
        """Records that were promised and could not be read (TRUST D9)."""
        return sum(cursor.damaged for cursor in self._cursors.values())

    def wait(self, timeout: float) -> bool:
        """Wait until `next` has something; return whether it does.

        Raises:
            TemporaryFailure: The disk failed.
        """
        until = time.monotonic() + timeout
        while True:
            with self._guard:
                self._hear()
                if any(cursor.has_more for cursor in self._cursors.values()):
                    return True
            left = until - time.monotonic()
            if left <= 0 or self._board.woken:
                self._board.woken = False
                return False
            self._board.wait(min(left, LOOK_S))

    def unheard(self, timeout: float) -> frozenset[str]:
        """Wait until every living writer has said how far it is; see the port."""
        until = time.monotonic() + timeout
        while True:
            with self._guard:
                self._hear()
                unheard = self._unheard()
            left = until - time.monotonic()
            if not unheard or left <= 0:
                return frozenset(unheard)
            self._board.wait(min(left, LOOK_S))

    def wake(self) -> None:
        """End a `wait` of another thread."""
        self._board.wake()

    def next(self, limit: int = 256) -> Sequence[Record]:
        """Return committed records after the last ones returned; may be empty."""
        records: list[Record] = []
        try:
            with self._guard, failures("the journals could not be read"):
                self._hear()
                for cursor in self._by_turns():
                    cursor.read(limit, records)
        except TemporaryFailure:
            if not records:  # those that were read would not be returned again
                raise
        return records

    def body(self, ref: BodyRef) -> memoryview | bytes:
        """Return a body; see the port. Valid until `done` has passed its record."""
        with self._guard:
            return self._bodies.body(ref)

    def position(self) -> bytes:
        """Return the position behind what `next` has returned, to be kept durably."""
        with self._guard:
            here: _Positions = {i: (*c.at,) for i, c in self._cursors.items()}
            return msgspec.msgpack.encode(self._known | here)

    def done(self, position: bytes) -> None:
        """Let go of everything before a position that was kept durably."""
        with self._guard:
            for journal, place in _positions.decode(position).items():
                cursor = self._cursors.get(journal)
                if cursor:
                    cursor.done = max(cursor.done, Position(*place))
                else:
                    self._done[journal] = place
            for owner in self._board.owners.values():
                self._answer(owner)
            self._remove_finished()
            self._bodies.forget({j: c.done.segment for j, c in self._cursors.items()})

    def close(self) -> None:
        """Stop reading; writers go on and tell the next reader."""
        self._board.close()
        for cursor in self._cursors.values():
            cursor.release()
        if self._lock:
            self._lock.release()

    def _by_turns(self) -> list[Cursor]:
        """Rotate, so that no journal waits for ever behind a busy one."""
        ids = list(self._cursors)
        if ids:
            self._cursors[ids[0]] = self._cursors.pop(ids[0])
        return list(self._cursors.values())

    def _still_there(self, position: bytes) -> _Positions:
        if not position:
            return {}
        journals = [
            path
            for role in self._roles
            for path in layout.journals_of(self._places, role)
        ]
        known = _positions.decode(position)
        others = [path for path in journals if segment.is_of_another_version(path)]
        if others:
            return known  # which of them are theirs cannot be read
        there = {
            found.header.journal
            for path in journals
            for found in segment.segments_in(path)
        }
        return {journal: at for journal, at in known.items() if journal in there}

    def _hear(self) -> None:
        with failures("the journals could not be read"):
            spoke, gone = self._board.hear()
            for owner in spoke:
                self._listen(owner)
            if gone or time.monotonic() - self._looked > LOOK_S:
                self._look()

    def _unheard(self) -> set[str]:
        heard = {owner.name for owner in self._board.owners.values() if owner.told}
        adopted = {cursor.path.name for cursor in self._cursors.values() if cursor.lock}
        there = {
            path.name
            for role in self._roles
            for path in layout.journals_of(self._places, role)
            if path not in self._others
        }
        return there - heard - adopted

    def _listen(self, owner: Owner) -> None:
        if owner.told is None:
            return
        cursor = self._cursors.get(owner.journal)
        if cursor is None:
            path = self._places.journals / owner.name
            if path not in layout.journals_of(self._places):
                return
            cursor = self._cursor(path, owner.journal)
        cursor.told(owner.told)
        if not owner.answered:
            owner.answered = True
            self._answer(owner)

    def _answer(self, owner: Owner) -> None:
        cursor = self._cursors.get(owner.journal)
        if cursor:
            owner.tell(cursor.done)

    def _cursor(self, path: Path, journal: bytes) -> Cursor:
        if journal not in self._cursors:
            known = self._known.pop(journal, None)
            start = Position(*known) if known else None
            cursor = Cursor(path, journal, self._bodies, start)
            done = self._done.pop(journal, None)
            if done:
                cursor.done = max(cursor.done, Position(*done))
            self._cursors[journal] = cursor
        return self._cursors[journal]

    def _look(self) -> None:
        """Adopt journals that lost their owner."""
        self._looked = time.monotonic()
        connected = {owner.name for owner in self._board.owners.values()}
        adopted = {c.path for c in self._cursors.values() if c.lock}
        for role in self._roles:
            for path in layout.journals_of(self._places, role):
                if path.name not in connected and path not in adopted:
                    self._adopt(path)
        self._remove_finished()

    def _adopt(self, path: Path) -> None:
        lock = Lock.take(layout.lock_path(path))
        if lock is None:
            return
        self._others.discard(path)
        if segment.is_of_another_version(path):
            self._others.add(path)
            lock.release()
            return
        found = segment.segments_in(path)
        if found:
            self._cursor(path, found[-1].header.journal).adopt(lock)
        else:
            empty = Cursor(path, b"", self._bodies, None)
            empty.lock = lock
            with suppress(OSError):
                empty.remove()

    def _remove_finished(self) -> None:
        for journal, cursor in list(self._cursors.items()):
            if cursor.lock and cursor.is_finished:
                with suppress(OSError):
                    cursor.remove()
                    del self._cursors[journal]
