"""Local deliveries that the filer could not make: kept, and given back when it is time.

Theory:
    The filer hands a stuck delivery over with the number of tries in its step
    (`base.again`). It is put off as any other mail is, by the retry table. When its
    time has come it goes into QueueMax's own journal, where the filer finds it; from
    the moment that is durable it is the filer's, and over here. Stuck again, it comes
    back as a new entry with one try more.

    ::

        killed before the journal is synced      still here, given back later
        killed before DELIVERED is recorded      given back twice, filed once (origin);
                                                 stuck twice: the same step, known here

    What was held for a domain that files its mail here now goes the same way, with
    the addresses alone (`base.homeward`).

Rules:
    What cannot be written for lack of space is no try of the recipient's: it is
    written later.
"""

import asyncio
import logging
import zlib
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from mailmax.base import again, homeward
from mailmax.base.envelope import Envelope
from mailmax.base.errors import Failure, PermanentFailure, TemporaryFailure
from mailmax.base.pieces import PIECE_OCTETS, pieces
from mailmax.policy.outcome import Outcome, Result, permanent, printable, transient
from mailmax.policy.retry import place_after
from mailmax.queuemax.ledger import Ledger, Verdict
from mailmax.store.queue.entry import QueueEntry, Target, Trouble
from mailmax.store.queue.records import State
from mailmax.store.queue.store import QueueStore
from mailmax.store.spool.group import GroupCommit
from mailmax.store.spool.port import Entry

AT_ONCE: Final = 8
AGAIN_S: Final = 5.0

_log = logging.getLogger("queuemax")

GIVEN_BACK: Final = Trouble()
"""Nothing is heard of it before it is the filer's."""

Settle = Callable[[QueueEntry, Verdict], None]


class Filing:
    """Takes local deliveries and gives them back to the filer."""

    def __init__(self, store: QueueStore, ledger: Ledger, settle: Settle) -> None:
        """Prepare; `journal` is set before anything is due.

        Args:
            store: The queue.
            ledger: Sets states.
            settle: Carries out what the ledger says.
        """
        self.journal: GroupCommit
        self._store = store
        self._ledger = ledger
        self._settle = settle
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, entry: QueueEntry, targets: Sequence[Target]) -> None:
        """Put off what the filer has just failed to file."""
        envelope = entry.envelope
        before = again.tries_of(envelope.step) - 1
        stage, tries = place_after(before, self._ledger.limits)
        for target in targets:
            key = target.state.key
            target.state = State(key, stage, tries, attempts=before)
        reason = printable(again.reason_of(envelope).encode())
        outcome = transient("4.2.0", reason)
        verdict = self._ledger.note(entry, [(target, outcome) for target in targets])
        self._settle(entry, verdict)

    def give_back(self, entry: QueueEntry, targets: Sequence[Target]) -> None:
        """Their time has come: to the filer."""
        now = self._ledger.clock.now()
        for target in targets:
            target.tried_since, target.trouble = now, GIVEN_BACK
        known = [target for target in targets if target.local]
        named = [target for target in targets if not target.local]
        for part in filter(None, (known, named)):
            work = self.hand_back(entry, part, _envelope_for(entry.envelope, part))
            task = asyncio.get_running_loop().create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def hand_back(
        self, entry: QueueEntry, targets: list[Target], envelope: Envelope
    ) -> None:
        """Let the filer go on with a message; returns when it is durable.

        Args:
            entry: The message.
            targets: Whose it is no more the queue's.
            envelope: What the filer is told.
        """
        while True:
            try:
                async with self._turns:
                    await self._write(entry, envelope)
                outcome = Outcome(Result.DELIVERED, "2.0.0", "", is_told_on=True)
                break
            except PermanentFailure:
                outcome = permanent("5.3.0", "the message was damaged")
                break
            except Failure as failure:
                _log.error("%d cannot be given back: %s", entry.number, failure)
                await asyncio.sleep(AGAIN_S)
        for target in targets:
            target.tried_since = 0.0
        verdict = self._ledger.note(entry, [(target, outcome) for target in targets])
        self._settle(entry, verdict)

    async def stop(self, grace_s: float) -> None:
        """Let what is being written finish; the rest stays in the queue."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Inside

    async def _write(self, entry: QueueEntry, envelope: Envelope) -> None:
        """Write body and envelope into the journal; durable on return.

        Raises:
            TemporaryFailure: It cannot be read or written now.
            PermanentFailure: The body is damaged or gone.
        """
        if not self.journal.spool.has_room(entry.size):
            raise TemporaryFailure("the journal is full")
        if entry.size <= PIECE_OCTETS:
            octets = self._read(entry, 0, entry.size)
            _check(zlib.crc32(octets), entry)
            await self.journal.commit(Entry(envelope, chunks=(octets,)))
            return
        # Shielded: what a thread writes, or the journal takes, is not cut off halfway.
        await asyncio.shield(self._stream(entry, envelope))

    async def _stream(self, entry: QueueEntry, envelope: Envelope) -> None:
        big = await asyncio.to_thread(self.journal.spool.open_big)
        try:
            seen = 0
            for offset, length in pieces(0, entry.size):
                piece = self._read(entry, offset, length)
                seen = zlib.crc32(piece, seen)
                await asyncio.to_thread(big.write, piece)
            _check(seen, entry)
            await self.journal.commit(Entry(envelope, big=big))
        except Failure:
            big.discard()
            raise

    def _read(self, entry: QueueEntry, offset: int, length: int) -> bytes:
        """Read a piece, from where the body lies now."""
        return bytes(self._store.body_of(entry).read(offset, length))


def _envelope_for(envelope: Envelope, targets: Sequence[Target]) -> Envelope:
    """Return what the filer is told: its own deliveries, or what was held so far."""
    known = tuple(target.local for target in targets if target.local)
    if known:  # all are such, or none
        return msgspec.structs.replace(envelope, recipients=known)
    named = tuple(target.recipient for target in targets)
    return homeward.sent_home(envelope, named)


def _check(crc: int, entry: QueueEntry) -> None:
    if crc != entry.crc:
        raise PermanentFailure("the message is damaged")
