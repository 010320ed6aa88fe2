"""One open mailbox of the twin: columns, and how far the events were read."""

import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import RLock
from typing import cast

from mailmax.base.errors import PermanentFailure
from mailmax.base.ids import ModSeq
from mailmax.store.mailboxes.memory.box import (
    Added,
    Body,
    Box,
    Event,
    Flagged,
    Gone,
    Row,
)
from mailmax.store.mailboxes.port import Mailbox
from mailmax.store.mailboxes.values import Change, Flag, Folder, NewMessage, Notes
from mailmax.store.search.candidates import Candidates, Run


class MemoryMailbox:
    """An open mailbox; see `port.Mailbox`."""

    def __init__(
        self, lock: RLock, folder: Folder, box: Box, forget: Callable[[], None]
    ) -> None:
        """Read the truth so far.

        Args:
            lock: The store's.
            folder: Its name and ids.
            box: The truth.
            forget: Called when the last session has left.
        """
        self.folder = folder
        self.uids = array("I")
        self.sizes = array("I")
        self.flags = bytearray()
        self.modseqs = array("Q")
        self.dates = array("q")
        self.keywords: dict[str, set[int]] = {}
        self.uid_next = 1
        self.highest_modseq = 1
        self.recent_from = 1
        self._lock = lock
        self._forget = forget
        self._box = box
        self._bodies: list[Body] = []
        self._read_to = 0
        self._sessions = 0
        self._is_selected = False
        self._dropped = False
        self.refresh()

    # Reading

    def refresh(self) -> Notes | None:
        """Read what was changed since; see the port."""
        with self._lock:
            if self._box.deleted:
                return self._drop()
            events = self._box.events[self._read_to :]
            if not events:
                return None
            self._read_to += len(events)
            return self._apply(events)

    def _drop(self) -> Notes | None:
        if self._dropped:
            return None
        self._dropped = True
        for column in (self.uids, self.sizes, self.flags, self.modseqs, self.dates):
            del column[:]
        self._bodies.clear()
        self.keywords.clear()
        return Notes(reset=True)

    def _apply(self, events: Sequence[Event]) -> Notes:
        before = self.uids[:]
        changed: set[int] = set()
        gone: set[int] = set()
        for event in events:
            match event:
                case Added(uid, row):
                    self._append(uid, row)
                case Flagged(modseq, flags):
                    self._flag(modseq, flags)
                    changed.update(flags)
                case Gone(modseq, uids):
                    self._remove(modseq, uids)
                    gone.update(uids)
        self.uid_next, self.highest_modseq = self._box.uid_next, self._box.modseq
        was = [place for place, uid in enumerate(before) if uid in gone]
        old_end = len(before) - len(was)
        places = (self._place(uid) for uid in changed - gone)
        return Notes(
            expunged=was,
            expunged_uids=[before[place] for place in was],
            added=len(self.uids) - old_end,
            changed=sorted(place for place in places if place < old_end),
        )

    def _append(self, uid: int, row: Row) -> None:
        self.uids.append(uid)
        self.sizes.append(len(row.body.octets))
        self.flags.append(row.flags)
        self.modseqs.append(row.modseq)
        self.dates.append(row.body.date)
        self._bodies.append(row.body)
        for keyword in row.keywords:
            self.keywords.setdefault(keyword, set()).add(uid)
        self.uid_next = uid + 1
        self.highest_modseq = row.modseq

    def _flag(self, modseq: int, flags: dict[int, tuple[int, frozenset[str]]]) -> None:
        self.highest_modseq = modseq
        for uid, (bits, keywords) in flags.items():
            place = self._place(uid)
            self.flags[place] = bits
            self.modseqs[place] = modseq
            for having in self.keywords.values():
                having.discard(uid)
            for keyword in keywords:
                self.keywords.setdefault(keyword, set()).add(uid)
        self.keywords = {k: having for k, having in self.keywords.items() if having}

    def _remove(self, modseq: int, uids: Sequence[int]) -> None:
        self.highest_modseq = modseq
        for uid in uids:
            place = self._place(uid)
            for column in (self.uids, self.sizes, self.flags, self.modseqs, self.dates):
                del column[place]
            del self._bodies[place]
            for having in self.keywords.values():
                having.discard(uid)
        self.keywords = {k: having for k, having in self.keywords.items() if having}

    def _place(self, uid: int) -> int:
        return bisect_left(self.uids, uid)

    def vanished(self, since: int) -> list[int] | None:
        """Return the UIDs removed after a mod-sequence."""
        with self._lock:
            return sorted(
                uid
                for event in self._box.events[: self._read_to]
                if isinstance(event, Gone) and event.modseq > since
                for uid in event.uids
            )

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when there is something to refresh."""
        return self._box.bell.watch(callback)

    def read(self, position: int, offset: int = 0, length: int = -1) -> bytes:
        """Return octets of one message's body."""
        body = self._bodies[position]
        if zlib.crc32(body.octets) != body.crc:
            raise PermanentFailure("this message is damaged")
        end = None if length < 0 else offset + length
        return body.octets[offset:end]

    def runs(self, positions: Sequence[int]) -> list[Run]:
        """Return the bodies of many messages at once."""
        found = []
        for index, position in enumerate(positions):
            with suppress(PermanentFailure):
                octets = self.read(position)
                found.append(Run(octets, [index], [0], [len(octets)]))
        return found

    def fragments(self, positions: Sequence[int]) -> list[bytes]:
        """Return the pre-rendered fragments of many messages."""
        return [self._bodies[position].fragment for position in positions]

    def candidates(self, needle: str) -> Candidates | None:  # noqa: ARG002
        """There is no index: it is all in memory."""
        return None

    def index(self) -> bool:
        """There is nothing to do."""
        return False

    # Changing

    def store(
        self,
        uids: Sequence[int],
        mode: str,
        flags: int,
        keywords: Sequence[str] = (),
        unchanged_since: int | None = None,
    ) -> Change:
        """Change flags."""
        with self._lock:
            box = self.living()
            words = box.spell(keywords)
            done: dict[int, tuple[int, frozenset[str]]] = {}
            conflicts = []
            for uid in dict.fromkeys(uids):
                row = box.rows.get(uid)
                if row is None:
                    continue
                if unchanged_since is not None and row.modseq > unchanged_since:
                    conflicts.append(uid)
                    continue
                new = _changed(row, mode, flags, words)
                if new != (row.flags, row.keywords):
                    done[uid] = new
            if done:
                box.modseq += 1
                for uid, new in done.items():
                    row = box.rows[uid]
                    row.flags, row.keywords = new
                    row.modseq = box.modseq
                box.events.append(Flagged(box.modseq, done))
                box.bell.ring()
            return Change(ModSeq(box.modseq), list(done), conflicts)

    def expunge(self, uids: Sequence[int] | None = None) -> Change:
        r"""Remove messages with \Deleted."""
        with self._lock:
            box = self.living()
            wanted = list(box.rows) if uids is None else uids
            marked = [
                uid
                for uid in wanted
                if uid in box.rows and box.rows[uid].flags & Flag.DELETED
            ]
            return self.remove(marked)

    def remove(self, uids: Sequence[int]) -> Change:
        """Remove messages whatever their flags."""
        with self._lock:
            box = self.living()
            there = sorted({uid for uid in uids if uid in box.rows})
            box.remove(there)
            return Change(ModSeq(box.modseq), there)

    def copy(self, uids: Sequence[int], target: Mailbox) -> Change:
        """Copy inside the account."""
        with self._lock:
            box = self.living()
            into = cast("MemoryMailbox", target).living()
            there = [uid for uid in uids if uid in box.rows]
            missing = [uid for uid in uids if uid not in box.rows]
            rows = [box.rows[uid] for uid in there]
            new = [
                into.add(Row(row.body, row.flags, into.spell(row.keywords), 0))
                for row in rows
            ]
            if new:
                into.bell.ring()
            return Change(ModSeq(into.modseq), new, missing)

    def move(self, uids: Sequence[int], target: Mailbox) -> Change:
        """Copy, then remove here."""
        with self._lock:
            change = self.copy(uids, target)
            missing = set(change.conflicts)
            self.remove([uid for uid in uids if uid not in missing])
            return change

    def take_back(self, change: Change) -> None:
        """Remove what was added."""
        self.remove(change.uids)

    def append(self, messages: Sequence[NewMessage]) -> Change:
        """Add messages."""
        with self._lock:
            box = self.living()
            new = [box.take(message) for message in messages]
            if new:
                box.bell.ring()
            return Change(ModSeq(box.modseq), new)

    def sync(self) -> None:
        """Nothing to do: memory is as durable as it gets."""

    def close(self) -> None:
        """One session less; the last one lets the columns go."""
        with self._lock:
            self._sessions -= 1
            if self._sessions == 0:
                self._forget()
                if self._is_selected:
                    self._box.recent_from = self._box.uid_next

    def enter(self, *, read_only: bool) -> None:
        r"""One session more; \Recent is claimed unless it only reads."""
        self._sessions += 1
        self.recent_from = self._box.recent_from
        if not read_only:
            self._is_selected = True
            self._box.recent_from = self.uid_next

    def living(self) -> Box:
        """Return the truth, to be changed."""
        if self._box.deleted:
            raise PermanentFailure("the mailbox is gone")
        return self._box


def _changed(
    row: Row, mode: str, flags: int, words: frozenset[str]
) -> tuple[int, frozenset[str]]:
    if mode == "+":
        return row.flags | flags, row.keywords | words
    if mode == "-":
        return row.flags & ~flags, row.keywords - words
    return flags, words
