"""Indexing a mailbox while nobody asks for anything in it.

Theory:
    A selected mailbox that is big enough is indexed piece by piece in a thread, with
    rests between, as long as its sessions are quiet. Where all is indexed nothing is
    left but a number; new mail wakes it up.

Limits:
    4,000 messages: fewer are searched in less than 100 ms without an index, even
    where all of them must be decoded. A piece takes about a second, mostly asleep.
"""

import asyncio
from dataclasses import dataclass

from mailmax.imapmax.blocking import Threads
from mailmax.store.mailboxes.port import Mailbox

_REST_S = 0.05


@dataclass(frozen=True, slots=True)
class WhenToIndex:
    """Which mailboxes are indexed, and when."""

    messages: int = 4_000
    """A mailbox of so many."""
    quiet_s: float = 2.0
    """Since the last command in it."""

    def pays(self, messages: int) -> bool:
        """Tell whether so many messages are enough for an index."""
        return messages >= self.messages


class IdleIndexing:
    """The indexing of one selected mailbox."""

    __slots__ = (
        "_busy",
        "_done",
        "_mailbox",
        "_stopped",
        "_threads",
        "_timer",
        "_touched",
        "_when",
    )

    def __init__(self, mailbox: Mailbox, threads: Threads, when: WhenToIndex) -> None:
        """Prepare; nothing is done before `wake`."""
        self._mailbox = mailbox
        self._threads = threads
        self._when = when
        self._touched = 0.0
        self._done = 0
        """UIDs below are indexed, or cannot be just now."""
        self._busy = self._stopped = False
        self._timer: asyncio.TimerHandle | None = None

    def touch(self) -> None:
        """A command begins: wait until it is quiet again."""
        self._touched = asyncio.get_running_loop().time()

    def wake(self) -> None:
        """There may be something to index."""
        if (
            self._timer is None
            and not self._busy
            and not self._stopped
            and self._when.pays(len(self._mailbox.uids))
            and self._done < self._mailbox.uid_next
        ):
            self._later(self._when.quiet_s)

    def stop(self) -> None:
        """The last session left."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _later(self, delay_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(delay_s, self._step)

    def _step(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        wait_s = self._touched + self._when.quiet_s - now
        if wait_s > 0:
            self._later(wait_s)
            return
        self._busy = True
        up_to = self._mailbox.uid_next
        work = self._threads.submit(self._mailbox.index)
        work.add_done_callback(lambda work: self._stepped(work, up_to))

    def _stepped(self, work: "asyncio.Future[bool]", up_to: int) -> None:
        self._busy = False
        if not work.result():
            self._done = up_to
            self.wake()
        elif not self._stopped:
            self._later(_REST_S)
