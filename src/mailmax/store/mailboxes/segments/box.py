"""One mailbox as this process knows it: where its log was read to, and what it said.

Theory:
    All reading of a log goes through its `Box`. The head (next numbers) is always
    folded; the columns only where somebody wants to read. What was read but not yet
    shown to the sessions is `pending`; `truth` is the columns with it, which changes
    are decided on. When no session has the mailbox open, truth and columns are one.

Rules:
    Used with the home's mutex held. Where the log was replaced faster than this
    process looked, the whole state is loaded again and the notes are the difference.
"""

import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from contextlib import suppress
from itertools import compress

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.store.mailboxes.port import Mailbox
from mailmax.store.mailboxes.segments import log, snap
from mailmax.store.mailboxes.segments.columns import Columns, Tally
from mailmax.store.mailboxes.segments.damage import note_holes
from mailmax.store.mailboxes.segments.files import File
from mailmax.store.mailboxes.segments.ground import Ground
from mailmax.store.mailboxes.segments.head import Head
from mailmax.store.mailboxes.segments.patience import patiently_read
from mailmax.store.mailboxes.segments.places import chosen
from mailmax.store.mailboxes.segments.records import Gone, Record
from mailmax.store.mailboxes.values import Notes

TRIES = 8
LOG_OCTETS = 64 * 1024
"""A log shorter than this is never due for compaction."""


