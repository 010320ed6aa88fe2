"""The list of mailboxes on disk: a log of steps in front of `names.FolderTable`.

Theory:
    ``folders.<G>`` holds the steps since the first; a rewritten one begins with the
    steps that make the whole table. So there is no snapshot beside it.
    A home without one gets the default mailboxes. What one verb asks for is one
    record: all of it happens or nothing.

Limits:
    Rewritten when it is longer than 64 KiB and four times what is needed.
"""

import os
import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from mailmax.base.errors import TemporaryFailure
from mailmax.store.atomic import write_all
from mailmax.store.mailboxes.names import FolderTable, Step
from mailmax.store.mailboxes.segments import frames, log, records
from mailmax.store.mailboxes.segments.damage import note_holes
from mailmax.store.mailboxes.segments.files import File
from mailmax.store.mailboxes.segments.ground import Ground
from mailmax.store.mailboxes.segments.patience import patiently, patiently_read
from mailmax.store.mailboxes.segments.watching import Followers

REWRITE_OCTETS = 64 * 1024
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Step])


class Draft(NamedTuple):
    """What a rewritten list replaces, and what it holds."""

    generation: int
    end: int
    octets: bytes


class Roster:
    """The list of mailboxes of one home."""

    __slots__ = ("_end", "_followers", "_generation", "_has_hole", "home", "table")

    def __init__(self, home: Ground) -> None:
        self.home = home
        self.table = FolderTable()
        self._generation = 0
        self._end = 0
        self._has_hole = False
        """The file is to be replaced: something in it cannot be read."""
        self._followers: Followers | None = None

    @property
    def _stem(self) -> str:
        return f"{self.home.path}/folders"

    @property
    def path(self) -> str:
        """The file."""
        return f"{self._stem}.{self._generation}"

    @property
    def is_made(self) -> bool:
        """True when this process has seen the list."""
        return self._generation > 0

    @property
    def followers(self) -> Followers:
        """Who wants to know about changes of the list; made for the first one."""
        if self._followers is None:
            self._followers = Followers(self.home.node.watching)
        return self._followers

    def exists(self) -> bool:
        """Tell whether there is a list (with the home's mutex held)."""
        try:
            return _is_whole(self.read())
        except FileNotFoundError:
            return False

    def read(self) -> FolderTable:
        """Return the list as it is now (with the home's mutex held)."""
        for _ in range(8):
            try:
                if self._generation and self._read_on():
                    return self.table
            except FileNotFoundError:
                self._generation = 0
            if self._generation == 0:
                self._generation = self.home.generation(self._stem)
                if self._generation == 0:
                    return FolderTable()
                self.table, self._end = FolderTable(), log.HEADER_OCTETS
                self._has_hole = False
                if self._followers is not None:
                    self._followers.follow(self.path)
        raise TemporaryFailure("the mailboxes cannot be read just now")

    def _read_on(self) -> bool:
        file = self.home.files.get(self.path)
        if file.size == self._end > log.HEADER_OCTETS:
            return True
        there = log.read_on(file, self._end)
        if there.switched_to:
            self.home.files.drop(self.path)
            self._generation = 0
            return False
        is_locked = self.home.is_locked
        if there.holes and not is_locked:
            return patiently_read(self._read_on_locked)
        if there.size < there.end or (is_locked and there.end < there.size):
            if self._end > log.HEADER_OCTETS:
                self._generation = 0  # cut off is what a reading of all leaves
                return False
            if there.end < there.size:
                log.cut(file, there.end, there.size)
        self._take(file, there)
        return True

    def _take(self, file: File, there: log.Stretch) -> None:
        if there.holes:
            self._has_hole = True
            note_holes(self.home.path, file, there.holes)
        self._end = there.end
        for record in there.records:
            if isinstance(record, records.Steps):
                self.table.apply(_DECODER.decode(record.octets))

    def _read_on_locked(self) -> bool:
        with self.home:
            return self._read_on()

    def table_to_change(self) -> FolderTable:
        """Return the list, under the lock; made with the defaults when missing."""
        table = self.read()
        if self._generation == 0 or not _is_whole(table):
            if self._generation == 0:
                self._generation, self._end = 1, log.HEADER_OCTETS
                file = self.home.files.make(self.path)
                write_all(file.fd, [log.header(1)], 0)
                self.table = FolderTable()
            self.do(self.table.defaults(int(time.time())))
        return self.table

    def do(self, steps: Sequence[Step]) -> None:
        """Append and apply steps, under the lock.

        Raises:
            OSError: Nothing was changed.
        """
        if not steps:
            return
        file = self.home.files.get(self.path)
        step = records.Steps(_ENCODER.encode(list(steps)))
        logged = frames.encode_together([step], log.tag_of(self.path))
        self._end = log.append(file, self._end, logged)
        self.home.syncs.wrote(self.path)
        self.table.apply(steps)

    @property
    def is_due(self) -> bool:
        """True when the file is damaged, or much longer than the list needs."""
        return self._has_hole or (
            self._end > REWRITE_OCTETS and self._end > 4 * len(self._whole(self.path))
        )

    def _whole(self, path: str) -> bytes:
        steps = records.Steps(_ENCODER.encode(self.table.whole()))
        return frames.encode([steps], log.tag_of(path))

    def draft(self) -> Draft:
        """Write the next file beside this one, durably; `switch` makes it the list.

        Raises:
            OSError: It was not written.
        """
        with self.home.mutex:
            self.read()
            new = f"{self._stem}.{self._generation + 1}"
            draft = Draft(self._generation, self._end, self._whole(new))
        if not self.home.is_last(self._stem, draft.generation):
            return draft  # others did it
        header = log.header(draft.generation + 1, draft.end)
        try:
            self.home.write_beside(new, header, draft.octets)
        except OSError:
            patiently(lambda: self._abandon(draft))
            raise
        return draft

    def _abandon(self, draft: Draft) -> None:
        """Remove what was not written durably, before anybody goes on in it."""
        with self.home.changing():
            self.read()
            if self._generation == draft.generation:
                self.home.unlink(f"{self._stem}.{draft.generation + 1}")

    def switch(self, draft: Draft) -> bool:
        """Go on in the next file, under the lock, if nothing was added meanwhile.

        Raises:
            OSError: This file is still the list.
        """
        self.read()
        if self._generation != draft.generation:
            return True  # others did it
        old, new = self.path, f"{self._stem}.{draft.generation + 1}"
        if self._end != draft.end or not os.path.exists(new):  # noqa: PTH110
            self.home.unlink(new)
            return False
        next_one = records.Switch(draft.generation + 1)
        frame = frames.encode_together([next_one], log.tag_of(old))
        log.append(self.home.files.get(old), self._end, frame)
        self.home.unlink(old)
        self._generation = 0
        self.read()
        return True

    def sync(self) -> None:
        """Make all steps so far durable; blocks.

        Raises:
            TemporaryFailure: They are not durable.
        """
        self.home.syncs.sync([self.path])


def _is_whole(table: FolderTable) -> bool:
    """Tell whether its beginning is there: what made it may be lost in a hole."""
    return "INBOX" in table.by_name
