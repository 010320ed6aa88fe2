"""The dead-mail folder: a copy of what could not be delivered, for a while.

Theory:
    When a recipient has failed for good, its message is copied into a store of the
    queue's own kind in a directory of its own. One entry is one message; recipients
    that fail later join it. A state says why, and when (`due_ms`).

    ::

        report durable, copy not        made again after a restart: the same report
        copy durable, RETURNED not      known by its key: no second copy
        RETURNED durable                over

Rules:
    The folder is a courtesy: where its disk is full or sick the copy is left out, that
    is logged, and the queue goes on.
    The oldest goes first when there is too much (`DeadLimits`). What is too old goes
    only while the calendar has gone on evenly since the start: a clock that jumps
    deletes nothing (TRUST D14).

Limits:
    Octets of messages are counted; files may take twice that until they are compacted.

Manual: §4.4.1, SPEC QUE-7.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from mailmax.base.envelope import Envelope, Origin
from mailmax.base.errors import Failure, PermanentFailure, TemporaryFailure
from mailmax.base.ports import Clock
from mailmax.base.units import GIB
from mailmax.observe.events import queue as events
from mailmax.observe.trace import Trace
from mailmax.policy.retry import Stage
from mailmax.queuemax.calendar import Calendar
from mailmax.queuemax.recorder import Recorder
from mailmax.store.queue.entry import Body, QueueEntry, Target, make_targets
from mailmax.store.queue.records import State
from mailmax.store.queue.store import QueueStore

LOOK_S: Final = 60.0
SEGMENTS: Final = 8
"""Compacted at each look."""

_log = logging.getLogger("queuemax")
_Message = tuple[Origin | None, str]


@dataclass(frozen=True, slots=True)
class DeadLimits:
    """How much is kept, and how long (Manual §4.4.1)."""

    days: int = 30
    octets: int = GIB
    """0: nothing is kept."""


@dataclass(frozen=True, slots=True)
class CurrentBody:
    """A body of the queue, read by another thread while a checkpoint may move it."""

    store: QueueStore
    entry: QueueEntry

    @property
    def size(self) -> int:
        """Octets in all."""
        return self.entry.size

    def read(self, offset: int, length: int) -> bytes:
        """Return octets, from where the body lies now.

        Raises:
            TemporaryFailure: They cannot be read.
            PermanentFailure: They are damaged.
        """
        body: Body | None = self.entry.body  # taken away after there is a place
        if body is None or self.entry.place is not None:
            body = self.store.body_of(self.entry)
        return bytes(body.read(offset, length))


class DeadMail:
    """One dead-mail folder."""

    def __init__(
        self,
        main: QueueStore,
        store: QueueStore | None,
        clock: Clock,
        trace: Trace,
    ) -> None:
        """Prepare on the running loop.

        Args:
            main: The queue, whose bodies are copied.
            store: The folder; None where it cannot be opened.
            clock: The time.
            trace: Is told what is put into the folder.
        """
        self.limits = DeadLimits()
        self.turn = asyncio.Lock()
        """Held while bodies are read or moved."""
        self.octets = 0
        """Of all messages in the folder."""
        self._main = main
        self._store = store
        self._trace = trace
        self._loop = asyncio.get_running_loop()
        self._calendar = Calendar(clock)
        self._recorder = Recorder(store) if store is not None else None
        self._by_message: dict[_Message, QueueEntry] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        for entry in self.entries.values():
            self._add(entry)

    @property
    def entries(self) -> Mapping[int, QueueEntry]:
        """What is in the folder, the oldest first."""
        return {} if self._store is None else self._store.entries

    def start(self) -> None:
        """Begin to look after the folder."""
        if self._recorder is not None:
            self._recorder.start()
            self._task = self._loop.create_task(self._work(self._recorder))

    async def stop(self) -> None:
        """Write what is to be written, then end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._recorder is not None:
            await self._recorder.stop()

    def use(self, limits: DeadLimits) -> None:
        """Follow other limits."""
        if limits != self.limits:
            self.limits = limits
            self._wake.set()

    async def keep(self, entry: QueueEntry, targets: Sequence[Target]) -> None:
        """Copy a message for recipients that failed; durable on return, or left out."""
        if self._recorder is None or not self.limits.octets:
            return
        if entry.size > self.limits.octets:
            _log.warning("%d is too large for the dead-mail folder", entry.number)
            return
        try:
            async with self.turn:
                await self._keep(self._recorder, entry, targets)
        except Failure as failure:
            _log.error(
                "%d is not kept as dead mail: %s (%s)",
                entry.number,
                failure,
                failure.__cause__,
            )
            return
        for target in targets:
            self._trace.emit(events.MailDied(entry.number, target.address))

    def read(self, number: int, offset: int, length: int) -> bytes:
        """Return octets of a message; none behind its end.

        Raises:
            KeyError: It is not here.
            TemporaryFailure: They cannot be read now.
            PermanentFailure: They are damaged.
        """
        entry = self.entries[number]
        length = max(0, min(length, entry.size - offset))
        return bytes(self.body_of(entry).read(offset, length))

    def body_of(self, entry: QueueEntry) -> Body:
        """Return the body of an entry of the folder."""
        if self._store is None:
            raise TemporaryFailure("the dead-mail folder cannot be used")
        return self._store.body_of(entry)

    async def delete(self, numbers: Iterable[int]) -> int:
        """Delete messages, durably; return how many were here.

        Raises:
            Failure: They may or may not be gone.
        """
        found = [self.entries[one] for one in numbers if one in self.entries]
        for entry in found:
            self._remove(entry)
        if self._recorder is not None and found:
            await self._recorder.flush()
        return len(found)

    # Inside

    async def _keep(
        self, recorder: Recorder, entry: QueueEntry, targets: Sequence[Target]
    ) -> None:
        store, envelope = recorder.store, _envelope_of(entry, targets)
        origin = envelope.origin
        if origin is None:
            return
        fresh = [
            target
            for target in _copies_of(envelope, origin, targets)
            if not store.is_known(target.state.key)
        ]
        if not fresh:
            return
        former = self._by_message.get((origin, envelope.step))
        if former is not None:
            await self._join(recorder, former, envelope, fresh)
            return
        self._make_room(entry.size)
        body = CurrentBody(self._main, entry)
        dead = store.admit(envelope, origin, body, entry.crc)
        if dead is None:
            return
        states = {target.state.key: target.state for target in fresh}
        for target in dead.targets:
            target.state = states[target.state.key]
        try:
            (place,) = await recorder.run(lambda: store.keep([(dead, body)]))
        except Failure:
            store.disown(dead)
            raise
        if place is None:
            store.disown(dead)
            raise PermanentFailure("the message is damaged")
        store.adopt(dead, place)
        self._add(dead)

    async def _join(
        self,
        recorder: Recorder,
        former: QueueEntry,
        envelope: Envelope,
        fresh: Sequence[Target],
    ) -> None:
        """Add recipients to a message that is here."""
        recipients = former.envelope.recipients + envelope.recipients
        dead = QueueEntry(
            former.number,
            replace(former.envelope, recipients=recipients),
            [*former.targets, *fresh],
            former.size,
            former.crc,
        )
        dead.place = former.place
        await recorder.run(lambda: recorder.store.amend(dead))
        if former.number in self.entries:  # not deleted meanwhile
            recorder.store.replace(dead)
            self._by_message[dead.envelope.origin, dead.envelope.step] = dead
            return
        for target in fresh:
            recorder.add(State(target.state.key, Stage.RETURNED))

    def _add(self, entry: QueueEntry) -> None:
        self.octets += entry.size
        self._by_message[entry.envelope.origin, entry.envelope.step] = entry

    def _remove(self, entry: QueueEntry) -> None:
        """Let a message go; that is written soon, or at `flush`."""
        if self._store is None or self._recorder is None:
            return
        for target in entry.targets:
            state = State(target.state.key, Stage.RETURNED)
            self._store.settle(target, state)
            self._recorder.add(state)
        self._store.drop(entry)
        self.octets -= entry.size
        self._by_message.pop((entry.envelope.origin, entry.envelope.step), None)

    def _make_room(self, octets: int) -> None:
        """Let the oldest go until so many octets more have room."""
        for entry in list(self.entries.values()):
            if self.octets + octets <= self.limits.octets:
                break
            self._remove(entry)

    def _sweep(self) -> None:
        """Let go what is too much, or too old."""
        self._make_room(0)
        oldest = self._calendar.past(self.limits.days)
        if oldest is None:
            _log.warning("the clock has jumped: no dead mail is deleted by its age")
            return
        for entry in list(self.entries.values()):
            if max(target.state.due_ms for target in entry.targets) < oldest * 1000:
                self._remove(entry)

    async def _work(self, recorder: Recorder) -> None:
        while True:
            self._sweep()
            recorder.store.advanced(recorder.store.position)
            try:
                async with self.turn:
                    for _ in range(SEGMENTS):
                        if not await recorder.compact():
                            break
            except Failure as failure:
                _log.error("the dead-mail folder is not compacted: %s", failure)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            self._wake.clear()


def _envelope_of(entry: QueueEntry, targets: Sequence[Target]) -> Envelope:
    recipients = tuple(target.recipient for target in targets)
    return replace(entry.envelope, recipients=recipients)


def _copies_of(
    envelope: Envelope, origin: Origin, targets: Sequence[Target]
) -> Iterator[Target]:
    """Yield targets of the copy; one that was sent elsewhere has a key of its own."""
    for copy, target in zip(make_targets(envelope, origin), targets, strict=False):
        state = target.state
        copy.state = replace(
            copy.state,
            stage=Stage.FAILED,
            due_ms=state.due_ms,
            status=state.status,
            text=state.text,
            host=state.host,
            attempts=state.attempts,
        )
        yield copy
