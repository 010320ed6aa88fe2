"""What administrators do with mail that waits: try, hold, let go, end, send elsewhere.

Theory:
    `policy.retry` has the table. A word acts at once on what waits; mail in a lane
    that no connection has yet is taken back for it. What is being tried obeys when
    the try has ended: the state says what is wanted, so a restart in between keeps it.

Rules:
    A change is durable when the call returns. An entry that still lies in a journal is
    kept for it first: its states count only with the entry.
    Nothing is delivered twice for it: who is in a connection's hands stays there.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from mailmax.policy.outcome import Outcome
from mailmax.policy.retry import Order
from mailmax.policy.wishes import wait_for_release
from mailmax.queuemax.checkpoint import Checkpoints
from mailmax.queuemax.dispatch import Dispatch
from mailmax.queuemax.ledger import Ledger, Verdict
from mailmax.store.queue.entry import QueueEntry, Target

FLUSH_EVERY_S: Final = 0.005
"""Between two messages of a flush: 100,000 take eight minutes."""


class Chosen(NamedTuple):
    """One recipient that an administrator means."""

    entry: QueueEntry
    target: Target


class Steered(NamedTuple):
    """For how many a change acts; who is over, or is so already, is not counted."""

    done: int = 0
    later: int = 0
    """They are being tried: it acts when the try ends, unless that delivers."""


class Steering:
    """See the head of this file."""

    def __init__(
        self,
        ledger: Ledger,
        dispatch: Dispatch,
        checkpoints: Checkpoints,
        settle: Callable[[QueueEntry, Verdict], None],
    ) -> None:
        """Prepare.

        Args:
            ledger: Sets states.
            dispatch: Has what is tried, and what is to be.
            checkpoints: Keeps what still lies in a journal.
            settle: Carries out what the ledger says.
        """
        self._ledger = ledger
        self._dispatch = dispatch
        self._checkpoints = checkpoints
        self._settle = settle

    async def retry(self, chosen: Iterable[Chosen]) -> Steered:
        """Try now, but not what is held; nothing of it needs to be durable."""
        waiting = [
            one
            for one in _waiting(chosen)
            if not one.target.state.is_held and not one.target.is_held
        ]
        entries = _by_entry(one for one in waiting if not one.target.tried_since)
        self._dispatch.wake(entries)
        self._dispatch.try_soon(entries, is_early=True)
        return Steered(len(waiting))

    async def flush(self, chosen: Iterable[Chosen]) -> Steered:
        """Try all soon, but not all at once.

        Held and tried mail is left alone, and what its sender does not let go yet.
        """
        now_ms = self._ledger.now_ms
        free = [
            one
            for one in _waiting(chosen)
            if _is_free(one.target) and not wait_for_release(one.entry.envelope, now_ms)
        ]
        entries = _by_entry(free)
        self._dispatch.wake(entries)
        self._dispatch.try_spread(entries, FLUSH_EVERY_S)
        return Steered(len(free))

    async def put_off(self, chosen: Iterable[Chosen], wait_s: float) -> Steered:
        """Try it after that time; held and tried mail is left alone.

        A restart believes the time as it believes any other (`policy.retry`).

        Raises:
            Failure: It acts, and may or may not be durable.
        """
        waiting = _waiting(chosen)
        self._dispatch.recall({one.target for one in waiting})
        free = [one for one in waiting if _is_free(one.target)]
        due_ms = self._ledger.now_ms + int(wait_s * 1000)
        for _, target in free:
            self._ledger.change(target, replace(target.state, due_ms=due_ms))
        self._dispatch.try_later(_by_entry(free), wait_s)
        await self._make_durable(free)
        return Steered(len(free))

    async def hold(self, chosen: Iterable[Chosen]) -> Steered:
        """Begin no try before the release.

        Raises:
            Failure: It acts, and may or may not be durable.
        """
        waiting = [one for one in _waiting(chosen) if not one.target.state.is_held]
        self._dispatch.recall({one.target for one in waiting})
        for _, target in waiting:
            self._ledger.change(target, replace(target.state, is_held=True))
        steered = _count(waiting)
        await self._make_durable(waiting)
        return steered

    async def release(self, chosen: Iterable[Chosen]) -> Steered:
        """Hold no more, and try now what its sender lets go.

        Raises:
            Failure: It acts, and may or may not be durable.
        """
        held = [one for one in _waiting(chosen) if one.target.state.is_held]
        for _, target in held:
            self._ledger.change(target, replace(target.state, is_held=False))
        steered = _count(held)
        self._dispatch.try_soon(
            _by_entry(
                one
                for one in held
                if not (one.target.is_held or one.target.tried_since)
            )
        )
        await self._make_durable(held)
        return steered

    async def give_up(
        self, chosen: Iterable[Chosen], outcome: Outcome, *, with_report: bool
    ) -> Steered:
        """End it.

        Args:
            chosen: Who gets it no more.
            outcome: Why, for the report.
            with_report: Tell the sender; else nobody is.

        Raises:
            Failure: It acts, and may or may not be durable.
        """
        waiting = _waiting(chosen)
        self._dispatch.recall({one.target for one in waiting})
        order = Order.RETURN if with_report else Order.DISCARD
        steered = _count(waiting)
        for entry, targets in _by_entry(waiting):
            verdict = Verdict()
            for target in targets:
                state = replace(
                    target.state,
                    order=order,
                    status=outcome.status,
                    text=outcome.text,
                    host=outcome.host,
                )
                self._ledger.change(target, state)
                if not target.tried_since:
                    self._ledger.end(entry, target, verdict)
            self._settle(entry, verdict)
        await self._make_durable(waiting)
        return steered

    async def redirect(self, chosen: Chosen, address: str) -> Steered:
        """Send it to another address, by the tries that fresh mail has.

        Args:
            chosen: Whose address is changed.
            address: In the form of `base.envelope.Recipient`.

        Returns:
            Nothing done where another recipient of the message has that address.

        Raises:
            Failure: It acts, and may or may not be durable.
        """
        entry, target = chosen
        others = {_goal(one) for one in entry.targets if one.stage.is_waiting}
        if not target.stage.is_waiting or address in others:
            return Steered()
        self._dispatch.recall({target})
        self._dispatch.forget_held(target)
        steered = _count([chosen])
        self._ledger.change(target, replace(target.state, address=address))
        if not target.tried_since:
            verdict = Verdict()
            self._ledger.redirect(entry, target, verdict)
            self._settle(entry, verdict)
        await self._make_durable([chosen])
        return steered

    async def _make_durable(self, chosen: Iterable[Chosen]) -> None:
        entries = {entry.number: entry for entry, _ in chosen}
        await self._checkpoints.keep(entries.values())
        await self._ledger.recorder.flush()


def _waiting(chosen: Iterable[Chosen]) -> list[Chosen]:
    """Return those who are still to get it and are not given up, once each."""
    seen: dict[Target, Chosen] = {}
    for one in chosen:
        state = one.target.state
        if state.stage.is_waiting and not state.is_ordered:
            seen[one.target] = one
    return list(seen.values())


def _is_free(target: Target) -> bool:
    return not (target.state.is_held or target.is_held or target.tried_since)


def _by_entry(
    chosen: Iterable[Chosen],
) -> Collection[tuple[QueueEntry, list[Target]]]:
    found: dict[int, tuple[QueueEntry, list[Target]]] = {}
    for entry, target in chosen:
        found.setdefault(entry.number, (entry, []))[1].append(target)
    return found.values()


def _count(chosen: Sequence[Chosen]) -> Steered:
    later = sum(target.tried_since > 0 for _, target in chosen)
    return Steered(len(chosen) - later, later)


def _goal(target: Target) -> str:
    """Return where a recipient goes, or will when its try ends."""
    return target.state.address or target.address
