"""One user's directory: its lock, its totals, and the one way to append to a log.

Theory:
    ``folders.<G>``                   the list of mailboxes (`roster`)
    ``log.<mailbox>.<G>``             what happened to its messages (`log`, `records`)
    ``snap.<mailbox>.<G>``            what it was when that log began (`snap`)
    ``mail.<N>``, ``frag.<N>``        bodies and fragments (`heap`)
    ``usage``                         totals and the current segments (`usage`)
    ``deeds``                         what was done for the user lately (`deeds`)

    A log whose mailbox has no name is not counted: either it was being deleted, or the
    name was made lazily and lost, and the mail comes again from the journal.

    A change is: take the lock, read on to the end, decide on what is true, append the
    octets, rewrite ``usage``, append the records. Whoever dies on the way leaves
    rubbish in a segment, or a torn record that the next one cuts off. Synced is
    without the lock, ceilings too: then the change begins again (`change`).
"""

import os
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from mailmax.base.errors import PermanentFailure
from mailmax.base.ids import UserId
from mailmax.store.atomic import Octets, write_all
from mailmax.store.mailboxes.names import FolderTable
from mailmax.store.mailboxes.segments import log, usage
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.directory import folder_ids, list_names
from mailmax.store.mailboxes.segments.frames import encode_together
from mailmax.store.mailboxes.segments.ground import Ground
from mailmax.store.mailboxes.segments.heap import Heap, segment_of
from mailmax.store.mailboxes.segments.node import Node
from mailmax.store.mailboxes.segments.records import Deleted, Filed, Proven, Record
from mailmax.store.mailboxes.segments.roster import Roster
from mailmax.store.mailboxes.segments.usage import Totals
from mailmax.store.mailboxes.values import Usage

OCTETS = -1
"""Stands for the segments where a mailbox's id stands for its log."""
ROSTER = -2
"""Stands for the list of mailboxes there."""
DEAD_OCTETS = 1024 * 1024
LAST_UID = 2**32 - 1 - 100_000
"""RFC 3501 §2.3.1.1, less what a ceiling may lie above."""


class Upkeep(Protocol):
    """Who looks after the homes of a process."""

    def due(self, home: "Home", what: int) -> None:
        """Hear what grew: a mailbox's log by its id, `OCTETS` or `ROSTER`."""

    def used(self, home: "Home", folder_id: int, messages: int) -> None:
        """Hear that a mailbox's columns were used, and how many messages they hold."""

    def counted(self, home: "Home", totals: Totals) -> None:
        """Hear what all mail there comes to, each time it changes."""


Done = TypeVar("Done")


