"""The memory twin: all that `port` promises, except surviving the process.

Theory:
    The truth of a mailbox is a list of events (added, flags, gone), as it is on
    disk; an open `MemoryMailbox` holds columns and the place in that list up to which
    they were read. So what is true and what was read differ here exactly as they do
    in the real store, and `refresh` tells the same notes.

Rules:
    Held to the same contract tests as `segments`. May be used by several sessions and
    threads of one process. Watches call back on the loop on which they were asked
    for, once for each burst.
"""

import asyncio
import time
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from threading import RLock
from typing import cast

import msgspec

from mailmax.base.envelope import Origin
from mailmax.base.errors import Failure, PermanentFailure
from mailmax.base.ids import INBOX, ModSeq, Uid, UserId
from mailmax.store.mailboxes.names import FolderTable, Step
from mailmax.store.mailboxes.port import (
    Change,
    Delivery,
    Flag,
    Folder,
    Locked,
    Mailbox,
    NewMessage,
    Notes,
    Outcome,
    Status,
    Store,
    Usage,
)

UID_JUMP = 10_000


class _Body(msgspec.Struct, frozen=True):
    octets: bytes
    crc: int
    fragment: bytes
    date: int


class _Row(msgspec.Struct):
    body: _Body
    flags: int
    keywords: frozenset[str]
    modseq: int


class _Added(msgspec.Struct, frozen=True):
    uid: int
    row: _Row


class _Flagged(msgspec.Struct, frozen=True):
    modseq: int
    flags: dict[int, tuple[int, frozenset[str]]]


class _Gone(msgspec.Struct, frozen=True):
    modseq: int
    uids: list[int]


_Event = _Added | _Flagged | _Gone


class _Bell:
    """Whom to call when something changed."""

    def __init__(self) -> None:
        self._watches: dict[object, Callable[[], None]] = {}

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        loop = asyncio.get_running_loop()
        key = object()
        waiting = False

        def deliver() -> None:
            nonlocal waiting
            waiting = False
            if key in self._watches:
                callback()

        def ring() -> None:
            nonlocal waiting
            if not waiting and not loop.is_closed():
                waiting = True
                loop.call_soon_threadsafe(deliver)

        self._watches[key] = ring
        return lambda: self._watches.pop(key, None) and None

    def ring(self) -> None:
        for ring in list(self._watches.values()):
            ring()


class _Box:
    """The truth about one mailbox."""

    def __init__(self) -> None:
        self.rows: dict[int, _Row] = {}
        self.events: list[_Event] = []
        self.keywords: dict[str, str] = {}
        self.origins: dict[Origin, int] = {}
        self.uid_next = 1
        self.modseq = 1
        self.recent_from = 1
        self.deleted = False
        self.bell = _Bell()
        self.open: MemoryMailbox | None = None

    def spell(self, keywords: Iterable[str]) -> frozenset[str]:
        """Write keywords as they were written first (they ignore case)."""
        return frozenset(self.keywords.setdefault(k.lower(), k) for k in keywords)

    def add(self, row: _Row, origin: Origin | None = None) -> int:
        uid = self.uid_next
        self.uid_next += 1
        self.modseq += 1
        row.modseq = self.modseq
        self.rows[uid] = row
        self.events.append(_Added(uid, msgspec.structs.replace(row)))
        if origin is not None:
            self.origins[origin] = uid
        return uid

    def take(self, message: NewMessage) -> int:
        body = message.body
        octets = bytes(body) if isinstance(body, bytes | memoryview) else b"".join(body)
        held = _Body(octets, message.crc, message.fragment, message.internal_date_ms)
        row = _Row(held, message.flags, self.spell(message.keywords), 0)
        return self.add(row, message.origin)

    def remove(self, uids: list[int]) -> None:
        if not uids:
            return
        self.modseq += 1
        for uid in uids:
            del self.rows[uid]
        self.events.append(_Gone(self.modseq, uids))
        self.bell.ring()


