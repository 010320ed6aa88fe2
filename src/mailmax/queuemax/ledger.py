"""What becomes of a recipient after a try: the retry table carried out.

Theory:
    `policy.retry` says what follows an outcome; this sets the state in memory, gives
    it to the recorder, and says what is to be done next: try again at a time, tell
    the sender that it is late, or that it is over.

Rules:
    A recipient that failed stays FAILED until the report is durable, if one is due
    (`bounce`); then RETURNED (`policy.retry`, the table). One whose sender wants to
    hear of success is DELIVERED when that report is durable: a cut before that means
    that it is sent twice, never that the report is missing.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from mailmax.base import again
from mailmax.base.ports import Clock, Random
from mailmax.message.dsn.report import Action
from mailmax.observe.events import queue as events
from mailmax.observe.trace import Trace
from mailmax.policy.notification import Event, hears_of_relaying, wants
from mailmax.policy.outcome import TEXT_OCTETS, Outcome, Result
from mailmax.policy.retry import (
    Order,
    RetryLimits,
    Schedule,
    Stage,
    Step,
    next_step,
    one_more,
)
from mailmax.policy.wishes import LATE, wait_for_release
from mailmax.queuemax.recorder import Recorder
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.store.queue.records import State
from mailmax.store.queue.store import QueueStore

STATUS_LENGTH: Final = 11

_log = logging.getLogger("queuemax")


@dataclass(slots=True)
class Verdict:
    """What is to be done for the recipients of one transaction."""

    again: dict[float, list[Target]] = field(default_factory=dict)
    """Try again, by seconds from now."""
    late: list[Target] = field(default_factory=list)
    """Tell the sender that tries go on."""
    failed: list[Target] = field(default_factory=list)
    """Tell the sender that it is over."""
    taken: dict[Action, list[tuple[Target, State]]] = field(default_factory=dict)
    """Tell the sender that it was passed on or delivered; then they are done with."""


@dataclass(slots=True)
class Ledger:
    """Sets and records states."""

    store: QueueStore
    recorder: Recorder
    limits: RetryLimits
    """Replaced when the settings change; they act from the next try on."""
    clock: Clock
    random: Random
    trace: Trace
    """Is told what is put off and what has failed."""
    schedule_of: Callable[[str], Schedule] = lambda _: Schedule.USUAL
    """Tells by which times a domain's mail is tried (lower case)."""

    def note(
        self,
        entry: QueueEntry,
        results: list[tuple[Target, Outcome]],
        *,
        is_lost: bool = False,
    ) -> Verdict:
        """Take the outcomes of one transaction.

        Args:
            entry: Whose recipients they are.
            results: Each with its outcome.
            is_lost: The message cannot be sent anywhere any more.
        """
        verdict = Verdict()
        chance = -1.0
        for target, outcome in results:
            if not target.stage.is_waiting:
                continue  # found damaged meanwhile
            if outcome.result is Result.DELIVERED:
                self._deliver(entry, target, outcome, verdict)
            elif target.state.is_ordered:
                self.end(entry, target, verdict)
            elif target.is_redirected and not is_lost:
                self.redirect(entry, target, verdict)
            elif is_lost:
                self._fail(entry, target, outcome, verdict)
            else:
                if chance < 0:  # the same for all: they are tried together
                    chance = self.random.uniform(0.0, 1.0)
                self._put_off(entry, target, outcome, verdict, chance)
        return verdict

    def is_last_try(self, target: Target) -> bool:
        """Tell whether a transient failure now would be the end."""
        return self._step_after(target, 0.5).stage is Stage.FAILED

    def change(self, target: Target, state: State) -> None:
        """Set and record what an administrator wants."""
        self._keep(target, state)

    def end(self, entry: QueueEntry, target: Target, verdict: Verdict) -> None:
        """Carry an order out: the state says why, and whether it is told."""
        state = target.state
        _log.info(
            "%d to <%s> is given up: %s", entry.number, target.address, state.text
        )
        if state.order is Order.RETURN:
            state = replace(
                state, stage=Stage.FAILED, due_ms=self.now_ms, is_held=False
            )
            self._keep(target, state)
            verdict.failed.append(target)
        else:
            self._set(entry, target, Stage.RETURNED)

    def redirect(self, entry: QueueEntry, target: Target, verdict: Verdict) -> None:
        """Begin anew with the address that the state names."""
        target.redirect()
        wait_s = wait_for_release(entry.envelope, self.now_ms)
        due_ms = self.now_ms + int(wait_s * 1000) if wait_s else 0
        state = replace(target.state, stage=Stage.FRESH, tries=0, due_ms=due_ms)
        self._keep(target, state)
        if not state.is_held:
            verdict.again.setdefault(wait_s, []).append(target)

    def expire(
        self, entry: QueueEntry, targets: Iterable[Target], outcome: Outcome = LATE
    ) -> Verdict:
        """The time of these is over, and nobody tries them: they are returned."""
        verdict = Verdict()
        for target in targets:
            self._fail(entry, target, outcome, verdict, tried=0)
        return verdict

    def tell_late(self, targets: Iterable[Target]) -> Verdict:
        """The deadline has passed: the sender is told, and tries go on."""
        late = [target for target in targets if not target.state.is_late]
        for target in late:
            self._keep(target, replace(target.state, is_late=True))
        return Verdict(late=late)

    @property
    def now_ms(self) -> int:
        """The Unix time in milliseconds."""
        return int(self.clock.now() * 1000)

    def put_back(self, entry: QueueEntry, target: Target, outcome: Outcome) -> None:
        """It waits for a word again: nothing counts against it, the cause is kept."""
        _log.info(
            "%d to <%s> held again: %s", entry.number, target.address, _shown(outcome)
        )
        attempts = target.state.attempts + 1
        stage, tries = target.stage, target.state.tries
        self._keep(target, _state_of(target, stage, attempts, outcome, tries))

    def returned(self, entry: QueueEntry, targets: list[Target]) -> None:
        """The report on these is durable, or nobody is to be told."""
        for target in targets:
            self._set(entry, target, Stage.RETURNED)

    def delivered(self, entry: QueueEntry, targets: Iterable[Target]) -> None:
        """The report that these were passed on is durable."""
        for target in targets:
            target.tried_since = 0.0
            self._set(entry, target, Stage.DELIVERED)

    def _deliver(
        self, entry: QueueEntry, target: Target, outcome: Outcome, verdict: Verdict
    ) -> None:
        """Be done with it; one that is told of stays as being tried until then."""
        if not _is_asked_for(entry, target, outcome):
            self._set(entry, target, Stage.DELIVERED)
            return
        attempts = target.state.attempts + 1
        state = _state_of(target, Stage.DELIVERED, attempts, outcome)
        target.tried_since = self.clock.now()
        action = Action.DELIVERED if outcome.is_final else Action.RELAYED
        verdict.taken.setdefault(action, []).append((target, state))

    def _fail(
        self,
        entry: QueueEntry,
        target: Target,
        outcome: Outcome,
        verdict: Verdict,
        tried: int = 1,
    ) -> None:
        self.trace.emit(
            events.MailFailed(entry.number, target.address, _shown(outcome))
        )
        attempts = target.state.attempts + tried
        now_ms = self.now_ms
        state = _state_of(target, Stage.FAILED, attempts, outcome, due_ms=now_ms)
        self._keep(target, state)
        verdict.failed.append(target)

    def _put_off(
        self,
        entry: QueueEntry,
        target: Target,
        outcome: Outcome,
        verdict: Verdict,
        chance: float,
    ) -> None:
        is_permanent = outcome.result is Result.PERMANENT
        step = self._step_after(target, chance, is_permanent=is_permanent)
        if step.stage is Stage.FAILED and again.is_endless(entry.envelope):
            step = one_more(self.limits, chance)
        if step.stage is Stage.FAILED:
            self._fail(entry, target, outcome, verdict)
            return
        if entry.is_expired:
            self._fail(entry, target, LATE, verdict)
            return
        self.trace.emit(
            events.MailPutOff(
                entry.number, target.address, _shown(outcome), step.wait_s
            )
        )
        due_ms = int((self.clock.now() + step.wait_s) * 1000)
        attempts = target.state.attempts + 1
        state = _state_of(target, step.stage, attempts, outcome, step.tries, due_ms)
        self._keep(target, state)
        if not state.is_held:
            verdict.again.setdefault(step.wait_s, []).append(target)
        if step.is_notice_due and not state.is_late:
            verdict.late.append(target)

    def _step_after(
        self, target: Target, chance: float, *, is_permanent: bool = False
    ) -> Step:
        schedule = self.schedule_of(target.address.rpartition("@")[2].lower())
        return next_step(
            target.stage,
            target.state.tries,
            self.limits.of(schedule),
            chance,
            is_permanent=is_permanent,
        )

    def _set(self, entry: QueueEntry, target: Target, stage: Stage) -> None:
        self._keep(target, State(target.state.key, stage))
        if entry.is_over:
            self.store.drop(entry)

    def _keep(self, target: Target, state: State) -> None:
        self.store.settle(target, state)
        self.recorder.add(state)


def _is_asked_for(entry: QueueEntry, target: Target, outcome: Outcome) -> bool:
    """Tell whether the sender is to be told by us that it was taken."""
    if outcome.is_told_on or not entry.envelope.reverse_path:
        return False
    if outcome.is_final:
        return wants(target.recipient, Event.SUCCESS)
    return hears_of_relaying(entry.envelope, target.recipient)


def _state_of(
    target: Target,
    stage: Stage,
    attempts: int,
    outcome: Outcome,
    tries: int = 0,
    due_ms: int = 0,
) -> State:
    text = f"{outcome.code} {outcome.text}" if outcome.code else outcome.text
    return State(
        key=target.state.key,
        stage=stage,
        tries=tries,
        due_ms=due_ms,
        status=outcome.status[:STATUS_LENGTH],
        text=text[:TEXT_OCTETS],
        host=outcome.host,
        attempts=attempts,
        is_held=target.state.is_held,
        is_late=target.state.is_late,
        address=target.state.address,
    )


def _shown(outcome: Outcome) -> str:
    return f"{outcome.status} {outcome.text[:200]} {outcome.host}".rstrip()
