"""Accounts and deliveries of the twin."""

import time
from collections.abc import Callable, Iterable, Sequence
from threading import RLock

from mailmax.base.errors import Failure
from mailmax.base.ids import INBOX, FolderId, ModSeq, Uid, UserId
from mailmax.store.mailboxes.delivery import Deed, Delivery, Outcome
from mailmax.store.mailboxes.memory.box import (
    UID_JUMP,
    Bell,
    Box,
)
from mailmax.store.mailboxes.memory.mailbox import MemoryMailbox
from mailmax.store.mailboxes.names import FolderTable, Step
from mailmax.store.mailboxes.port import Locked, Mailbox, Store
from mailmax.store.mailboxes.values import (
    Change,
    Flag,
    Folder,
    NewMessage,
    Status,
    Usage,
)


class MemoryAccount:
    """One user's mail; see `port.Account`."""

    def __init__(self, user_id: UserId, lock: RLock) -> None:
        self.user_id = user_id
        self.lock = lock
        self._table = FolderTable()
        self._table.apply(self._table.defaults(int(time.time())))
        self._boxes: dict[int, Box] = {}
        self._bell = Bell()
        self._open: dict[FolderId, MemoryMailbox] = {}
        self._deeds: dict[bytes, tuple[Deed, bool]] = {}
        """The newest one of each name, and whether it waits to be rearmed."""

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
            opened = self._open.get(folder.folder_id)
            if opened is not None:
                opened.folder = folder
        if steps:
            self._bell.ring()

    def is_ready(self, _name: str) -> bool:
        """Tell whether a mailbox can be opened at once: always."""
        return True

    def prepare(self, name: str) -> None:
        """Do nothing with a mailbox that is there."""
        with self.lock:
            self._table.selectable(name)

    def open(self, name: str, *, read_only: bool = False) -> MemoryMailbox:
        """Open a mailbox, shared with other sessions of this process."""
        with self.lock:
            folder = self._table.selectable(name)
            number = folder.folder_id
            opened = self._open.get(number)
            if opened is None:
                opened = self._open[number] = MemoryMailbox(
                    self.lock, folder, self.box(folder), lambda: self._close(number)
                )
            opened.enter(read_only=read_only)
            return opened

    def _close(self, number: FolderId) -> None:
        self._open.pop(number, None)

    def box(self, folder: Folder) -> Box:
        """Return the truth about a mailbox."""
        return self._boxes.setdefault(folder.folder_id, Box())

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
            limit = delivery.limit_octets
            if limit and self.usage().octets + delivery.message.size > limit:
                return Outcome(Uid(0), full=True)
            uid = box.take(delivery.message)
            box.bell.ring()
            return Outcome(Uid(uid))

    def once(self, deed: Deed) -> bool:
        """Tell whether to do something now, and remember that it was done."""
        with self.lock:
            last, waits = self._deeds.get(deed.what, (None, False))
            if last is not None:
                if last.origin == deed.origin:
                    return True
                if deed.until_rearmed and waits:
                    return False
                if abs(deed.at_s - last.at_s) < deed.rest_s:
                    return False
            self._deeds.pop(deed.what, None)
            self._deeds[deed.what] = deed, deed.until_rearmed
            return True

    def rearm(self, what: bytes) -> None:
        """Let a deed that waits for it be done again."""
        with self.lock:
            if what in self._deeds:
                self._deeds[what] = self._deeds[what][0], False

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

    def once(self, user_id: UserId, home: str, deed: Deed) -> bool:
        """Tell whether to do something now, and remember that it was done."""
        return self.account(user_id, home).once(deed)

    def rearm(self, user_id: UserId, home: str, what: bytes) -> None:
        """Let a deed that waits for it be done again."""
        self.account(user_id, home).rearm(what)

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
