"""An open mailbox of the segment store; see `port.Mailbox` for what it promises.

Theory:
    Reading uses the columns that were shown last (`Box.columns`); changing takes the
    user's lock, reads on, decides on what is true (`Box.truth`) and appends records.
    All sessions of a process share one object; the columns stay in memory after the
    last one left, until others need the space.
"""

import zlib
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import cast

from mailmax.base.errors import Failure, PermanentFailure
from mailmax.base.ids import ModSeq
from mailmax.store.mailboxes.port import Locked, Mailbox
from mailmax.store.mailboxes.segments import changes
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.columns import BODY_CHECKED, Columns
from mailmax.store.mailboxes.segments.damage import note_damage
from mailmax.store.mailboxes.segments.fragments import Fragments, where_now
from mailmax.store.mailboxes.segments.home import Home
from mailmax.store.mailboxes.segments.incoming import check_words, put
from mailmax.store.mailboxes.segments.indexing import Indexing
from mailmax.store.mailboxes.segments.lazy import write_uncovered
from mailmax.store.mailboxes.segments.patience import patiently
from mailmax.store.mailboxes.segments.places import chosen, neighbours
from mailmax.store.mailboxes.segments.records import Recent
from mailmax.store.mailboxes.segments.runs import read_runs, read_singly
from mailmax.store.mailboxes.segments.syncing import Syncing
from mailmax.store.mailboxes.segments.together import sync_each
from mailmax.store.mailboxes.segments.unproven import look, take_back
from mailmax.store.mailboxes.segments.watching import Followers
from mailmax.store.mailboxes.segments.words import failures
from mailmax.store.mailboxes.values import Change, Folder, NewMessage, Notes
from mailmax.store.search.candidates import Candidates, Run

RUNNING = 16
"""Bodies read piece by piece whose CRC is followed."""