class MemoryMailbox:
    """An open mailbox; see `port.Mailbox`."""

    def __init__(self, account: "MemoryAccount", folder: Folder, box: _Box) -> None:
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
        self._account = account
        self._lock = account.lock
        self._box = box
        self._bodies: list[_Body] = []
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

    def _apply(self, events: Sequence[_Event]) -> Notes:
        before = self.uids[:]
        changed: set[int] = set()
        gone: set[int] = set()
        for event in events:
            match event:
                case _Added(uid, row):
                    self._append(uid, row)
                case _Flagged(modseq, flags):
                    self._flag(modseq, flags)
                    changed.update(flags)
                case _Gone(modseq, uids):
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

    def _append(self, uid: int, row: _Row) -> None:
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
                if isinstance(event, _Gone) and event.modseq > since
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

    def fragments(self, positions: Sequence[int]) -> list[bytes]:
        """Return the pre-rendered fragments of many messages."""
        return [self._bodies[position].fragment for position in positions]

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
                box.events.append(_Flagged(box.modseq, done))
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
                into.add(_Row(row.body, row.flags, into.spell(row.keywords), 0))
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
                self._box.open = None
                if self._is_selected:
                    self._box.recent_from = self._box.uid_next

    def enter(self, *, read_only: bool) -> None:
        r"""One session more; \Recent is claimed unless it only reads."""
        self._sessions += 1
        self.recent_from = self._box.recent_from
        if not read_only:
            self._is_selected = True
            self._box.recent_from = self.uid_next

    def living(self) -> _Box:
        """Return the truth, to be changed."""
        if self._box.deleted:
            raise PermanentFailure("the mailbox is gone")
        return self._box


def _changed(
    row: _Row, mode: str, flags: int, words: frozenset[str]
) -> tuple[int, frozenset[str]]:
    if mode == "+":
        return row.flags | flags, row.keywords | words
    if mode == "-":
        return row.flags & ~flags, row.keywords - words
    return flags, words


