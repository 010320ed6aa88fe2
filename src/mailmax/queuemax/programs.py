"""Programs of rules: run for mail that waits here, a few at a time (manual 8).

Theory:
    The filer cannot wait, so mail whose rules want a program is handed over and waits
    here (`base.asking`). It is tried at once and by the retry table, like a host that
    is away; what came of the program goes back with the mail.

    ==========================  ======================================================
    it ends, as a normal one    the answer goes back: whether a file is gone
    it fails, and may not wait  "failed" goes back: its rule says what that counts as
    it fails                    later; after the last try "given up" goes back
    it is merely run            over; where it fails: later, until the last try
    ==========================  ======================================================

    ::

        killed before the answer is durable    run again
        killed before DELIVERED is recorded    given back twice, filed once (origin)

Rules:
    Nobody waits for a program but the mail whose rules want it.
    Mail that waits for its turn can be taken back: nothing is started for it any more.
    A test without a file to look at finds nothing; nothing is started for it.

Limits:
    Four at once, three of them of the same command: one that hangs leaves a place for
    the others. Each as long as the setting `program_timeout_s` says.

Manual: 8.1.8, 8.2.6; DECISIONS 24, 28; TRUST J3, J4.
"""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Final, Protocol
from weakref import WeakValueDictionary

import msgspec

from mailmax.base import asking
from mailmax.base.asking import Said
from mailmax.base.envelope import Envelope
from mailmax.base.errors import Failure, PermanentFailure
from mailmax.base.pieces import pieces
from mailmax.net.children.attached import attached_files
from mailmax.net.children.directory import Given
from mailmax.net.children.job import Limits
from mailmax.policy import programs as policy
from mailmax.policy.outcome import Outcome, Result, permanent, transient
from mailmax.policy.programs import NoAnswer, Program
from mailmax.queuemax import filing
from mailmax.queuemax.ledger import Ledger
from mailmax.settings.field import BadValue
from mailmax.store.queue.entry import QueueEntry, Target, Trouble
from mailmax.store.queue.store import QueueStore

AT_ONCE: Final = 4
AT_ONCE_ALIKE: Final = 3

_log = logging.getLogger("queuemax")

_RUNS = Trouble()
_RUNS.text = "a program of a rule looks at it"
_DONE: Final = Outcome(Result.DELIVERED, "2.0.0", "", is_told_on=True)

_Mail = tuple[QueueEntry, Sequence[Target]]
"""An entry, and for whom of it."""
GiveBack = Callable[[QueueEntry, list[Target], Envelope], Awaitable[None]]


class Runs(Protocol):
    """Who runs a program: `net.children.runner.Programs`."""

    async def start(self) -> None:
        """Remove what a crash has left."""

    async def stop(self) -> None:
        """End every program."""

    async def run(
        self, program: Program, files: Sequence[Given], limits: Limits
    ) -> policy.Outcome:
        """Run a program on files."""


class NoPrograms:
    """Where there is no directory for them: each fails, and its mail waits."""

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""

    async def run(
        self, program: Program, files: Sequence[Given], limits: Limits
    ) -> policy.Outcome:
        """Fail."""
        del program, files, limits
        return NoAnswer("not_startable", "no programs are run here")


