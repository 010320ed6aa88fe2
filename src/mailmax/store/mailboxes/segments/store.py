"""The store of one node: homes by path, deliveries, checkpoints.

Theory:
    A home (some kilobytes) is kept after its last use, so that the next delivery to
    the same user costs no look at the disk but the check that nothing changed. The
    least used ones are forgotten.

Rules:
    `deliver` writes lazily: one lock and a few writes for each user and batch. What
    it wrote is durable after the next `checkpoint`, one `syncfs` a file system. The
    descriptor for it is kept: the kernel tells of failures since it was opened, also
    of those that another process or the kernel itself met.

Limits:
    10,000 homes, a million messages of closed mailboxes, and half of the allowed
    descriptors (or fewer, as the role wants) are kept.
"""

import os
import resource
import shutil
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import cast

from mailmax.base.errors import Failure, StorageFull, TemporaryFailure
from mailmax.base.ids import Uid, UserId
from mailmax.message import fragment, structure
from mailmax.store import disk
from mailmax.store.atomic import sync_directory
from mailmax.store.free_space import FreeSpace
from mailmax.store.mailboxes.delivery import Deed, Delivery, Outcome
from mailmax.store.mailboxes.port import Distrusted, Locked, Mailbox, Store
from mailmax.store.mailboxes.segments import deeds
from mailmax.store.mailboxes.segments.account import SegmentAccount
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.counted import Counted
from mailmax.store.mailboxes.segments.deliver import deliver_to
from mailmax.store.mailboxes.segments.directory import make_home
from mailmax.store.mailboxes.segments.files import File
from mailmax.store.mailboxes.segments.home import Home, Unsafe
from mailmax.store.mailboxes.segments.keeper import Keeper
from mailmax.store.mailboxes.segments.lazy import Deliveries, covered
from mailmax.store.mailboxes.segments.mailbox import SegmentMailbox
from mailmax.store.mailboxes.segments.node import Node, Renderer, boot_identity
from mailmax.store.mailboxes.segments.patience import LOCK_S, patiently
from mailmax.store.mailboxes.segments.recover import mend, raise_all
from mailmax.store.mailboxes.segments.tidy import Tidy
from mailmax.store.mailboxes.segments.usage import Totals
from mailmax.store.mailboxes.segments.wave import append_all
from mailmax.store.mailboxes.segments.words import failures
from mailmax.store.mailboxes.values import Change, NewMessage, Usage

HOMES = 10_000
_ELSEWHERE_PARTS = 3
"""The directory of a domain, at least; ``<hash>``; the home."""
RENDERER = Renderer(bytes([fragment.VERSION]), structure.render)


@dataclass(slots=True)
class _Upkeep:
    """Tells who looks after the homes of this store."""

    tidy: Tidy
    keeper: Keeper
    counts: Counted | None

    def due(self, home: Home, what: int) -> None:
        self.tidy.due(home, what)

    def used(self, home: Home, folder_id: int, messages: int) -> None:
        self.keeper.used(home, folder_id, messages)

    def counted(self, home: Home, totals: Totals) -> None:
        if self.counts is not None:
            self.counts.note(home.user_id, totals.octets, totals.messages)


