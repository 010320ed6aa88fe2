"""From a verdict to the sender's ear: reports made durable, then recipients done with.

Theory:
    ::

        FAILED     report durable, dead copy durable    then RETURNED
        passed on  report durable                       then DELIVERED
        late       report durable                       nothing changes

    What a restart cuts off is begun again from the state: the same report (`bounce`),
    the same dead copy (`dead_mail`).

Rules:
    A report that cannot be made because of a bug of ours is missed in the log as
    critical. Of failed mail it is owed: the recipient stays FAILED, and the next start
    tries again. Mail that was passed on is not sent again for the want of a report.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from mailmax.message.dsn.report import Action
from mailmax.queuemax.bounce import Reporter, Told, commit
from mailmax.queuemax.dead_mail import DeadMail
from mailmax.queuemax.ledger import Ledger
from mailmax.store.queue.entry import QueueEntry
from mailmax.store.queue.store import QueueStore
from mailmax.store.spool.group import GroupCommit
from mailmax.store.spool.port import Entry

_log = logging.getLogger("queuemax")


class Telling:
    """See the head of this file; `reporter` and `journal` are set before mail comes."""

    def __init__(
        self,
        store: QueueStore,
        ledger: Ledger,
        dead_mail: DeadMail,
        finished: Callable[[QueueEntry], None],
    ) -> None:
        """Prepare.

        Args:
            store: The queue.
            ledger: Sets states.
            dead_mail: Gets a copy of what failed.
            finished: Called for an entry that is over.
        """
        self.reporter: Reporter
        """Replaced when the settings change."""
        self.journal: GroupCommit
        """Of QueueMax."""
        self._store = store
        self._ledger = ledger
        self._dead_mail = dead_mail
        self._finished = finished
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, entry: QueueEntry, told: Told, action: Action) -> None:
        """Report what became of recipients."""
        work = self._tell(entry, told, action)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self, grace_s: float) -> None:
        """Let what is being written finish."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)

    async def _tell(self, entry: QueueEntry, told: Told, action: Action) -> None:
        reports = self._make(entry, told, action)
        if reports is None:
            return
        for report in reports:
            await commit(self.journal, report)
        await self._be_done(entry, told, action)

    def _make(
        self, entry: QueueEntry, told: Told, action: Action
    ) -> Sequence[Entry] | None:
        """Write the reports; None where they are owed."""
        try:
            return list(self.reporter.make_reports(self._store, entry, told, action))
        except Exception:  # noqa: BLE001 - whatever it is, the queue goes on
            _log.critical("no report on %d can be made", entry.number, exc_info=True)
        return None if action is Action.FAILED else ()

    async def _be_done(self, entry: QueueEntry, told: Told, action: Action) -> None:
        if action is Action.DELAYED:
            return
        targets = [target for target, _ in told]
        if action is Action.FAILED:
            await self._dead_mail.keep(entry, targets)
            self._ledger.returned(entry, targets)
        else:
            self._ledger.delivered(entry, targets)
        if entry.is_over:
            self._finished(entry)
