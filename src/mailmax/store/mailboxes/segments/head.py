"""What must be known of a mailbox to add to it: the next numbers, and their ceilings.

Theory:
    A UID that was seen once is never given to another message, also when a power cut
    takes away the record that gave it. So each log knows a *ceiling* above which
    nothing was ever given; it is raised, and synced, before it is passed. After a cut
    numbers go on above it. Every log starts below the first ceiling without saying so.

Rules:
    `safe_uid` and `safe_modseq` are known to be durable: to give a number above them,
    sync the log first.
    `unproven` are the messages without an origin of which no record says yet that
    their octets are durable; `lazy` are those with an origin, which the filer's
    checkpoint makes durable: it says so with the next delivery.
"""

from collections.abc import Sequence
from typing import cast

from mailmax.store.mailboxes.segments.origins import Origins
from mailmax.store.mailboxes.segments.records import (
    Add,
    Ceiling,
    Deleted,
    Filed,
    Flags,
    Gone,
    Next,
    Proven,
    Recent,
    Record,
)

CEILING_STEP = 10_000
MARGIN = 2_000
"""The ceiling is raised (lazily) when so few numbers are left below it."""


_FIRST = Ceiling(CEILING_STEP, CEILING_STEP, 0)


class Head:
    """The numbers of one mailbox."""

    __slots__ = (
        "ceiling",
        "deleted",
        "lazy",
        "modseq",
        "origins",
        "proven_cuts",
        "recent_from",
        "safe_modseq",
        "safe_uid",
        "uid_next",
        "unproven",
    )

    def __init__(self) -> None:
        self.uid_next = 1
        self.modseq = 1
        self.ceiling = _FIRST
        self.safe_uid = CEILING_STEP
        self.safe_modseq = CEILING_STEP
        self.recent_from = 1
        self.deleted = False
        self.origins = Origins()
        self.unproven: list[Add] = []
        """In the order in which they were added: UIDs and mod-sequences ascend."""
        self.lazy: list[int] = []
        """UIDs, ascending."""
        self.proven_cuts = 0
        """Power cuts after which the unproven were looked at."""

    def apply(self, records: Sequence[Record]) -> None:
        """Fold records in."""
        for record in records:
            kind = type(record)
            if kind is Add:
                self._added(cast("Add", record))
            elif kind is Flags or kind is Gone:
                self.modseq = cast("Flags | Gone", record).modseq
                self._note_safe()
                if kind is Gone and (self.unproven or self.lazy):
                    gone = set(cast("Gone", record).uids)
                    self.unproven = [a for a in self.unproven if a.uid not in gone]
                    self.lazy = [uid for uid in self.lazy if uid not in gone]
            else:
                self._told(record)

    def _added(self, add: Add) -> None:
        self.uid_next = add.uid + 1
        self.modseq = add.modseq
        if add.origin is None:
            self.unproven.append(add)
        else:
            self.origins.add(add.origin, add.uid)
            self.lazy.append(add.uid)
        self._note_safe()

    def _told(self, record: Record) -> None:
        match record:
            case Ceiling():
                self.ceiling = record
            case Next():
                self.uid_next, self.modseq = record.uid, record.modseq
            case Recent():
                self.recent_from = record.uid
            case Deleted():
                self.deleted = True
            case Filed():
                self.lazy = [uid for uid in self.lazy if uid >= record.uid]
            case Proven():
                self.proven_cuts = record.cuts
                self.unproven = [
                    add for add in self.unproven if add.modseq > record.modseq
                ]

    def _note_safe(self) -> None:
        """A number above what was known to be safe was given: so the ceiling is."""
        if self.uid_next - 1 > self.safe_uid or self.modseq > self.safe_modseq:
            self.note_durable(self.ceiling)

    def note_durable(self, ceiling: Ceiling) -> None:
        """The log was synced with this ceiling."""
        self.safe_uid = max(self.safe_uid, ceiling.uid)
        self.safe_modseq = max(self.safe_modseq, ceiling.modseq)

    def raised(self, uids: int, modseqs: int, cuts: int) -> list[Record]:
        """Return what must be logged before so many numbers more are given.

        After a power cut (more `cuts` than the ceiling knows) numbers go on above it.
        """
        uid, modseq = self.uid_next, self.modseq
        records: list[Record] = []
        if cuts > self.ceiling.cuts:
            jumped = self.jumped()
            records.append(jumped)
            uid, modseq = jumped.uid, jumped.modseq
        if (
            records
            or uid + uids + MARGIN > self.ceiling.uid
            or modseq + modseqs + MARGIN > self.ceiling.modseq
        ):
            records.insert(
                0,
                Ceiling(
                    uid + uids + MARGIN + CEILING_STEP,
                    modseq + modseqs + MARGIN + CEILING_STEP,
                    cuts,
                ),
            )
        return records

    def above_ceiling(self, cuts: int) -> list[Record]:
        """Return the records that go on above the ceiling, under a higher one."""
        jumped = self.jumped()
        room = MARGIN + CEILING_STEP
        return [Ceiling(jumped.uid + room, jumped.modseq + room, cuts), jumped]

    def jumped(self) -> Next:
        """Return the record that goes on above the ceiling.

        And above what was given, should the record of a higher ceiling be lost in a
        hole of the log.
        """
        ceiling = self.ceiling
        return Next(
            max(ceiling.uid + 1, self.uid_next), max(ceiling.modseq, self.modseq)
        )

    def is_safe(self, uids: int, modseqs: int) -> bool:
        """Tell whether so many numbers stay below what is known to be durable."""
        return (
            self.uid_next + uids - 1 <= self.safe_uid
            and self.modseq + modseqs <= self.safe_modseq
        )
