r"""Mailboxes that are open in this process, each once, with all who look at it.

Theory:
    The store's `Mailbox` is shared, and whoever refreshes it gets the notes: so there
    is one `Opened` for each, which refreshes it, hands the notes to the views of all
    its sessions, and pushes to those that idle. A change made by one session reaches
    the others before its own OK.

Rules:
    Nobody but `Opened.refresh` calls `Mailbox.refresh`.
    The watch of a mailbox that nobody uses any more ends a turn of the loop later: who
    selects it again, as clients do, finds it watched (ending one costs more than all
    else that SELECT does).
    An implicit \Seen is durable within 100 ms (DESIGN 4); what an OK promises is
    synced before.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from mailmax.imapmax import pushing
from mailmax.imapmax.blocking import SyncGroup, Threads
from mailmax.imapmax.indexing import IdleIndexing, WhenToIndex
from mailmax.imapmax.view import View
from mailmax.store.mailboxes.port import Account, Mailbox

LAZY_SYNC_S = 0.1


class Looker(pushing.Looker, Protocol):
    """A session that has the mailbox selected."""

    view: View
    idles: bool


class Opened:
    """One open mailbox."""

    __slots__ = (
        "_is_watching",
        "_lazy",
        "_stop_watch",
        "_syncs",
        "indexing",
        "lookers",
        "mailbox",
        "pushes",
        "threads",
        "uses",
        "when",
    )

    def __init__(
        self,
        mailbox: Mailbox,
        threads: Threads,
        pushes: pushing.Pushes,
        when: WhenToIndex,
    ) -> None:
        """Prepare for one mailbox."""
        self.mailbox = mailbox
        self.pushes = pushes
        self.threads = threads
        self.when = when
        """Which mailboxes are indexed."""
        self._syncs: SyncGroup | None = None
        self.indexing: IdleIndexing | None = None
        """Made for a mailbox that is big enough."""
        self.lookers: list[Looker] = []
        self.uses = 0
        self._is_watching = False
        self._stop_watch: Callable[[], None] | None = None
        self._lazy: asyncio.TimerHandle | None = None

    @property
    def syncs(self) -> SyncGroup:
        """The grouped syncs, made when somebody changes something."""
        if self._syncs is None:
            self._syncs = SyncGroup(self.threads, self.mailbox.sync)
        return self._syncs

    def watch(self) -> None:
        """Refresh from now on whenever anybody changes something.

        Who only adds to a mailbox and leaves again needs no watch.
        """
        if self._is_watching:
            return
        self._is_watching = True
        if self._stop_watch is None:
            self._stop_watch = self.mailbox.watch(self._on_change)
        self.refresh()
        self._index_when_quiet()

    def _on_change(self) -> None:
        """Refresh, unless the last has left: what it changed itself is told, too."""
        if self._is_watching:
            self.refresh()

    def refresh(self) -> None:
        """Read what was changed, and let everybody know."""
        notes = self.mailbox.refresh()
        if notes is None:
            return
        uids = self.mailbox.uids
        for looker in self.lookers:
            looker.view.apply(notes, uids)
        waiting = [each for each in self.lookers if each.idles or notes.reset]
        if waiting:
            self.pushes.soon(waiting)
        if notes.added and self._is_watching:
            self._index_when_quiet()

    def _index_when_quiet(self) -> None:
        if self.indexing is None and self.when.pays(len(self.mailbox.uids)):
            self.indexing = IdleIndexing(self.mailbox, self.threads, self.when)
        if self.indexing is not None:
            self.indexing.wake()

    def touch(self) -> None:
        """A command begins: indexing waits until it is quiet again."""
        if self.indexing is not None:
            self.indexing.touch()

    async def durable(self) -> None:
        """Make every change so far durable, together with others.

        Raises:
            TemporaryFailure: It could not be synced.
        """
        await self.syncs.durable()

    def durable_soon(self) -> None:
        """Make changes durable that nobody waits for."""
        if self._lazy is None:
            loop = asyncio.get_running_loop()
            self._lazy = loop.call_later(LAZY_SYNC_S, self._sync_lazily)

    def _sync_lazily(self) -> None:
        self._lazy = None
        self.syncs.durable()

    def leave(self) -> None:
        """One use less of the mailbox; after the last one comes `unwatch`."""
        self.uses -= 1
        if self.uses:
            self.mailbox.close()
            return
        self._is_watching = False
        if self.indexing is not None:
            self.indexing.stop()
            self.indexing = None
        if self._lazy is None and (self._syncs is None or not self._syncs.busy):
            self.mailbox.close()
            return
        if self._lazy is not None:
            self._lazy.cancel()
            self._lazy = None
        self.syncs.durable().add_done_callback(lambda _: self.mailbox.close())

    def unwatch(self) -> None:
        """End the watch."""
        if self._stop_watch is not None:
            self._stop_watch()
            self._stop_watch = None


class OpenMailboxes:
    """All of this process, by the store's object."""

    def __init__(self, threads: Threads, when: WhenToIndex | None = None) -> None:
        """Start with none."""
        self._threads = threads
        self._when = when or WhenToIndex()
        self._pushes = pushing.Pushes()
        self._opened: dict[int, Opened] = {}

    async def prepare(self, account: Account, name: str) -> None:
        """Do what blocks before a mailbox is entered: once after a power cut.

        Raises:
            TemporaryFailure: It cannot be read.
        """
        if not account.is_ready(name):
            await self._threads.run(account.prepare, name)

    def enter(self, account: Account, name: str, *, read_only: bool) -> Opened:
        """Open a mailbox; every `enter` needs a `leave`.

        Raises:
            FileNotFoundError: There is none.
        """
        mailbox = account.open(name, read_only=read_only)
        opened = self._opened.get(id(mailbox))
        if opened is None:
            opened = self._opened[id(mailbox)] = Opened(
                mailbox, self._threads, self._pushes, self._when
            )
        opened.uses += 1
        opened.refresh()
        return opened

    def leave(self, opened: Opened) -> None:
        """Close it once."""
        opened.leave()
        if not opened.uses:
            asyncio.get_running_loop().call_soon(self._forget, opened)

    def _forget(self, opened: Opened) -> None:
        """Forget a mailbox unless somebody came back meanwhile."""
        key = id(opened.mailbox)
        if not opened.uses and self._opened.get(key) is opened:
            del self._opened[key]
            opened.unwatch()