class SegmentStore:
    """All mailboxes of a node, in segments; see `port.Store`."""

    def __init__(  # noqa: PLR0913 - what a role decides
        self,
        root: Path,
        *,
        role: str = "store",
        boot: bytes = b"",
        descriptors: int = 0,
        background: bool = True,
        renderer: Renderer = RENDERER,
        counted: Counted | None = None,
    ) -> None:
        """Open the store.

        Args:
            root: The mail root.
            role: Names the process's mark; two live processes need two.
            boot: Identity of this start of the machine; asked of the system if empty.
            descriptors: Files kept open; half of what is allowed if 0, or more.
            renderer: Makes fragments that are missing or old.
            counted: Is told what users' mail comes to.
            background: Compact in a thread and sync files at once; else compact only in
                `tidy`, and sync in order.

        Raises:
            TemporaryFailure: The mail root cannot be used.
        """
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
        limit = min(descriptors or allowed, allowed)
        self._node = Node(
            root, role, boot or boot_identity(), limit, renderer, at_once=background
        )
        with failures("the mail root cannot be used"):
            self._node.open()
            self._root = File(str(root), os.O_RDONLY | os.O_DIRECTORY)
        self._space = FreeSpace(root)
        self._homes: OrderedDict[str, Home] = OrderedDict()
        self._roots: dict[str, File] = {}
        """Directories of domains that have one of their own."""
        self._lock = Lock()
        self._deliveries = Deliveries()
        self._tidy = Tidy(background=background)
        self._upkeep = _Upkeep(self._tidy, Keeper(), counted)

    @property
    def was_unclean(self) -> bool:
        """True when the process of this role before us did not stop in order."""
        return self._node.was_unclean

    # Homes

    def _home(self, user_id: UserId, home: str) -> Home:
        with self._lock:
            found = self._homes.get(home)
            if found is None:
                path = self._path(home)
                found = Home(self._node, path, user_id, self._upkeep)
                self._homes[home] = found
                if len(self._homes) > HOMES:
                    self._forget_one(found)
            else:
                self._homes.move_to_end(home)
            if found.root != self._node.root and found.root not in self._roots:
                self._hold(found.root)
            return found

    def _path(self, home: str) -> str:
        """Return the path of a home, which is below the mail root or absolute."""
        below = home.removeprefix("/")
        parts = below.split("/")
        if not set(parts).isdisjoint(("", ".", "..")):
            raise ValueError(home)
        if below == home:
            return f"{self._node.root}/{home}"
        if len(parts) < _ELSEWHERE_PARTS:
            raise ValueError(home)
        return home

    def _hold(self, root: str) -> None:
        """Hold a domain's own directory: what fails on its disk is heard (TRUST D2)."""
        with failures("the mail root cannot be used"), suppress(FileNotFoundError):
            self._roots[root] = File(root, os.O_RDONLY | os.O_DIRECTORY)

    def _forget_one(self, new: Home) -> None:
        for name, home in self._homes.items():
            if home is not new and self._is_idle(home):
                del self._homes[name]
                return

    def _is_idle(self, home: Home) -> bool:
        """Tell whether a home may be forgotten: another may be made later.

        Not while somebody has it in his hands, nor while it knows of a sync that
        failed: nobody else in this process does.
        """
        in_use = home.pins or home.is_locked or home.is_open or home.syncs.has_suspects
        return not in_use and not self._tidy.holds(home)

    def account(self, user_id: UserId, home: str) -> SegmentAccount:
        """Open a user's mail; created with default mailboxes when new."""
        found = self._home(user_id, home)
        with found.mutex, failures("the mailboxes cannot be read"):
            if not found.roster.exists():
                patiently(lambda: _make(found))
            if not found.is_swept:
                if found.orphans():
                    patiently(found.sweep)
                found.is_swept = True
        return SegmentAccount(found)

    # Delivery

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """File a batch, lazily."""
        outcomes = [Outcome(Uid(0), locked=True)] * len(batch)
        by_home: dict[str, list[int]] = {}
        for place, delivery in enumerate(batch):
            by_home.setdefault(delivery.home, []).append(place)
        unsafe: list[Box] = []
        again = []
        for name, places in by_home.items():
            home = self._home(batch[places[0]].user_id, name)
            self._deliveries.note(home)
            try:
                _deliver(home, batch, places, outcomes)
            except Unsafe as boxes:
                unsafe += boxes.boxes
                again.append((home, places))
        if again:
            self._sync_ceilings(unsafe)
            for home, places in again:
                _deliver(home, batch, places, outcomes)
        return outcomes

    def _sync_ceilings(self, boxes: Sequence[Box]) -> None:
        ceilings = [box.head.ceiling for box in boxes]
        self.checkpoint()
        for box, ceiling in zip(boxes, ceilings, strict=True):
            with box.home.mutex:
                box.head.note_durable(ceiling)

    def append(
        self, batch: Sequence[tuple[Mailbox, Sequence[NewMessage]]]
    ) -> list[Change | Exception]:
        """Add to many mailboxes, durably."""
        ours = [(cast("SegmentMailbox", box), messages) for box, messages in batch]
        return append_all(ours, at_once=self._node.at_once)

    def checkpoint(self) -> None:
        """Make all deliveries durable."""
        found = self._deliveries.begin()
        try:
            for fd in self._file_systems():
                disk.syncfs(fd)
        except OSError as error:
            raise Distrusted("the mailboxes could not be stored") from error
        covered(found)

    def _file_systems(self) -> Iterable[int]:
        """Return a directory on each file system with mail, held open since before.

        A domain's own directory may have come and gone with its disk, or with its
        mail, which was synced by who moved it.
        """
        found = {os.fstat(self._root.fd).st_dev: self._root.fd}
        with self._lock:
            for root, held in tuple(self._roots.items()):
                there = _identity(root)
                if there is None:
                    del self._roots[root]
                    continue
                if there != _identity(held.fd):
                    self._roots[root] = File(root, os.O_RDONLY | os.O_DIRECTORY)
                found.setdefault(there[0], self._roots[root].fd)
        return found.values()

    def recover(
        self, touched: Iterable[tuple[UserId, str]], replay: Sequence[Delivery]
    ) -> None:
        """Complete what the last checkpoint did not cover."""
        with failures("the mailboxes cannot be recovered"):
            self._recover(touched, replay)

    def _recover(
        self, touched: Iterable[tuple[UserId, str]], replay: Sequence[Delivery]
    ) -> None:
        todo: dict[str, list[Delivery]] = {}
        users: dict[str, UserId] = {}
        for user_id, name in touched:
            users[name] = user_id
            todo.setdefault(name, [])
        for delivery in replay:
            users[delivery.home] = delivery.user_id
            todo.setdefault(delivery.home, []).append(delivery)
        boxes: list[Box] = []
        for name, mine in todo.items():
            home = self._home(users[name], name)
            if mine or Path(home.path).is_dir():
                make_home(home)
                boxes += patiently(partial(raise_all, home, mine))
        self._sync_ceilings(boxes)
        for name, mine in todo.items():
            if mine:
                home = self._home(users[name], name)
                missing = patiently(partial(mend, home, mine))
                self._deliveries.note(home)
                self._deliver_all(missing)
        self.checkpoint()

    def _deliver_all(self, batch: Sequence[Delivery]) -> None:
        end = time.monotonic() + LOCK_S
        while batch:
            outcomes = self.deliver(batch)
            for outcome in outcomes:
                if outcome.trouble:
                    raise TemporaryFailure(outcome.trouble)
            batch = [
                delivery
                for delivery, outcome in zip(batch, outcomes, strict=True)
                if outcome.locked
            ]
            if batch and time.monotonic() > end:
                raise Locked
            if batch:
                time.sleep(0.005)

    # The rest

    def once(self, user_id: UserId, home: str, deed: Deed) -> bool:
        """Tell whether to do something now, and remember that it was done."""
        with failures("what was done cannot be remembered"):
            return deeds.once(self._home(user_id, home), deed)

    def rearm(self, user_id: UserId, home: str, what: bytes) -> None:
        """Let a deed that waits for it be done again."""
        with failures("what was done cannot be remembered"):
            deeds.rearm(self._home(user_id, home), what)

    def usage(self, user_id: UserId, home: str) -> Usage:
        """Read a user's usage file without a lock; zero when new."""
        with failures("the usage cannot be read"):
            return self._home(user_id, home).usage()

    def has_room(self, octets: int) -> bool:
        """Tell whether that much more could be filed."""
        with failures("the mail root cannot be used"):
            return self._space.has_room(octets)

    def remove(self, user_id: UserId, home: str) -> None:
        """Remove a user's mail for good."""
        found = self._home(user_id, home)
        with suppress(FileNotFoundError), failures("the mail could not be removed"):
            patiently(found.mark_removed)
            trees = Path(found.path)
            gone = trees.with_name(f".{trees.name}.gone")
            shutil.rmtree(gone, ignore_errors=True)
            disk.rename(trees, gone)
            sync_directory(trees.parent)
            shutil.rmtree(gone, ignore_errors=True)
        self._node.files.drop_below(found.path)
        with self._lock:
            self._homes.pop(home, None)

    def tidy(self) -> None:
        """Do the compactions that are due, in this thread; blocks."""
        self._tidy.run()

    def close(self) -> None:
        """Sync everything and close."""
        self._tidy.close()
        self.checkpoint()
        self._node.close()


def _identity(place: str | int) -> tuple[int, int] | None:
    """Return which directory that is; None when it is not there."""
    try:
        status = os.stat(place)  # noqa: PTH116 - a descriptor, too
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _make(home: Home) -> None:
    make_home(home)
    with home.changing():
        home.roster.table_to_change()


def _deliver(
    home: Home,
    batch: Sequence[Delivery],
    places: Sequence[int],
    outcomes: list[Outcome],
) -> None:
    try:
        done = deliver_to(home, [batch[place] for place in places])
    except Locked:
        return
    except StorageFull as full:
        if home.root == home.node.root:
            raise
        aside = Outcome(Uid(0), locked=True, trouble=f"{full.text} in {home.root}")
        done = [aside] * len(places)
    except Failure as failure:
        aside = Outcome(Uid(0), locked=True, trouble=failure.text)
        done = [aside] * len(places)
    for place, outcome in zip(places, done, strict=True):
        outcomes[place] = outcome


_TWIN: type[Store] = SegmentStore