class SegmentMailbox:
    """See the head of this file."""

    __slots__ = (
        "_followers",
        "_gone",
        "_is_selected",
        "_running",
        "box",
        "dates",
        "flags",
        "folder",
        "highest_modseq",
        "home",
        "keywords",
        "modseqs",
        "recent_from",
        "sizes",
        "uid_next",
        "uids",
    )

    uids: "array[int]"
    sizes: "array[int]"
    flags: bytearray
    modseqs: "array[int]"
    dates: "array[int]"
    keywords: dict[str, set[int]]

    def __init__(self, home: Home, box: Box, folder: Folder) -> None:
        self.home = home
        self.box = box
        self.folder = folder
        self.uid_next = 1
        self.highest_modseq = 1
        self.recent_from = 1
        self._gone = False
        self._is_selected = False
        """Somebody had it open to write: what came meanwhile was seen there."""
        self._followers: Followers | None = None
        self._running: dict[int, tuple[int, int]] | None = None
        """How far bodies were read, and their CRC up to there."""
        self._expose(box.want_columns())

    def _expose(self, columns: Columns) -> None:
        self.uids = columns.uids
        self.sizes = columns.sizes
        self.flags = columns.flags
        self.modseqs = columns.modseqs
        self.dates = columns.dates
        self.keywords = columns.keywords
        self.uid_next = self.box.head.uid_next
        self.highest_modseq = self.box.head.modseq

    # Sessions

    def enter(self, *, read_only: bool) -> None:
        r"""One session more; \Recent is claimed unless it only reads."""
        with self.home.mutex:
            self.box.sessions += 1
            self.recent_from = self.box.head.recent_from
        if not read_only:
            self._is_selected = True
            self._claim_recent(self.uid_next)

    def close(self) -> None:
        """One session less."""
        with self.home.mutex:
            self.box.sessions -= 1
            last = self.box.sessions == 0
        if last and self._is_selected and not self._gone:
            self._claim_recent(self.uid_next)
        if last:
            self._is_selected = False
            self.home.upkeep.used(self.home, self.box.folder_id, len(self.uids))

    def _claim_recent(self, uid: int) -> None:
        if self.box.head.recent_from >= uid:
            return
        # Not worth an error: whoever comes next claims them again.
        with suppress(Failure, Locked), self.home.changing():
            self.box.catch_up()
            if self.box.head.recent_from < uid and not self.box.head.deleted:
                self.home.make_log(self.box)
                self.home.log(self.box, [Recent(uid)])

    # Reading

    def refresh(self) -> Notes | None:
        """Read what was changed since; see the port."""
        with self.home.mutex, failures("the mailbox cannot be read"):
            if self._gone:
                return None
            self.box.catch_up()
            if self.box.head.deleted:
                return self._forget()
            followers = self._followers
            if followers is not None and followers.follow(self.box.path):
                self.box.catch_up()
            notes = self.box.show()
            self._expose(self.box.want_columns())
            return notes

    def _forget(self) -> Notes:
        self._gone = True
        self.box.columns = Columns()
        self.box.pending = []
        self._expose(self.box.columns)
        return Notes(reset=True)

    def vanished(self, since: int) -> list[int] | None:
        """Return the UIDs removed after a mod-sequence."""
        with self.home.mutex:
            return self.box.want_columns().vanished(since)

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when there is something to refresh."""
        if self._followers is None:
            self._followers = Followers(self.home.node.watching)
        return self._followers.add(self.box.path, callback)

    def read(self, position: int, offset: int = 0, length: int = -1) -> bytes:
        """Return octets of one message's body."""
        columns = self.box.want_columns()
        wanted = max(0, columns.sizes[position] - offset)
        if length >= 0:
            wanted = min(wanted, length)
        with failures("the message cannot be read"):
            octets = self._octets(columns, position, offset, wanted)
        if len(octets) < wanted:
            raise PermanentFailure("this message is damaged")
        if not columns.checked[position] & BODY_CHECKED:
            self._check(columns, position, offset, octets)
        return octets

    def _octets(
        self, columns: Columns, position: int, offset: int, wanted: int
    ) -> bytes:
        try:
            return self.home.mail.read(columns.places[position] + offset, wanted)
        except FileNotFoundError:
            truth, now = where_now(self.home, self.box, columns, position)
            return self.home.mail.read(truth.places[now] + offset, wanted)

    def _check(
        self, columns: Columns, position: int, offset: int, octets: bytes
    ) -> None:
        """Follow the CRC of a body that is read whole or piece by piece."""
        uid = columns.uids[position]
        running = self._running
        read_to, crc = running.pop(uid, (0, 0)) if offset and running else (0, 0)
        if offset != read_to:
            return
        crc = zlib.crc32(octets, crc)
        end = offset + len(octets)
        if end < columns.sizes[position]:
            if running is None or len(running) >= RUNNING:
                running = self._running = {}
            running[uid] = (end, crc)
            return
        if crc != columns.crcs[position]:
            note_damage(self.home.path, columns.places[position], crc)
            raise PermanentFailure("this message is damaged")
        columns.checked[position] |= BODY_CHECKED

    def runs(self, positions: Sequence[int]) -> list[Run]:
        """Return the bodies of many messages at once."""
        columns = self.box.want_columns()
        try:
            return read_runs(self.home, columns, positions)
        except OSError:
            return read_singly(self.read, positions)

    def fragments(self, positions: Sequence[int]) -> list[bytes]:
        """Return the pre-rendered fragments of many messages."""
        fragments = Fragments(self.home, self.box, self.read)
        return fragments.read(self.box.want_columns(), positions)

    def candidates(self, needle: str) -> Candidates | None:
        """Ask the index which messages may hold a text."""
        return Indexing(self.home, self.box, self.folder).candidates(needle)

    def index(self) -> bool:
        """Index some messages more."""
        return Indexing(self.home, self.box, self.folder).more()

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
        check_words(keywords)

        def decide() -> Change:
            truth = self._truth()
            places = truth.positions(uids)
            if not isinstance(places, range):
                places = list(dict.fromkeys(places))  # one may be named twice
            may, conflicts = changes.split_conflicts(truth, places, unchanged_since)
            places = changes.flag_changes(truth, may, mode, flags, keywords)
            if not places:
                self._rely()
                return Change(ModSeq(self.box.head.modseq), (), conflicts)
            self.home.reserve(self.box, 0, 1)
            record = changes.flags_record(
                truth, places, mode, flags, keywords, self.box.head.modseq + 1
            )
            self.home.log(self.box, [record])
            return Change(ModSeq(record.modseq), record.uids, conflicts)

        return self.home.change(decide)

    def expunge(self, uids: Sequence[int] | None = None) -> Change:
        r"""Remove messages with \Deleted."""
        return self._remove(lambda truth: changes.marked(truth, uids))

    def remove(self, uids: Sequence[int]) -> Change:
        """Remove messages whatever their flags."""
        return self._remove(
            lambda truth: neighbours(sorted(set(truth.positions(uids))))
        )

    def _remove(self, choose: Callable[[Columns], Sequence[int]]) -> Change:
        def decide() -> Change:
            truth = self._truth()
            places = choose(truth)
            if not places:
                self._rely()
                return Change(ModSeq(self.box.head.modseq))
            octets = sum(chosen(truth.sizes, places))
            self.home.reserve(self.box, 0, 1)
            record = changes.gone_record(truth, places, self.box.head.modseq + 1)
            self.home.log(self.box, [record], -octets, -len(places))
            return Change(ModSeq(record.modseq), record.uids)

        return self.home.change(decide)

    def _rely(self) -> None:
        """Nothing is left to be done: promise what others did, perhaps elsewhere.

        Which of it is durable only they know; the next `sync` does it all.
        """
        self.home.syncs.wrote(self.box.path)

    def copy(self, uids: Sequence[int], target: Mailbox) -> Change:
        """Copy inside the account.

        A copy may be of a lazy delivery: its octets are promised with it (`lazy`).
        """
        into = cast("SegmentMailbox", target)
        look(self.home, into.box, to_add=True)

        def decide() -> Change:
            truth = self._truth()
            places = truth.positions(uids)
            missing: Sequence[int] = ()
            if len(places) != len(uids):
                missing = [uid for uid in uids if truth.position(uid) < 0]
            into._truth()  # noqa: SLF001 - one of us
            head = into.box.head
            if not places:
                return Change(ModSeq(head.modseq), (), missing)
            self.home.reserve(into.box, len(places), len(places))
            write_uncovered(self.home, self.box, truth, places)
            adds = changes.copies(truth, places, head.uid_next, head.modseq)
            octets = sum([add.size for add in adds])
            self.home.log(into.box, adds, octets, len(adds))
            return Change(ModSeq(head.modseq), [add.uid for add in adds], missing)

        return self.home.change(decide)

    def move(self, uids: Sequence[int], target: Mailbox) -> Change:
        """Copy, sync the target, then remove here.

        What fails takes its copies back, if what was to go is still here: the record
        of a removal may stand although its write failed.
        """
        change = self.copy(uids, target)
        left = set(change.conflicts)
        going = [uid for uid in uids if uid not in left]
        try:
            target.sync()
            patiently(lambda: self.remove(going))
        except (Failure, Locked):
            if self._has_all(going):
                target.take_back(change)
            raise
        return change

    def _has_all(self, uids: Sequence[int]) -> bool:
        """Tell whether the log has messages still; False where it cannot be read."""

        def look_at_it() -> bool:
            with self.home.changing():
                return len(self._truth().positions(uids)) == len(uids)

        with suppress(Failure, Locked):
            return patiently(look_at_it)
        return False

    def append(self, messages: Sequence[NewMessage]) -> Change:
        """Add messages."""
        change = patiently(lambda: self.add(messages))
        try:
            self.sync()
        except Failure:
            self.take_back(change)
            raise
        return change

    def add(self, messages: Sequence[NewMessage]) -> Change:
        """Write messages and their records; promised by the next sync."""
        for message in messages:
            check_words(message.keywords)
        look(self.home, self.box, to_add=True)

        def decide() -> Change:
            self._truth()
            home, box = self.home, self.box
            if not messages:
                return Change(ModSeq(box.head.modseq))
            home.reserve(box, len(messages), len(messages))
            uid, modseq = box.head.uid_next, box.head.modseq + 1
            placed = put(home, box.folder_id, messages, uid)
            adds = [each.add(uid + n, modseq + n) for n, each in enumerate(placed)]
            home.log(box, adds, sum([add.size for add in adds]), len(adds))
            return Change(ModSeq(box.head.modseq), [add.uid for add in adds])

        return self.home.change(decide)

    def take_back(self, change: Change) -> None:
        """Remove what was added and could not be synced, if the disk lets us."""
        with suppress(Failure, Locked):
            patiently(lambda: take_back(self.home, self.box, change.uids))

    def sync(self) -> None:
        """Make every change so far durable."""
        syncing = self.syncing()
        syncing.done(sync_each(syncing.files, at_once=self.home.node.at_once))

    def syncing(self) -> Syncing:
        """Return the sync that would make every change so far durable."""
        return Syncing(self.home, self.box)

    def _truth(self) -> Columns:
        """Read on under the lock, and return what is true."""
        self.home.make_log(self.box)
        if self.box.head.deleted:
            raise PermanentFailure("the mailbox is gone")
        return self.box.truth()
