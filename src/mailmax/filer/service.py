"""The filer: tails the journals, files into mailboxes, hands outbound mail on.

Theory:
    One thread does the work in batches: read committed records, scan and plan each
    (`planner`), deliver to mailboxes lazily, commit the hand-over to ``filer.0``.
    Every few seconds, 64 MiB or some thousand records a checkpoint makes it all durable
    at once. Nothing in a journal waits: a user that is locked just now is put aside and
    tried again while the rest goes on; a checkpoint does not pass what lies aside, so
    what stays stuck goes to the queue after some seconds (`aside`).

    An unclean stop is recovered from first (`recovery`); what goes to QueueMax is
    handed over by `handing_over`.

Rules:
    An error at the checkpoint frees nothing and ends the process: the next filer
    recovers, since a second sync that works proves nothing (TRUST D2). A damaged body
    is quarantined by the spool and said aloud; it does not stop the mail behind it.

Limits:
    4,096 records between two checkpoints, whatever holds a checkpoint up: a mailbox
    must still know all of them when they are replayed (`mailboxes.delivery.ORIGINS`). A
    replay may read the journals in another order, hence a quarter of that.
    64 MiB of changed messages (without their attached files, or cleaned) are held at
    once, and one more: the rest of what was taken waits for its turn.
"""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from mailmax.base.errors import Failure, PermanentFailure, TemporaryFailure
from mailmax.base.units import MIB
from mailmax.filer.aside import RETRY_S as ASIDE_RETRY_S
from mailmax.filer.aside import Aside
from mailmax.filer.checkpoint import Checkpoints
from mailmax.filer.directory import Directory
from mailmax.filer.handing_over import HandOver
from mailmax.filer.planner import Planner
from mailmax.filer.recovery import Recovery
from mailmax.filer.workflow import Filing, Plan
from mailmax.store.mailboxes.delivery import ORIGINS
from mailmax.store.mailboxes.port import Distrusted, Store
from mailmax.store.quarantine import Quarantine
from mailmax.store.spool.port import Entry, Record, SpoolReader, SpoolWriter

CHECKPOINT_S = 3.0
CHECKPOINT_OCTETS = 64 * MIB
CHECKPOINT_RECORDS = ORIGINS // 4
MOST_CHANGED_OCTETS = 64 * MIB
BLOCKED_S = 30.0
"""How long a checkpoint may be held up by what lies aside, however young that is."""
FULL_S = 1.0
"""The same, while nothing more may be taken before it."""
STOP_S = 1.0
"""How long a stop waits for users who are locked just now, and for the hub."""
IDLE_S = 0.5
RETRY_S = 1.0
_BATCH = 256

_log = logging.getLogger("mailmax.filer")


class Waiting(Protocol):
    """A spool reader that can also be waited for."""

    def wait(self, timeout: float) -> bool:
        """Wait until there may be something to read."""

    def wake(self) -> None:
        """End a `wait` of another thread."""


class Reader(SpoolReader, Waiting, Protocol):
    """What the filer reads from."""