class Unsafe(Exception):
    """Ceilings were raised: sync before the numbers above them are given."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        super().__init__()
        self.boxes = boxes


class Home(Ground):
    """See the head of this file."""

    __slots__ = (
        "_dead",
        "_seen",
        "boxes",
        "is_swept",
        "pins",
        "roster",
        "totals",
        "upkeep",
        "user_id",
    )

    def __init__(self, node: Node, path: str, user_id: UserId, upkeep: Upkeep) -> None:
        super().__init__(node, path)
        self.upkeep = upkeep
        self.user_id = user_id
        self.pins = 0
        self.boxes: dict[int, Box] = {}
        self.roster = Roster(self)
        self.totals = Totals(node.boot)
        self.is_swept = False
        self._dead = 0
        self._seen = b""

    def mark_removed(self) -> None:
        """Tell everybody that all mail goes; for the removal of a user."""
        with self.changing():
            for box in list(self.boxes.values()):
                box.catch_up()
                if box.generation:
                    self.log(box, [Deleted()])
            self.removed = True

    @property
    def mail(self) -> Heap:
        """The bodies."""
        return Heap(self.files, self.path, "mail")

    @property
    def frag(self) -> Heap:
        """The fragments."""
        return Heap(self.files, self.path, "frag")

    # Totals

    @property
    def _usage_path(self) -> str:
        return f"{self.path}/usage"

    def entered(self) -> None:
        """Read the totals, which others may have changed."""
        file = self.files.make(self._usage_path)
        octets = os.pread(file.fd, usage.OCTETS, 0)
        if octets == self._seen and octets:
            return
        totals = usage.decode(octets)
        if (
            totals is None
            or totals.boot != self.node.boot
            or not self._is_finished(totals)
        ):
            self._count_again()
            return
        self._seen = octets
        self.totals = totals

    def _is_finished(self, totals: Totals) -> bool:
        """Whoever changed the totals last may have died before he did what they say."""
        name = f"{self.path}/log.{totals.folder_id}.{totals.generation}"
        try:
            return self.files.get(name).size >= totals.log_end
        except FileNotFoundError:
            return True

    def _count_again(self) -> None:
        """Add everything up, and go on in new segments."""
        names = list_names(self.path)
        octets = messages = 0
        mail = max(log.generations(names, "mail"), default=0)
        frag = max(log.generations(names, "frag"), default=0)
        named = self.roster.read().by_id or FolderTable.default_ids()
        for folder_id in folder_ids(names):
            box = self.box(folder_id)
            box.catch_up()
            if box.head.deleted:
                self.unlink(box.path)
                continue
            truth = box.truth()
            if truth.uids:
                if folder_id in named:
                    octets += sum(truth.sizes)
                    messages += len(truth.uids)
                # A segment may have been lost with its name.
                mail = max(mail, segment_of(max(truth.places, default=0)))
                frag = max(frag, segment_of(max(truth.fragments, default=0)))
            if not box.sessions:
                box.drop_columns()
        self.totals = Totals(
            self.node.boot,
            octets,
            messages,
            mail_segment=mail + 1,
            frag_segment=frag + 1,
        )
        self._write_totals()

    def orphans(self) -> list[int]:
        """Return the mailboxes that have a log but no name."""
        named = self.roster.read().by_id
        if not named:
            return []
        return [each for each in folder_ids(list_names(self.path)) if each not in named]

    def sweep(self) -> None:
        """Finish deletions that somebody died over; count what is left."""
        with self.changing():
            orphans = self.orphans()
            for folder_id in orphans:
                box = self.box(folder_id)
                box.catch_up()
                if box.generation and not box.head.deleted:
                    self.log(box, [Deleted()])
                self.unlink(box.path)
                self.unlink(f"{box.snap_stem}.{box.generation}")
                self.boxes.pop(folder_id, None)
            if orphans:
                self._count_again()

    def _write_totals(self) -> None:
        self._seen = self.totals.encode()
        file = self.files.make(self._usage_path)
        write_all(file.fd, [self._seen], 0)
        self.upkeep.counted(self, self.totals)

    def usage(self) -> Usage:
        """Return the totals as they were written last; zero when there are none."""
        try:
            file = self.files.get(self._usage_path)
            octets = os.pread(file.fd, usage.OCTETS, 0)
        except FileNotFoundError:
            return Usage(0, 0)
        totals = usage.decode(octets)
        return Usage(totals.octets, totals.messages) if totals else Usage(0, 0)

    # Mailboxes

    def box(self, folder_id: int) -> Box:
        """Return a mailbox by its id."""
        box = self.boxes.get(folder_id)
        if box is None:
            box = self.boxes[folder_id] = Box(self, folder_id)
        return box

    def table_to_change(self) -> FolderTable:
        """Return the list of mailboxes to be changed, under the lock.

        The name of a mailbox made lazily may be lost when its log is not: its id is
        not given again.
        """
        table = self.roster.table_to_change()
        table.skip_ids(max(folder_ids(list_names(self.path)), default=0))
        return table

    @property
    def is_open(self) -> bool:
        """A mailbox object of it may be in somebody's hands."""
        return any(box.mailbox is not None for box in self.boxes.values())

    def let_go(self, folder_id: int) -> None:
        """Forget a mailbox's columns unless somebody has it open."""
        with self.mutex:
            box = self.boxes.get(folder_id)
            if box is not None and not box.sessions:
                box.drop_columns()
                box.mailbox = None

    # Appending

    def change(self, decide: Callable[[], Done]) -> Done:
        """Decide and write under the lock; ceilings are synced without it.

        Args:
            decide: Called again, from the start, after it found a ceiling too near.

        Raises:
            Locked: Nothing was done.
        """
        while True:
            try:
                with self.changing():
                    return decide()
            except Unsafe as unsafe:
                boxes = unsafe.boxes
            for box in boxes:
                with self.mutex:
                    path, ceiling = box.path, box.head.ceiling
                    self.syncs.wrote(path)
                self.syncs.sync([path])
                with self.mutex:
                    box.head.note_durable(ceiling)

    def make_log(self, box: Box) -> None:
        """Read a log to its end, or make the one that is missing; under the lock."""
        box.catch_up()
        if box.generation:
            return
        path = f"{box.stem}.1"
        file = self.files.make(path)
        write_all(file.fd, [log.header(1)], 0)
        self.syncs.wrote(path)
        box.generation, box.end = 1, log.HEADER_OCTETS

    def reserve(self, box: Box, uids: int, modseqs: int) -> None:
        """See to it that so many numbers may be given, in a `change`.

        Raises:
            Unsafe: Not before a sync: once in ten thousand.
        """
        if not self.has_room(box, uids, modseqs):
            raise Unsafe([box])

    def has_room(self, box: Box, uids: int, modseqs: int) -> bool:
        """Raise the ceiling where it is near; tell whether there is room without it."""
        if box.head.uid_next + uids > LAST_UID:
            raise PermanentFailure("this mailbox has used up its numbers")
        raised = box.head.raised(uids, modseqs, self.node.cuts)
        if raised:
            self.log(box, raised)
        is_safe = box.head.is_safe(uids, modseqs)
        if not is_safe and not raised:
            # Said again: what was lazily said a while ago may be lost by now.
            self.log(box, [box.head.ceiling])
        return is_safe

    def log(
        self, box: Box, records: Sequence[Record], octets: int = 0, messages: int = 0
    ) -> None:
        """Append records to a mailbox's log, under the lock, with what they add up to.

        Raises:
            OSError: Nothing was changed.
        """
        if box.head.unproven and box.proven >= box.head.unproven[0].modseq:
            records = [Proven(box.proven, self.node.cuts), *records]
        if box.head.lazy and box.filed > box.head.lazy[0]:
            records = [Filed(box.filed), *records]
        frame = encode_together(records, log.tag_of(box.path))
        end = box.end + len(frame)
        before = self.totals
        if octets or messages:
            self.totals = Totals(
                before.boot,
                max(0, before.octets + octets),
                max(0, before.messages + messages),
                box.folder_id,
                box.generation,
                end,
                before.mail_segment,
                before.frag_segment,
            )
            self._write_totals()
        file = box.file()
        try:
            log.append(file, box.end, frame)
        except OSError:
            self.totals = before
            self._write_totals()
            raise
        self.syncs.wrote(file.path)
        box.took(records, end)
        if end > box.compact_at:
            box.compact_at = end + end // 8
            self.upkeep.due(self, box.folder_id)
        if octets < 0:
            self._note_dead(-octets)

    def _note_dead(self, octets: int) -> None:
        """Ask for a look at the segments when as much died as lives."""
        self._dead += octets
        if self._dead > DEAD_OCTETS and self._dead > self.totals.octets:
            self._dead = 0
            self.upkeep.due(self, OCTETS)

    def append_octets(
        self, bodies: Sequence[Octets], fragments: Sequence[bytes]
    ) -> tuple[int, int]:
        """Append bodies (with headers) and fragments, under the lock.

        Returns:
            The places of the first octet of both.
        """
        totals = self.totals
        mail = totals.mail_segment
        if self.syncs.is_suspect(self.mail.path(mail)):
            mail += 1
        mail, place = self.mail.append(mail, bodies)
        frag, fragment = self.frag.append(totals.frag_segment, fragments)
        if (mail, frag) != (totals.mail_segment, totals.frag_segment):
            self.use_segments(mail, frag)
        self.syncs.wrote(self.mail.path(mail))
        self.syncs.wrote(self.frag.path(frag))
        return place, fragment

    def use_segments(self, mail: int, frag: int) -> None:
        """Append to these segments from now on, under the lock."""
        totals = self.totals
        self.totals = Totals(
            totals.boot,
            totals.octets,
            totals.messages,
            mail_segment=mail,
            frag_segment=frag,
        )
        self._write_totals()