class Box:
    """See the head of this file."""

    __slots__ = (
        "_replaced",
        "_truth",
        "_truth_to",
        "columns",
        "compact_at",
        "end",
        "filed",
        "folder_id",
        "generation",
        "head",
        "home",
        "is_named",
        "mailbox",
        "pending",
        "proven",
        "sessions",
    )

    def __init__(self, home: Ground, folder_id: int) -> None:
        self.home = home
        self.folder_id = folder_id
        self.generation = 0
        """0: there is no log yet; the mailbox is empty."""
        self.end = 0
        """Up to where the log was read."""
        self.compact_at = LOG_OCTETS
        self.head = Head()
        self.columns: Columns | None = None
        self.pending: list[Record] = []
        self.is_named = False
        """This process knows that the mailbox's name in the list is durable."""
        self.sessions = 0
        self.mailbox: Mailbox | None = None
        """What the sessions of this process share."""
        self.proven = 0
        """Up to this mod-sequence this process synced all octets."""
        self.filed = 0
        """Below this UID a checkpoint of this process covered what was delivered."""
        self._truth: Columns | None = None
        self._truth_to = 0
        self._replaced = False
        self._load()

    @property
    def stem(self) -> str:
        """What the names of its logs begin with."""
        return f"{self.home.path}/log.{self.folder_id}"

    @property
    def snap_stem(self) -> str:
        """What the names of its snapshots begin with."""
        return f"{self.home.path}/snap.{self.folder_id}"

    @property
    def path(self) -> str:
        """The log's file."""
        return f"{self.stem}.{self.generation}"

    def file(self) -> File:
        """Return the log, open.

        Raises:
            FileNotFoundError: It was replaced or removed.
        """
        return self.home.files.get(self.path)

    # Loading

    def _load(self, *, columns: bool = False) -> Columns:
        """Read everything from disk; the columns only where they are wanted."""
        for _ in range(TRIES):
            generation = self.home.generation(self.stem)
            if generation == 0:
                gone = self.generation > 0
                self._set(0, 0, Head())
                self.head.deleted = gone
                return Columns()
            with suppress(FileNotFoundError):
                loaded = self._load_generation(generation, columns=columns)
                if loaded is not None:
                    return loaded
        raise TemporaryFailure("this mailbox cannot be read just now")

    def _load_generation(self, generation: int, *, columns: bool) -> Columns | None:
        loaded, head = self._load_snap(generation)
        file = self.home.files.get(f"{self.stem}.{generation}")
        there = log.read_on(file, log.HEADER_OCTETS)
        if there.switched_to:
            self.home.files.drop(file.path)
            return None
        if there.holes and not self.home.is_locked:
            return patiently_read(
                lambda: self._load_locked(generation, columns=columns)
            )
        if self.home.is_locked and there.end < there.size:
            log.cut(file, there.end, there.size)
        head.apply(there.records)
        if columns:
            loaded.apply(there.records, Tally())
        self._set(generation, there.end, head)
        if there.holes:
            self.compact_at = 0
            note_holes(self.home.path, file, there.holes)
        return loaded

    def _load_locked(self, generation: int, *, columns: bool) -> Columns | None:
        with self.home:
            return self._load_generation(generation, columns=columns)

    def _load_snap(self, generation: int) -> tuple[Columns, Head]:
        if generation == 1:
            return Columns(), Head()
        try:
            file = File(f"{self.snap_stem}.{generation}", os.O_RDONLY)
        except FileNotFoundError:
            if self.home.generation(self.stem) != generation:
                raise
            raise PermanentFailure("this mailbox is damaged") from None
        return snap.load(file)

    def _set(self, generation: int, end: int, head: Head) -> None:
        if self.generation and generation:
            head.safe_uid = max(head.safe_uid, self.head.safe_uid)
            head.safe_modseq = max(head.safe_modseq, self.head.safe_modseq)
        self.generation, self.end, self.head = generation, end, head
        self.compact_at = self._limit()
        self.pending = []
        self._truth = None
        self._truth_to = 0

    def want_columns(self) -> Columns:
        """Load the columns where they are not."""
        columns = self.columns
        if columns is None:
            columns = self.columns = self._load(columns=True)
        return columns

    def _replace(self) -> None:
        """The log went away under us: load again, and tell the difference later."""
        old = self.columns
        if old is None:
            self._load()
            return
        loaded = self._load(columns=True)
        if self.sessions:
            self._truth, self._replaced = loaded, True
        else:
            self.columns = loaded

    # Reading on

    def catch_up(self) -> None:
        """Read what was appended since; under the lock, cut a torn end off.

        What is cut is what a reading from the beginning leaves: `end` may be older
        than the file, and then it lies inside or behind what others appended.
        """
        if self.generation == 0:
            if not self.head.deleted:
                self._replace()
            return
        try:
            file = self.file()
        except FileNotFoundError:
            self._replace()
            return
        there = os.fstat(file.fd).st_size
        if there == self.end > log.HEADER_OCTETS:
            return
        if there < self.end:
            self._replace()
            return
        found = log.read_on(file, self.end)
        if found.holes or (self.home.is_locked and found.end < found.size):
            self._replace()
            return
        if found.switched_to:
            self._take(found.records[:-1], self.end)
            self.home.files.drop(file.path)
            self.switched(found.switched_to)
            self.catch_up()
            return
        self._take(found.records, found.end)

    def switched(self, generation: int) -> None:
        """Go on in the next generation, which begins with what is true now."""
        self.generation = generation
        self.end = log.HEADER_OCTETS
        self.head.unproven = []
        self.compact_at = self._limit()

    def _limit(self) -> int:
        """Return the length at which the log is due for compaction."""
        try:
            snapshot = os.stat(f"{self.snap_stem}.{self.generation}").st_size  # noqa: PTH116
        except FileNotFoundError:
            snapshot = 0
        return max(LOG_OCTETS, snapshot // 16)

    def took(self, records: Sequence[Record], end: int) -> None:
        """Note records that were appended by ourselves."""
        self._take(records, end)

    def _take(self, records: Sequence[Record], end: int) -> None:
        self.end = end
        if records:
            self.head.apply(records)
            if self.columns is not None:
                self.pending.extend(records)

    def truth(self) -> Columns:
        """Return the columns with all that was read; not to be changed."""
        shown = self.want_columns()
        if self.sessions == 0 and not self._replaced:
            if self.pending:
                shown.apply(self.pending, Tally())
                self.pending = []
            return shown
        if not self.pending and self._truth is None:
            return shown
        if self._truth is None:
            self._truth = shown.clone()
            self._truth_to = 0
        if self._truth_to < len(self.pending):
            self._truth.apply(self.pending[self._truth_to :], Tally())
            self._truth_to = len(self.pending)
        return self._truth

    def show(self) -> Notes | None:
        """Let the columns be the truth, and say what that changes."""
        columns = self.want_columns()
        if self._replaced:
            return self._show_difference(columns)
        if not self.pending:
            return None
        records = self.pending
        self.pending, self._truth = [], None
        uids = columns.uids
        tally = Tally()
        count = len(uids)
        goes = any(isinstance(record, Gone) for record in records)
        before = uids[:] if goes else uids[:0]  # copied where it is needed
        columns.apply(records, tally)
        return _notes(count, before, columns, tally)

    def _show_difference(self, old: Columns) -> Notes | None:
        new = self.truth()
        tally = Tally()
        there = set(new.uids)
        tally.gone = {uid for uid in old.uids if uid not in there}
        for place, uid in enumerate(old.uids):
            now = new.position(uid)
            if now >= 0 and new.modseqs[now] != old.modseqs[place]:
                tally.changed.add(uid)
        self.columns, self._truth, self.pending = new, None, []
        self._replaced = False
        return _notes(len(old.uids), old.uids, new, tally)

    def drop_columns(self) -> None:
        """Let the memory go; nobody has the mailbox open."""
        self.columns = None
        self.pending = []
        self._truth = None
        self._replaced = False


def _notes(
    count: int, before: "array[int]", columns: Columns, tally: Tally
) -> Notes | None:
    """Say what changed; `before` are the `count` UIDs there were, if any went."""
    expunged = _places_of(tally.gone, before)
    old_end = count - len(expunged)
    notes = Notes(added=len(columns.uids) - old_end)
    if expunged:
        notes.expunged = list(expunged)
        notes.expunged_uids = chosen(before, expunged).tolist()
    if tally.changed:
        places = columns.positions(sorted(tally.changed))
        notes.changed = list(places[: bisect_left(places, old_end)])
    return notes if notes.added or expunged or notes.changed else None


def _places_of(gone: set[int], before: "array[int]") -> Sequence[int]:
    """Return where those stood that went; who came and went since stood nowhere."""
    if not gone:
        return ()
    first = bisect_left(before, min(gone))
    last = bisect_right(before, max(gone)) - 1
    if last - first + 1 == len(gone) and gone.issuperset(before[first : last + 1]):
        return range(first, last + 1)
    return list(compress(range(len(before)), map(gone.__contains__, before)))