class Filer:
    """The filing thread and its collaborators."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        reader: Reader,
        outbound: SpoolWriter,
        store: Store,
        checkpoints: Checkpoints,
        directory: Directory,
        on_bug: Callable[[], None],
        *,
        quarantine: Quarantine,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            reader: Of the journals of SMTPMax and QueueMax, at the last position.
            outbound: The hand-over journal that QueueMax reads.
            store: Where mail is filed.
            checkpoints: How far we came.
            directory: The hub's tables.
            on_bug: Called when filing ends by a bug, or by a disk that cannot be
                trusted: the process must not go on as if it filed.
            quarantine: Where infected mail is kept.
        """
        self._reader = reader
        self._queue = HandOver(outbound, reader.wake)
        self._store = store
        self._checkpoints = checkpoints
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="filing")
        self._on_bug = on_bug
        self._taken: deque[Record] = deque()
        self._batch: list[Plan] = []
        self._recovery = Recovery(reader, is_needed=not checkpoints.load().clean)
        self._aside = Aside(store, directory)
        self._planner = Planner(store, directory, quarantine)
        self._allowance = directory.allowance
        self._hits = directory.hits
        self._records = 0
        """Taken since the last checkpoint."""
        self._octets = 0
        """Theirs."""
        self._next_checkpoint = 0.0
        self._full_since = 0.0
        self.filed = 0

    def start(self) -> None:
        """Recover where needed, then file until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch, checkpoint with the clean mark, end; blocks."""
        self._stop.set()
        self._reader.wake()
        self._thread.join()

    async def hand_out(self, entry: Entry) -> None:
        """Give QueueMax a message that comes of no record; durable on return.

        Raises:
            TemporaryFailure: It may or may not be there.
        """
        await self._queue.ask(entry)

    @property
    def alive(self) -> bool:
        """Tell whether the thread works."""
        return self._thread.is_alive()

    def trouble(self) -> str:
        """Return what fails here, for people; empty: nothing."""
        return self._planner.keeping.trouble

    def on_trouble(self, tell: Callable[[], object]) -> None:
        """Have it told, by any thread, when `trouble` has come or gone."""
        self._planner.keeping.on_trouble(tell)

    # The thread

    def _run(self) -> None:
        try:
            self._work()
        except Distrusted as failure:
            _log.critical("filing begins anew: %s (%s)", failure, failure.__cause__)
            self._on_bug()
        except BaseException:
            _log.critical("filing ended by a bug", exc_info=True)
            self._on_bug()
            raise

    def _work(self) -> None:
        recovery = self._recovery
        recovery.begin()
        if recovery.is_on and not self._patiently(recovery.hear_writers):
            return
        self._patiently(self._begin)
        while not self._stop.is_set():
            self._patiently(self._round)
        if not self._batch and not self._taken:
            self._carry_out()  # with nothing left of it, recovery is over
        if not recovery.is_on:  # else what was not recovered is not filed into
            with contextlib.suppress(Failure):
                self._carry_out_all()
                self._empty_aside()
                self._carry_out_all()
                self._checkpoint(clean=True)
        self._allowance.finish(STOP_S)
        self._hits.finish(STOP_S)

    def _patiently(self, step: Callable[[], object]) -> bool:
        """Do one step; where the disk or the store refuses, again in a second.

        Every step can be begun anew: what it took from the journals stays in
        ``_taken``, ``_batch`` and ``_aside`` until it is done with.

        Returns:
            False when the end came before the step succeeded.
        """
        while True:
            try:
                step()
            except TemporaryFailure as failure:
                _log.warning("filing stands still: %s", failure.text)
                if self._stop.wait(RETRY_S):
                    return False
            else:
                return True

    def _begin(self) -> None:
        self._checkpoints.begin(self._queue.number)

    def _round(self) -> None:
        self._plan_all()
        self._queue.answer()
        if self._recovery.is_on:
            self._recover()
        elif not self._batch and not self._taken and self._room:
            self._take(self._reader.next(min(_BATCH, self._room)))
        if not self._carry_out():
            self._wait()
        self._retry_aside()
        is_much = self._aside.changed_octets >= MOST_CHANGED_OCTETS
        self._pass_on_overdue(everything=is_much or self._checkpoint_is_blocked())
        self._allowance.tell()
        self._hits.tell()
        if self._checkpoint_is_due():
            self._checkpoint(clean=False)
        self._free()

    def _recover(self) -> None:
        """Recover what a portion is filed into; the last one is not full."""
        recovery = self._recovery
        if self._room and not self._taken and not recovery.is_read:
            while (
                self._room
                and not self._taken
                and (records := self._reader.next(min(_BATCH, self._room)))
            ):
                self._take(records)
            recovery.is_read = self._room > 0 and not self._taken
        if recovery.is_unmended:
            self._aside.recover([f for plan in self._batch for f in plan.filings])
            recovery.is_unmended = False

    def _wait(self) -> None:
        if self._room and not self._recovery.is_on:
            self._reader.wait(ASIDE_RETRY_S if self._aside else IDLE_S)
        else:  # what there is to read must wait, too
            self._stop.wait(ASIDE_RETRY_S)

    @property
    def _room(self) -> int:
        """How many records may be taken before the next checkpoint."""
        return CHECKPOINT_RECORDS - self._records

    def _take(self, records: Sequence[Record]) -> None:
        """Make records our business; nothing forgets them before they are filed."""
        if records and self._records == 0:
            self._next_checkpoint = time.monotonic() + CHECKPOINT_S
        self._records += len(records)
        self._octets += sum(record.body.size for record in records)
        if records and not self._room:
            self._full_since = time.monotonic()
        self._taken.extend(records)
        self._plan_all()

    def _plan_all(self) -> None:
        """Plan what was taken; a record leaves `_taken` when its plan is kept."""
        changed = sum(plan.changed_octets for plan in self._batch)
        while self._taken and changed < MOST_CHANGED_OCTETS:
            plan = self._plan(self._taken[0])
            if plan is not None:
                self._batch.append(plan)
                changed += plan.changed_octets
                self._recovery.is_unmended = self._recovery.is_on
            self._taken.popleft()

    def _carry_out(self) -> bool:
        """File what was taken; False when there was nothing."""
        batch = self._batch
        if not batch:
            self._recovery.nothing_is_left()
            return False
        self._recovery.check_silent()
        self._hand_over(batch)
        late = [f for plan in batch if plan.must_mend for f in plan.filings]
        if late:
            self._aside.recover(late)
        filings = [f for plan in batch for f in plan.filings]
        self._aside.file(filings)
        self.filed += sum(not plan.is_follow_up for plan in batch)
        self._batch = self._follow_up(filings)
        return True

    def _carry_out_all(self) -> None:
        self._plan_all()
        while self._carry_out():
            self._plan_all()

    def _retry_aside(self) -> None:
        self._aside.retry()
        self._batch += self._follow_up(())

    def _follow_up(self, filed: Sequence[Filing]) -> list[Plan]:
        """Plan what comes of what was filed."""
        aside = self._aside
        plans = self._planner.follow_up(filed, aside.take_refused(), aside.take_told())
        for plan in plans:
            plan.must_mend = self._recovery.is_on
        return plans

    def _plan(self, record: Record) -> Plan | None:
        """Plan one record; None for a damaged one."""
        try:
            body = self._reader.body(record.body)
        except PermanentFailure as failure:
            _log.critical("message %s is damaged: %s", record.origin, failure.text)
            return None
        return self._planner.plan(record, body)

    def _hand_over(self, plans: Sequence[Plan]) -> None:
        self._queue.commit([one for plan in plans for one in plan.entries])
        for plan in plans:  # not again, should the deliveries have to be repeated
            plan.entries = []

    def _pass_on_overdue(self, *, everything: bool = False) -> None:
        """Give the queue what lies aside too long; then it is no business of ours."""
        overdue = self._aside.overdue(everything=everything)
        if overdue:
            self._queue.commit(self._aside.entries(overdue))
            self._aside.forget(overdue)

    def _empty_aside(self) -> None:
        """Before a stop: what is locked for longer than a moment goes to the queue."""
        end = time.monotonic() + STOP_S
        while len(self._aside) and time.monotonic() < end:
            time.sleep(ASIDE_RETRY_S)
            self._retry_aside()
        self._pass_on_overdue(everything=True)

    def _checkpoint_is_due(self) -> bool:
        return self._records > 0 and (
            not self._room
            or self._octets >= CHECKPOINT_OCTETS
            or time.monotonic() >= self._next_checkpoint
        )

    def _checkpoint_is_blocked(self) -> bool:
        until = self._next_checkpoint + BLOCKED_S
        if not self._room:
            until = min(until, self._full_since + FULL_S)
        return self._records > 0 and time.monotonic() >= until

    def _checkpoint(self, *, clean: bool) -> None:
        if self._aside or self._batch or self._taken:
            return
        position = self._reader.position()
        self._settle_quarantine()
        self._store.checkpoint()
        clean = clean and not self._recovery.silent
        self._checkpoints.keep(position, self._queue.number, clean=clean)
        self._records = self._octets = 0
        self._free()

    def _settle_quarantine(self) -> None:
        """What was kept there is durable, or in the queue."""
        keeping = self._planner.keeping
        self._queue.commit(keeping.settle())
        keeping.forget()

    def _free(self) -> None:
        position = self._checkpoints.free_up_to(self._queue.passed)
        if position is not None:
            self._reader.done(position)
