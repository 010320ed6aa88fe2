"""One user's mail in the segment store; see `port.Account`.

Rules:
    A mailbox is deleted in three steps: its name (synced), its mail (a record that
    tells everybody), its files. Whoever dies between them leaves files that belong to
    no name; they are swept when a process first opens the account.
"""

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import cast

from mailmax.base.ids import INBOX, ModSeq, Uid
from mailmax.store.mailboxes.names import FolderTable, Step
from mailmax.store.mailboxes.segments.home import ROSTER, Home
from mailmax.store.mailboxes.segments.mailbox import SegmentMailbox
from mailmax.store.mailboxes.segments.patience import patiently, patiently_read
from mailmax.store.mailboxes.segments.records import Deleted
from mailmax.store.mailboxes.segments.unproven import (
    find_lost,
    is_due,
    look,
    note_looked,
)
from mailmax.store.mailboxes.segments.words import failures
from mailmax.store.mailboxes.values import Folder, Status, Usage

_UNSEEN = bytes(1 - (value & 1) for value in range(256))


class SegmentAccount:
    """See the head of this file."""

    __slots__ = ("home", "user_id")

    def __init__(self, home: Home) -> None:
        self.user_id = home.user_id
        self.home = home
        home.pins += 1

    # The list

    def folders(self) -> list[Folder]:
        """Return all mailboxes, sorted by name, INBOX first."""
        return self._table().listing()

    def find(self, name: str) -> Folder | None:
        """Return the mailbox of that name."""
        return self._table().find(name)

    def subscriptions(self) -> list[str]:
        """Return subscribed names."""
        return sorted(self._table().subscribed)

    def _table(self) -> FolderTable:
        with self.home.mutex, failures("the mailboxes cannot be read"):
            return self.home.roster.read()

    def create(self, name: str, special_use: str = "") -> Folder:
        """Create a mailbox and its missing parents."""
        self._do(lambda table: table.create(name, int(time.time()), special_use))
        return self._table().selectable(name)

    def subscribe(self, name: str, subscribed: bool) -> None:  # noqa: FBT001
        """Subscribe or unsubscribe."""
        self._do(lambda table: table.subscribe(name, subscribed=subscribed))

    def rename(self, old: str, new: str) -> None:
        """Rename a mailbox with all below it; of INBOX, only its mail moves."""
        folder = self.find(old)
        if folder is not None and folder.folder_id == INBOX:
            self._empty_inbox_into(new)
        else:
            self._do(lambda table: table.rename(old, new, int(time.time())))

    def _empty_inbox_into(self, new: str) -> None:
        self.create(new)
        source, target = self.open("INBOX", read_only=True), self.open(new)
        try:
            with self.home.changing():
                source.box.catch_up()
                uids = source.box.truth().uids[:]
            source.move(uids, target)
            source.sync()
        finally:
            source.close()
            target.close()

    def delete(self, name: str) -> None:
        """Delete a mailbox."""
        folder = self._table().selectable(name)
        self._do(lambda table: table.delete(name))
        patiently(lambda: self._delete_mail(folder))

    def _delete_mail(self, folder: Folder) -> None:
        home = self.home
        with home.changing():
            box = home.box(folder.folder_id)
            box.catch_up()
            box.mailbox = None
            if box.generation == 0 or box.head.deleted:
                return
            truth = box.truth()
            home.log(box, [Deleted()], -sum(truth.sizes), -len(truth.uids))
            home.unlink(box.path)
            home.unlink(f"{box.snap_stem}.{box.generation}")

    def _do(self, verb: Callable[[FolderTable], Sequence[Step]]) -> None:
        with self.home.changing():
            table = self.home.table_to_change()
            steps = verb(table)
            self.home.roster.do(steps)
            if not steps:  # another did it, perhaps without a sync so far
                self.home.syncs.wrote(self.home.roster.path)
            by_id = table.by_id
            for folder_id, box in self.home.boxes.items():
                if box.mailbox is not None and folder_id in by_id:
                    box.mailbox.folder = by_id[folder_id]
            if self.home.roster.is_due:
                self.home.upkeep.due(self.home, ROSTER)
        self.home.roster.sync()

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when the list of mailboxes changes."""
        return self.home.roster.followers.add(self.home.roster.path, callback)

    # Mailboxes

    def is_ready(self, name: str) -> bool:
        """Tell whether a mailbox can be opened at once."""
        home = self.home
        if not home.node.cuts:
            return True
        with home.mutex, failures("the mailbox cannot be read"):
            folder = home.roster.read().find(name)
            if folder is None or not folder.selectable:
                return True
            return not is_due(home, home.box(folder.folder_id))

    def prepare(self, name: str) -> None:
        """Do what opening it would have to wait for; blocks."""
        home = self.home
        with failures("the mailbox cannot be read"):
            with home.mutex:
                box = home.box(home.roster.read().selectable(name).folder_id)
            lost = find_lost(home, box)
            if lost is not None:
                patiently_read(lambda: note_looked(home, box, lost))

    def open(self, name: str, *, read_only: bool = False) -> SegmentMailbox:
        """Open a mailbox, shared with other sessions of this process."""
        home = self.home
        with home.mutex, failures("the mailbox cannot be read"):
            folder = home.roster.read().selectable(name)
            box = home.box(folder.folder_id)
            if box.generation == 0:
                patiently_read(lambda: self._make_log(folder))
            mailbox = cast("SegmentMailbox | None", box.mailbox)
            if mailbox is None:
                mailbox = box.mailbox = SegmentMailbox(home, box, folder)
            patiently_read(lambda: look(home, box))
            mailbox.folder = folder
            if box.sessions == 0:
                mailbox.refresh()
            mailbox.enter(read_only=read_only)
            return mailbox

    def _make_log(self, folder: Folder) -> None:
        with self.home.changing():
            self.home.make_log(self.home.box(folder.folder_id))

    def status(self, name: str) -> Status:
        """Answer STATUS."""
        home = self.home
        with home.mutex, failures("the mailbox cannot be read"):
            box = home.box(home.roster.read().selectable(name).folder_id)
            box.catch_up()
            patiently_read(lambda: look(home, box))
            truth, head = box.truth(), box.head
            home.upkeep.used(home, box.folder_id, len(truth.uids))
            return Status(
                messages=len(truth.uids),
                unseen=truth.flags.translate(_UNSEEN).count(1),
                recent=len(truth.uids) - bisect_left(truth.uids, head.recent_from),
                uid_next=Uid(head.uid_next),
                highest_modseq=ModSeq(head.modseq),
                size=truth.octets(),
            )

    def usage(self) -> Usage:
        """Return what the user's mail comes to."""
        return self.home.usage()

    def close(self) -> None:
        """One session less."""
        self.home.pins -= 1