class RulePrograms:
    """Runs what the mail that waits wants."""

    def __init__(
        self,
        store: QueueStore,
        ledger: Ledger,
        runs: Runs,
        give_back: GiveBack,
        settle: filing.Settle,
    ) -> None:
        """Prepare.

        Args:
            store: The queue.
            ledger: Sets states.
            runs: Starts programs, contained.
            give_back: Lets the filer go on with some recipients.
            settle: Carries out what the ledger says.
        """
        self.limits = Limits()
        """Replaced when the settings change; they act from the next start on."""
        self._store = store
        self._ledger = ledger
        self._runs = runs
        self._give_back = give_back
        self._settle = settle
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._alike: WeakValueDictionary[str, asyncio.Semaphore]
        self._alike = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._queue: dict[asyncio.Task[None], _Mail] = {}
        """Which mail waits for its turn."""

    async def start(self) -> None:
        """Remove what a crash has left."""
        await self._runs.start()

    def take(self, entry: QueueEntry, targets: Sequence[Target]) -> None:
        """Run what an entry wants, for some of its recipients."""
        now = self._ledger.clock.now()
        for target in targets:
            target.tried_since, target.trouble = now, _RUNS
        task = asyncio.get_running_loop().create_task(self._try(entry, list(targets)))
        self._tasks.add(task)
        self._queue[task] = entry, targets
        task.add_done_callback(self._forget)

    def recall(self, targets: Collection[Target]) -> list[_Mail]:
        """Return mail for one of these that no program has yet; none looks at it."""
        found: list[_Mail] = []
        for task, mail in list(self._queue.items()):
            if any(target in targets for target in mail[1]):
                task.cancel()
                del self._queue[task]
                found.append(mail)
        return found

    async def stop(self) -> None:
        """End every program; its mail stays in the queue."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runs.stop()

    # Inside

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._queue.pop(task, None)

    async def _try(self, entry: QueueEntry, targets: list[Target]) -> None:
        command = asking.question_of(entry.envelope).command
        try:
            outcome = await self._in_turn(command, entry)
        except PermanentFailure:
            self._note(entry, targets, permanent("5.3.0", "the message was damaged"))
            return
        except Failure as failure:
            outcome = NoAnswer("broken", failure.text)
        if isinstance(outcome, NoAnswer):
            await self._failed(entry, targets, outcome)
        elif asking.is_run(entry.envelope.step):
            self._note(entry, targets, _DONE)
        else:
            await self._answer(entry, targets, "true" if outcome.gone else "false")

    async def _in_turn(self, command: str, entry: QueueEntry) -> policy.Outcome:
        alike = self._alike.get(command)
        if alike is None:
            alike = self._alike[command] = asyncio.Semaphore(AT_ONCE_ALIKE)
        async with alike, self._turns:
            if (task := asyncio.current_task()) is not None:
                self._queue.pop(task, None)  # it cannot be taken back any more
            return await self._run(command, entry)

    async def _run(self, command: str, entry: QueueEntry) -> policy.Outcome:
        """Let a program look at a message.

        Raises:
            TemporaryFailure: The message cannot be read now.
            PermanentFailure: It is damaged or gone.
        """
        program = policy.parse("command", command, policy.RULE, needs_one=True)
        if isinstance(program, BadValue):
            return NoAnswer("not_startable", program.reason)
        octets = await self._read(entry)
        if program.wants_message:
            return await self._runs.run(program, [Given(octets)], self.limits)
        files = await asyncio.to_thread(attached_files, octets)
        if not files and not asking.is_run(entry.envelope.step):
            return policy.Ended(0, (), 0.0)
        return await self._runs.run(program, files, self.limits)

    async def _read(self, entry: QueueEntry) -> bytes:
        """Read the whole message, a piece at a time: others have their turn."""
        found: list[bytes] = []
        crc = 0
        for offset, length in pieces(0, entry.size):
            # Asked each time: a checkpoint may have moved it.
            found.append(bytes(self._store.body_of(entry).read(offset, length)))
            crc = zlib.crc32(found[-1], crc)
            await asyncio.sleep(0)
        if crc != entry.crc:
            raise PermanentFailure("the message is damaged")
        return b"".join(found)

    async def _failed(
        self, entry: QueueEntry, targets: list[Target], failure: NoAnswer
    ) -> None:
        question = asking.question_of(entry.envelope)
        words = f"{question.command} {failure.kind}: {failure.reason}"
        if not question.can_wait:
            _log.warning("%d: %s; its rule says what that means", entry.number, words)
            await self._answer(entry, targets, "failed")
            return
        last = [one for one in targets if self._ledger.is_last_try(one)]
        rest = [one for one in targets if one not in last]
        if rest:
            _log.warning("%d: %s; it is tried again", entry.number, words)
            text = f"a program that is to look at it gave no answer ({failure.kind})"
            self._note(entry, rest, transient("4.3.0", text))
        if last:
            _log.error("%d: %s; it was the last try", entry.number, words)
            await self._end(entry, last)

    async def _end(self, entry: QueueEntry, targets: list[Target]) -> None:
        if asking.is_run(entry.envelope.step):
            self._note(entry, targets, _DONE)
        else:
            await self._answer(entry, targets, "given_up")

    async def _answer(
        self, entry: QueueEntry, targets: list[Target], said: Said
    ) -> None:
        for target in targets:
            target.trouble = filing.GIVEN_BACK
        envelope = msgspec.structs.replace(
            asking.answered(entry.envelope, said),
            recipients=tuple(target.recipient for target in targets),
        )
        await self._give_back(entry, targets, envelope)

    def _note(
        self, entry: QueueEntry, targets: Iterable[Target], outcome: Outcome
    ) -> None:
        noted = [(target, outcome) for target in targets]
        for target, _ in noted:
            target.tried_since = 0.0
        self._settle(entry, self._ledger.note(entry, noted))
