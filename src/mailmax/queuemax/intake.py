"""Mail that the filer hands over: read from its journals, admitted to the queue.

Theory:
    A thread waits for the journals; what it reads is admitted on the loop, with the
    position behind it. What is the filer's, or known already, is passed over.

    ::

        admitted                      passed
        refused for now by the disk   tried again each second; what comes behind waits
        trips us (a defect, damage)   put aside (`store.queue.quarantine`), then passed;
                                      what comes behind it in its batch is admitted

Rules:
    `position` is behind all that was admitted or durably put aside, and before all
    that was not.
    What is put aside is told to the administrator, by name, then and at each start.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from mailmax.base.errors import Failure, PermanentFailure, TemporaryFailure
from mailmax.store.queue.quarantine import Quarantine
from mailmax.store.spool.port import BodyRef, Record, SpoolReader

BATCH: Final = 256
WAIT_S: Final = 1.0
AGAIN_S: Final = 1.0

_log = logging.getLogger("queuemax")


class JournalBody:
    """A body where the filer put it (`store.queue.entry.Body`)."""

    __slots__ = ("_reader", "_ref")

    def __init__(self, reader: SpoolReader, ref: BodyRef) -> None:
        self._reader = reader
        self._ref = ref

    @property
    def size(self) -> int:
        """Octets in all."""
        return self._ref.size

    def read(self, offset: int, length: int) -> bytes:
        """Return octets; copied, so that the journal may be let go.

        Raises:
            PermanentFailure: They are damaged or gone.
        """
        return bytes(self._reader.body(self._ref)[offset : offset + length])


class Tripped(NamedTuple):
    """A record that was not admitted, and why."""

    record: Record
    error: Exception


Admit = Callable[[Sequence[Record], bytes], Sequence[Tripped]]


class Intake:
    """Reads the journals in a thread, and gives batches to the loop."""

    def __init__(
        self,
        reader: SpoolReader,
        quarantine: Quarantine,
        admit: Admit,
        has_room: Callable[[], bool],
        on_bug: Callable[[], None],
    ) -> None:
        """Prepare.

        Args:
            reader: Of the filer's journals.
            quarantine: Where goes what trips us.
            admit: Called on the loop with records and the position behind them; returns
                those that were not admitted. The position counts when there are none.
            has_room: Asked in the thread before each batch.
            on_bug: Called when reading ends by a bug: what comes later would never
                go out.
        """
        self._reader = reader
        self._quarantine = quarantine
        self._admit = admit
        self._has_room = has_room
        self._on_bug = on_bug
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        found = self._quarantine.kept()
        if found:
            _log.critical(
                "%d messages that could not be taken over wait for you in %s",
                len(found),
                self._quarantine.directory,
            )
        self._thread.start()

    async def stop(self) -> None:
        """Stop reading; what was read is admitted."""
        self._stopping.set()
        self._reader.wake()
        if self._thread.is_alive():
            await self._loop.run_in_executor(None, self._thread.join)

    def _run(self) -> None:
        try:
            self._work()
        except Exception:  # noqa: BLE001 - whatever it is, it must not end in silence
            _log.critical("taking mail over ended by a bug", exc_info=True)
            self._on_bug()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read()
            except Failure as failure:
                _log.error("the journals cannot be read: %s", failure)
                self._stopping.wait(AGAIN_S)

    def _read(self) -> None:
        if not self._has_room():
            self._stopping.wait(0.05)
            return
        if not self._reader.wait(WAIT_S):
            return
        records = self._reader.next(BATCH)
        if not records:
            return
        position = self._reader.position()
        while not self._stopping.is_set():
            tripped = self._hand_over(records, position)
            if not tripped:
                return
            records = [one.record for one in tripped if not self._put_aside(one)]
            if records:
                self._stopping.wait(AGAIN_S)

    def _hand_over(
        self, records: Sequence[Record], position: bytes
    ) -> Sequence[Tripped]:
        """Have the loop admit records; what it says when we are stopping is nothing."""
        done = threading.Event()
        tripped: list[Tripped] = []

        def admit() -> None:
            try:
                tripped.extend(self._admit(records, position))
            finally:
                done.set()

        self._loop.call_soon_threadsafe(admit)
        while not done.wait(0.1):
            if self._stopping.is_set():
                return ()
        return tripped

    def _put_aside(self, tripped: Tripped) -> bool:
        """Put a record that trips us aside, durably; False: it is to be tried again."""
        record, error = tripped
        if isinstance(error, TemporaryFailure):
            cause = error.__cause__
            _log.error(
                "%s cannot be admitted now: %s (%s)", record.origin, error, cause
            )
            return False
        try:
            path = self._quarantine.keep(
                record.origin, record.envelope, self._body_of(record), repr(error)
            )
        except Exception:  # noqa: BLE001 - it stays in the journal, and is told
            _log.exception("%s is not admitted and cannot be put aside", record.origin)
            return False
        _log.critical(
            "%s is not admitted; it is not sent and waits for you in %s",
            record.origin,
            path,
            exc_info=error,
        )
        return True

    def _body_of(self, record: Record) -> bytes | memoryview | None:
        """Return the whole body; None where it is damaged or gone.

        Raises:
            TemporaryFailure: It cannot be read now.
        """
        try:
            return self._reader.body(record.body)
        except PermanentFailure:
            return None