class MemoryAccount:
    """One user's mail; see `port.Account`."""

    def __init__(self, user_id: UserId, lock: RLock) -> None:
        self.user_id = user_id
        self.lock = lock
        self._table = FolderTable()
        self._table.apply(self._table.defaults(int(time.time())))
        self._boxes: dict[int, _Box] = {}
        self._bell = _Bell()

    def folders(self) -> list[Folder]:
        """Return all mailboxes, sorted by name, INBOX first."""
        with self.lock:
            return self._table.listing()

    def find(self, name: str) -> Folder | None:
        """Return the mailbox of that name."""
        with self.lock:
            return self._table.find(name)

    def create(self, name: str, special_use: str = "") -> Folder:
        """Create a mailbox and its missing parents."""
        with self.lock:
            self._do(self._table.create(name, int(time.time()), special_use))
            return self._table.selectable(name)

    def delete(self, name: str) -> None:
        """Delete a mailbox."""
        with self.lock:
            folder = self._table.selectable(name)
            self._do(self._table.delete(name))
            box = self._boxes.pop(folder.folder_id, None)
            if box is not None:
                box.deleted = True
                box.bell.ring()

    def rename(self, old: str, new: str) -> None:
        """Rename a mailbox with all below it; of INBOX, only its mail moves."""
        with self.lock:
            folder = self._table.find(old)
            if folder is not None and folder.folder_id == INBOX:
                self._empty_inbox_into(new)
            else:
                self._do(self._table.rename(old, new, int(time.time())))

    def _empty_inbox_into(self, new: str) -> None:
        self.create(new)
        source, target = self.open("INBOX", read_only=True), self.open(new)
        try:
            source.refresh()
            source.move(source.uids, target)
        finally:
            source.close()
            target.close()

    def subscribe(self, name: str, subscribed: bool) -> None:  # noqa: FBT001
        """Subscribe or unsubscribe."""
        with self.lock:
            self._do(self._table.subscribe(name, subscribed=subscribed))

    def subscriptions(self) -> list[str]:
        """Return subscribed names."""
        with self.lock:
            return sorted(self._table.subscribed)

    def _do(self, steps: Sequence[Step]) -> None:
        self._table.apply(steps)
        for folder in self._table.by_id.values():
            box = self._boxes.get(folder.folder_id)
            if box is not None and box.open is not None:
                box.open.folder = folder
        if steps:
            self._bell.ring()

    def open(self, name: str, *, read_only: bool = False) -> MemoryMailbox:
        """Open a mailbox, shared with other sessions of this process."""
        with self.lock:
            folder = self._table.selectable(name)
            box = self.box(folder)
            if box.open is None:
                box.open = MemoryMailbox(self, folder, box)
            box.open.enter(read_only=read_only)
            return box.open

    def box(self, folder: Folder) -> _Box:
        """Return the truth about a mailbox."""
        return self._boxes.setdefault(folder.folder_id, _Box())

    def status(self, name: str) -> Status:
        """Answer STATUS."""
        with self.lock:
            box = self.box(self._table.selectable(name))
            rows = box.rows
            return Status(
                messages=len(rows),
                unseen=sum(not row.flags & Flag.SEEN for row in rows.values()),
                recent=sum(uid >= box.recent_from for uid in rows),
                uid_next=Uid(box.uid_next),
                highest_modseq=ModSeq(box.modseq),
                size=sum(len(row.body.octets) for row in rows.values()),
            )

    def usage(self) -> Usage:
        """Return what the user's mail comes to."""
        with self.lock:
            rows = [row for box in self._boxes.values() for row in box.rows.values()]
            return Usage(sum(len(row.body.octets) for row in rows), len(rows))

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when the list of mailboxes changes."""
        return self._bell.watch(callback)

    def close(self) -> None:
        """One session less: nothing to let go of."""

    def deliver(self, delivery: Delivery) -> Outcome:
        """File one message."""
        with self.lock:
            name = delivery.folder or "INBOX"
            folder = self._table.find(name)
            if folder is None or not folder.selectable:
                folder = self.create(name)
            box = self.box(folder)
            origin = delivery.message.origin
            if origin is not None and origin in box.origins:
                return Outcome(Uid(box.origins[origin]), duplicate=True)
            uid = box.take(delivery.message)
            box.bell.ring()
            return Outcome(Uid(uid))

    def jump(self) -> None:
        """Go on above all UIDs that may have been seen."""
        for box in self._boxes.values():
            box.uid_next += UID_JUMP
            box.modseq += UID_JUMP


class MemoryStore:
    """All mailboxes, in memory; see `port.Store`."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._accounts: dict[str, MemoryAccount] = {}

    def account(self, user_id: UserId, home: str) -> MemoryAccount:
        """Open a user's mail; created with default mailboxes when new."""
        with self._lock:
            account = self._accounts.get(home)
            if account is None:
                account = self._accounts[home] = MemoryAccount(user_id, self._lock)
            return account

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """File a batch."""
        return [
            self.account(delivery.user_id, delivery.home).deliver(delivery)
            for delivery in batch
        ]

    def append(
        self, batch: Sequence[tuple[Mailbox, Sequence[NewMessage]]]
    ) -> list[Change | Exception]:
        """Add to many mailboxes."""
        answers: list[Change | Exception] = []
        for mailbox, messages in batch:
            try:
                answers.append(mailbox.append(messages))
            except (Failure, Locked) as error:
                answers.append(error)
        return answers

    def checkpoint(self) -> None:
        """Nothing to do."""

    def recover(
        self, touched: Iterable[tuple[UserId, str]], replay: Sequence[Delivery]
    ) -> None:
        """Go on above the ceiling, then file what is missing."""
        with self._lock:
            for user_id, home in touched:
                self.account(user_id, home).jump()
            self.deliver(replay)

    def usage(self, user_id: UserId, home: str) -> Usage:  # noqa: ARG002
        """Return a user's usage; zero when new."""
        with self._lock:
            account = self._accounts.get(home)
            return Usage(0, 0) if account is None else account.usage()

    def has_room(self, octets: int) -> bool:  # noqa: ARG002
        """Memory always has room."""
        return True

    def remove(self, user_id: UserId, home: str) -> None:  # noqa: ARG002
        """Remove a user's mail for good."""
        with self._lock:
            account = self._accounts.pop(home, None)
            if account is not None:
                for folder in account.folders():
                    box = account.box(folder)
                    box.deleted = True
                    box.bell.ring()

    def close(self) -> None:
        """Nothing to let go of."""


_TWIN: type[Store] = MemoryStore
