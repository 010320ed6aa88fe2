"""Between the queue and the pool: which mail is tried now, and what follows.

Theory:
    An entry's recipients are grouped by destination: one transaction each, at most
    100 recipients. What comes back goes through the ledger; what is put off is planned
    (`plans`); what failed is reported.

Rules:
    A recipient is in one place only: over, planned, held, or busy in the pool.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from mailmax.base import homeward
from mailmax.base.again import is_endless
from mailmax.base.asking import concerns_program, is_run
from mailmax.message.dsn.report import Action
from mailmax.observe.events import queue as events
from mailmax.policy.outcome import Outcome, Result, at_own_host, transient
from mailmax.policy.retry import Stage, wait_until
from mailmax.policy.routing import Destination
from mailmax.policy.wishes import wait_for_release
from mailmax.queuemax.bounce import Told
from mailmax.queuemax.held_mail import Held
from mailmax.queuemax.ledger import Ledger, Verdict
from mailmax.queuemax.mail import Mail
from mailmax.queuemax.plans import Plans
from mailmax.queuemax.pool import Pool
from mailmax.queuemax.sent import Sent
from mailmax.queuemax.ways import Ways
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.store.queue.records import State
from mailmax.store.queue.store import QueueStore

RECIPIENTS: Final = 100
ROUNDS: Final = 3
"""What came back from the filer so often waits, instead of going round in haste."""
_UNSETTLED: Final = transient("4.3.0", "the domain was changed a moment ago")

_log = logging.getLogger("queuemax")

Tell = Callable[[QueueEntry, Told, Action], None]


class Dispatch:
    """Gives mail to the pool and takes what came of it."""

    def __init__(
        self, store: QueueStore, ledger: Ledger, tell: Tell, held: Held, ways: Ways
    ) -> None:
        """Prepare; `pool`, `file` and `run` are set before mail comes.

        Args:
            store: The queue.
            ledger: Sets states.
            tell: Reports to the sender: entry, recipients, what became of them.
            held: Keeps what is not to be tried.
            ways: Tells where mail goes.
        """
        self.pool: Pool
        self.file: Callable[[QueueEntry, Sequence[Target]], None]
        """Gives to the filer what is to be filed here."""
        self.run: Callable[[QueueEntry, Sequence[Target]], None]
        """Runs the program that rules want, and then does the same."""
        self.recall_runs: Callable[
            [Collection[Target]], Iterable[tuple[QueueEntry, Sequence[Target]]]
        ]
        """Takes back what has no program yet."""
        self.doubtful = 0
        """Messages whose end was never answered: possible duplicates (TRUST C1)."""
        self._store = store
        self._ledger = ledger
        self._tell = tell
        self._held = held
        self._ways = ways
        self._plans = Plans(self.try_now)

    def begin(self, entry: QueueEntry, targets: Sequence[Target]) -> None:
        """Try fresh recipients, or when their sender lets them go (RFC 4865)."""
        now_ms = self._ledger.now_ms if entry.envelope.wishes else 0
        wait_s = wait_for_release(entry.envelope, now_ms)
        if not wait_s or entry.is_expired:
            self.try_now(entry, targets)
            return
        for target in targets:
            due_ms = now_ms + int(wait_s * 1000)
            target.state = replace(target.state, due_ms=due_ms)
        self._plans.add([(entry, targets)], wait_s)

    def try_now(self, entry: QueueEntry, targets: Iterable[Target]) -> None:
        """Give recipients to the pool, grouped by destination."""
        groups: dict[tuple[Destination | Outcome, bool], list[Target]] = {}
        local: list[Target] = []
        sender, step = _domain_of(entry.envelope.reverse_path), entry.envelope.step
        for target in targets:
            if not _is_free(target):
                continue
            domain = _domain_of(target.address)
            is_ours = target.local or is_run(step) or is_endless(entry.envelope)
            if is_ours or self._ways.leads_here(target.address, domain, step):
                local.append(target)
            elif not self._held.keep(domain, entry, target):
                way = self._ways.find_for(target.address, domain, sender)
                key = way, target.stage is not Stage.FRESH
                groups.setdefault(key, []).append(target)
        for (way, is_retry), group in groups.items():
            self._send(entry, way, group, is_retry=is_retry)
        if local:
            self._send_home(entry, local)

    def _send(
        self,
        entry: QueueEntry,
        way: Destination | Outcome,
        targets: Sequence[Target],
        *,
        is_retry: bool,
    ) -> None:
        if isinstance(way, Outcome):
            self._settle(entry, [(target, way) for target in targets])
            return
        for start in range(0, len(targets), RECIPIENTS):
            part = targets[start : start + RECIPIENTS]
            self._submit(Mail(entry, part, way, self._store, is_retry))

    def _submit(self, mail: Mail) -> None:
        now = self._ledger.clock.now()
        for target in mail.targets:
            target.tried_since = now
        if mail.is_retry:
            self._tell_retry(mail)
        self.pool.submit(mail)

    def _tell_retry(self, mail: Mail) -> None:
        trace = self._ledger.trace
        for target in mail.targets:
            number, attempts = mail.entry.number, target.state.attempts
            trace.emit(events.MailRetried(number, target.address, attempts))

    def _send_home(self, entry: QueueEntry, targets: Sequence[Target]) -> None:
        """Give mail to the filer; later, if it keeps handing it over again.

        It does while it knows the domain by its former kind.
        """
        for target in targets:
            target.is_held = False
        if concerns_program(entry.envelope.step):
            self.run(entry, targets)
            return
        is_odd = homeward.rounds_of(entry.envelope.step) >= ROUNDS
        early = [one for one in targets if is_odd and one.stage is Stage.FRESH]
        rest = [one for one in targets if one not in early]
        if early:
            late = [(one, _UNSETTLED) for one in early]
            self.carry_out(entry, self._ledger.note(entry, late))
        if rest:
            self.file(entry, rest)

    def resume(self, entries: Iterable[QueueEntry]) -> None:
        """After a restart: plan everything that waits."""
        for entry in entries:
            self._resume(entry)

    def _resume(self, entry: QueueEntry) -> None:
        now_ms = self._ledger.now_ms
        verdict = Verdict()
        for target in entry.targets:
            state = target.state
            if state.stage is Stage.FAILED:
                verdict.failed.append(target)
            elif not state.stage.is_waiting:
                continue
            elif state.is_ordered:
                self._ledger.end(entry, target, verdict)
            elif not state.is_held and not self._keep(entry, target):
                wait_s = self._wait_of(entry, state, now_ms)
                verdict.again.setdefault(wait_s, []).append(target)
        for wait_s, targets in verdict.again.items():
            self._plans.add([(entry, targets)], wait_s)
        if verdict.failed:
            self._tell(entry, _as_they_are(verdict.failed), Action.FAILED)

    def _wait_of(self, entry: QueueEntry, state: State, now_ms: int) -> float:
        """Return for how many seconds a recipient waits still."""
        if state.stage is Stage.FRESH:
            return wait_for_release(entry.envelope, now_ms)
        return wait_until(state.stage, state.due_ms, now_ms, self._ledger.limits)

    def try_soon(
        self,
        chosen: Iterable[tuple[QueueEntry, Sequence[Target]]],
        *,
        is_early: bool = False,
    ) -> None:
        """Plan recipients for now; a slice of them at a time is tried.

        Args:
            chosen: Those that wait, by entry.
            is_early: Also what its sender does not let go yet.
        """
        now_ms = self._ledger.now_ms
        for entry, targets in chosen:
            wait_s = 0.0 if is_early else wait_for_release(entry.envelope, now_ms)
            self._plans.add([(entry, targets)], wait_s)

    def try_later(
        self, chosen: Iterable[tuple[QueueEntry, Sequence[Target]]], wait_s: float
    ) -> None:
        """Plan recipients for a time, so many seconds from now."""
        self._plans.add(chosen, wait_s)

    def try_spread(
        self, chosen: Iterable[tuple[QueueEntry, Sequence[Target]]], every_s: float
    ) -> None:
        """Plan messages one after another, behind those spread before.

        Nobody is tried later for it.
        """
        self._plans.spread(chosen, every_s)

    def wake(self, chosen: Iterable[tuple[QueueEntry, Sequence[Target]]]) -> None:
        """Believe that mail for these can be sent again, whatever failed before."""
        ways = {
            self._ways.find_for(one.address, _domain_of(one.address), sender)
            for entry, targets in chosen
            for sender in (_domain_of(entry.envelope.reverse_path),)
            for one in targets
        }
        for way in ways:
            if isinstance(way, Destination):
                self.pool.wake(way)

    def release_held(self) -> None:
        """Try what is held no more, a slice at a time."""
        self.try_soon(self._held.release())

    def start_etrn(self, domains: Iterable[str]) -> int:
        """Try what is held for some domains; return how many messages that are."""
        found = self._held.ask(domains)
        self.wake(found)  # whoever asks is there
        self.try_soon(found)
        return len(found)

    def on_sent(self, mail: Mail, sent: Sent) -> None:
        """Take what came of one transaction."""
        entry = mail.entry
        for target in mail.targets:
            target.tried_since = 0.0
        if sent.is_doubtful:
            self.doubtful += 1
            _log.warning("%d may have been taken and is tried again", entry.number)
        again = set(sent.again)
        results: list[tuple[Target, Outcome]] = []
        more: list[Target] = []
        for index, (target, outcome) in enumerate(
            zip(mail.targets, sent.outcomes, strict=True)
        ):
            if index in again:
                more.append(target)
            elif mail.destination.is_configured:
                results.append((target, at_own_host(outcome)))
            else:
                results.append((target, outcome))
        self._settle(entry, results)
        if more:
            self._held.let_pass(more)
            self.try_now(entry, more)

    def _settle(
        self, entry: QueueEntry, results: Iterable[tuple[Target, Outcome]]
    ) -> None:
        """Take outcomes; what waits for a word and could not be sent waits again."""
        noted = []
        for target, outcome in results:
            is_late = outcome.result is Result.TRANSIENT and _has_no_order(target)
            if is_late and not entry.is_expired and self._keep(entry, target):
                self._ledger.put_back(entry, target, outcome)
            else:
                noted.append((target, outcome))
        self.carry_out(entry, self._ledger.note(entry, noted))

    def _keep(self, entry: QueueEntry, target: Target) -> bool:
        return self._held.keep(_domain_of(target.address), entry, target)

    def carry_out(self, entry: QueueEntry, verdict: Verdict) -> None:
        """Do what the ledger says."""
        for wait_s, targets in verdict.again.items():
            self._plans.add([(entry, targets)], wait_s)
        if verdict.late:
            self._tell(entry, _as_they_are(verdict.late), Action.DELAYED)
        if verdict.failed:
            self._tell(entry, _as_they_are(verdict.failed), Action.FAILED)
        for action, told in verdict.taken.items():
            self._tell(entry, told, action)

    def recall(self, targets: Collection[Target]) -> None:
        """Take back what no connection and no program has yet; its plans count no more.

        Who shares a transaction or a program with one of these is tried again.
        """
        for target in targets:
            target.due = 0.0
        busy = {target for target in targets if target.tried_since}
        if not busy:
            return
        found = [(mail.entry, mail.targets) for mail in self.pool.recall(busy)]
        for entry, together in (*found, *self.recall_runs(busy)):
            for target in together:
                target.tried_since = 0.0
            others = [target for target in together if target not in targets]
            self._held.let_pass(others)
            self.try_now(entry, others)

    def forget_held(self, target: Target) -> None:
        """Hold a recipient no more for its domain's sake."""
        self._held.forget(target)

    def connections_to(self, domain: str) -> tuple[int, int]:
        """Return how many connections a domain's mail has, and how many it may have.

        By the way of all senders: some domains' mail has a smart host of its own.
        """
        way = self._ways.find(domain, "")
        return self.pool.connections_to(way) if isinstance(way, Destination) else (0, 0)

    def stop(self) -> None:
        """Try nothing more."""
        self._plans.stop()


def _is_free(target: Target) -> bool:
    """Tell whether a recipient may be tried; it is planned no more."""
    target.due = 0.0
    if target.state.is_held:
        target.is_held = False  # its domain has let it go; the administrator has not
        return False
    # Over: `QueueStore.disown`, or its deadline has passed. In the pool's hands: its
    # domain let it go twice.
    return target.stage.is_waiting and not target.tried_since


def _has_no_order(target: Target) -> bool:
    """Tell whether it waits on, as far as administrators are concerned."""
    state = target.state
    return state.stage.is_waiting and not (state.is_ordered or target.is_redirected)


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _as_they_are(targets: Iterable[Target]) -> Told:
    return [(target, target.state) for target in targets]
