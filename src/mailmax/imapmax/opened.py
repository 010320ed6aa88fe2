r"""Mailboxes that are open in this process, each once, with all who look at it.

Theory:
    The store's `Mailbox` is shared, and whoever refreshes it gets the notes: so there
    is one `Opened` for each, which refreshes it, hands the notes to the views of all
    its sessions, and pushes to those that idle. A change made by one session reaches
    the others before its own OK.

Rules:
    Nobody but `Opened.refresh` calls `Mailbox.refresh`.
    An implicit \Seen is durable within 100 ms (DESIGN 4); what an OK promises is
    synced before.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from mailmax.imapmax import pushing
from mailmax.imapmax.blocking import SyncGroup, Threads
from mailmax.imapmax.view import View
from mailmax.store.mailboxes.port import Account, Mailbox, NewMessage

LAZY_SYNC_S = 0.1


class Looker(pushing.Looker, Protocol):
    """A session that has the mailbox selected."""

    view: View


class Opened:
    """One open mailbox."""

    __slots__ = (
        "_append_pile",
        "_appending",
        "_lazy",
        "_stop_watch",
        "lookers",
        "mailbox",
        "pushes",
        "syncs",
        "threads",
        "uses",
    )

    def __init__(
        self, mailbox: Mailbox, threads: Threads, pushes: pushing.Pushes
    ) -> None:
        """Begin to watch."""
        self.mailbox = mailbox
        self.pushes = pushes
        self.threads = threads
        self.syncs = SyncGroup(threads, mailbox.sync)
        self.lookers: set[Looker] = set()
        self.uses = 0
        self._stop_watch: Callable[[], None] | None = mailbox.watch(self.refresh)
        self._lazy: asyncio.TimerHandle | None = None
        self._append_pile: list[tuple[NewMessage, asyncio.Future[int]]] = []
        self._appending: asyncio.Task[None] | None = None

    def refresh(self) -> None:
        """Read what was changed, and let everybody know."""
        notes = self.mailbox.refresh()
        if notes is None:
            return
        uids = self.mailbox.uids
        for looker in self.lookers:
            looker.view.apply(notes, uids)
        self.pushes.soon(self.lookers)

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

    async def append(self, message: NewMessage) -> int:
        """Add a message durably, together with others; return its UID.

        Raises:
            Locked: Another process held the user too long.
            TemporaryFailure: It could not be stored.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[int] = loop.create_future()
        self._append_pile.append((message, waiting))
        if self._appending is None:
            self._appending = loop.create_task(self._append_all())
        return await waiting

    async def _append_all(self) -> None:
        """Add what piled up, until nothing is left; a task of nobody's session."""
        while self._append_pile:
            pile, self._append_pile = self._append_pile, []
            work = self.threads.run(self._append_group, [m for m, _ in pile])
            await _settle(work, pile)
        self._appending = None

    def _append_group(self, messages: list[NewMessage]) -> list[int]:
        change = self.mailbox.append(messages)
        self.mailbox.sync()
        return list(change.uids)

    def _sync_lazily(self) -> None:
        self._lazy = None
        self.syncs.durable()

    def leave(self) -> None:
        """One use less of the mailbox; whoever leaves last stops watching it."""
        self.uses -= 1
        if self.uses:
            self.mailbox.close()
            return
        if self._stop_watch is not None:
            self._stop_watch()
            self._stop_watch = None
        if self._lazy is None and not self.syncs.busy:
            self.mailbox.close()
            return
        if self._lazy is not None:
            self._lazy.cancel()
            self._lazy = None
        self.syncs.durable().add_done_callback(lambda _: self.mailbox.close())


class OpenMailboxes:
    """All of this process, by the store's object."""

    def __init__(self, threads: Threads) -> None:
        """Start with none."""
        self._threads = threads
        self._pushes = pushing.Pushes()
        self._opened: dict[int, Opened] = {}

    def enter(self, account: Account, name: str, *, read_only: bool) -> Opened:
        """Open a mailbox; every `enter` needs a `leave`.

        Raises:
            FileNotFoundError: There is none.
        """
        mailbox = account.open(name, read_only=read_only)
        opened = self._opened.get(id(mailbox))
        if opened is None:
            opened = self._opened[id(mailbox)] = Opened(
                mailbox, self._threads, self._pushes
            )
        opened.uses += 1
        opened.refresh()
        return opened

    def leave(self, opened: Opened) -> None:
        """Close it once."""
        if opened.uses == 1:
            del self._opened[id(opened.mailbox)]
        opened.leave()


async def _settle(
    work: Coroutine[Any, Any, list[int]],
    pile: list[tuple[NewMessage, "asyncio.Future[int]"]],
) -> None:
    try:
        uids = await work
    except Exception as error:  # noqa: BLE001 - each session answers for itself
        for _, waiting in pile:
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()
        return
    for (_, waiting), uid in zip(pile, uids, strict=True):
        if not waiting.done():
            waiting.set_result(uid)
