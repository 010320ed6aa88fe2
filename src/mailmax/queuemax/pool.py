"""The pool: lanes with connections, opened, used again, closed.

Theory:
    `submit` gives a message to its lane. An idle session takes it at once; else it
    waits, and `scheduler.Turns` says which lane opens another connection, as far as
    there are places (`slots`). A task owns each connection: open, send, send again,
    wait a moment for more, QUIT.

Rules:
    Fresh and retried mail have limits of their own (Manual §4.4): mail to dead hosts
    cannot use up what fresh mail needs. Hosts that do not take the call do not count
    for long.
    `on_sent` is called once for each message submitted; exceptions of a task become
    transient outcomes, never a lost message.

Limits:
    100 fresh and 20 retried connections in all by default (Manual §4.4; Postfix
    default_process_limit 100); 1,000 messages a connection; idle for 2 s at most.
    Of a lane that is down 100 messages are put off between two looks at the rest.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from mailmax.base.ports import Random
from mailmax.policy.outcome import Outcome, transient
from mailmax.policy.routing import Destination
from mailmax.queuemax.attempt import Opener, Opening
from mailmax.queuemax.lane import Lane, LaneKey
from mailmax.queuemax.mail import Mail
from mailmax.queuemax.scheduler import Turns
from mailmax.queuemax.sent import Sent
from mailmax.queuemax.session import RemoteSession
from mailmax.queuemax.slots import PATIENCE_S, SPREAD_S, Slot, Slots
from mailmax.store.queue.entry import Target

MESSAGES: Final = 1000
IDLE_S: Final = 2.0
SLICE: Final = 100

_log = logging.getLogger("queuemax")

OnSent = Callable[[Mail, Sent], None]


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How many connections in all (Manual §4.4)."""

    fresh: int = 100
    retried: int = 20
    idle_s: float = IDLE_S


class Pool:
    """All outgoing connections of the process."""

    def __init__(
        self, opener: Opener, limits: PoolLimits, on_sent: OnSent, random: Random
    ) -> None:
        """Prepare; connections are opened as mail comes.

        Args:
            opener: Opens sessions.
            limits: How many.
            on_sent: Takes what came of each message.
            random: Spreads what would happen all at once.
        """
        self.opener = opener
        self._limits = limits
        self._on_sent = on_sent
        self._random = random
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[LaneKey, Lane] = {}
        self._turns: dict[bool, Turns[Lane]] = {False: Turns(), True: Turns()}
        """Lanes that want a connection: of fresh mail, and of retried."""
        self._slots = {False: Slots(limits.fresh), True: Slots(limits.retried)}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closing = False

    @property
    def connections(self) -> int:
        """Open or opening connections."""
        return len(self._tasks)

    def connections_to(self, destination: Destination) -> tuple[int, int]:
        """Return how many connections a destination has, and how many it may have.

        Those for all kinds of mail together.
        """
        lanes = self._lanes_to(destination)
        return (
            sum(lane.active for lane in lanes),
            sum(int(lane.window.size) for lane in lanes),
        )

    def use(self, limits: PoolLimits) -> None:
        """Follow other limits; connections above them are not cut off."""
        self._limits = limits
        self._slots[False].limit = limits.fresh
        self._slots[True].limit = limits.retried
        for is_retry in (False, True):
            self._open_more(is_retry)

    def submit(self, mail: Mail) -> None:
        """Take a message; `on_sent` will be called for it."""
        key = LaneKey(mail.destination, mail.is_retry, mail.needs_proof)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(key)
        for target in mail.targets:
            target.trouble = lane.trouble
        down = lane.is_down(self._loop.time())
        if down is not None:
            self._loop.call_soon(self._put_off, mail, down)
        elif not lane.offer(mail):
            lane.waiting.add(mail)
            self._look_at(lane)

    def recall(self, targets: Collection[Target]) -> list[Mail]:
        """Return mail for one of these that no connection has yet; it is not sent."""

        def is_meant(mail: Mail) -> bool:
            return any(target in targets for target in mail.targets)

        found: list[Mail] = []
        for lane in self._lanes.values():
            if lane.waiting:
                found += lane.waiting.recall(is_meant)
        return found

    async def close(self, grace_s: float) -> None:
        """Let what is being sent finish, then cut the rest off."""
        self._is_closing = True
        for lane in self._lanes.values():
            lane.waiting.clear()
            for waiter in lane.idle:
                if not waiter.done():
                    waiter.set_result(None)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wake(self, destination: Destination) -> None:
        """Believe that a destination works again."""
        for lane in self._lanes_to(destination):
            lane.down_until = 0.0

    # Inside

    def _lanes_to(self, destination: Destination) -> list[Lane]:
        keys = product((destination,), (False, True), (False, True))
        found = (self._lanes.get(LaneKey(*key)) for key in keys)
        return [lane for lane in found if lane is not None]

    def _look_at(self, lane: Lane) -> None:
        """Let a lane have its turn, if it wants one."""
        is_retry = lane.key.is_retry
        if lane.wants_more:
            self._turns[is_retry].want(lane, lane.active)
            self._open_more(is_retry)
        else:
            self._turns[is_retry].drop(lane)

    def _open_more(self, is_retry: bool) -> None:  # noqa: FBT001
        """Begin as many connections as there are places."""
        turns, slots = self._turns[is_retry], self._slots[is_retry]
        while slots.free > 0 and not self._is_closing:
            lane = turns.take()
            if lane is None:
                return
            if lane.wants_more:
                self._start(lane)
            if lane.wants_more:
                turns.want(lane, lane.active)

    def _start(self, lane: Lane) -> None:
        lane.active += 1
        lane.opening += 1
        slot = Slot(self._slots[lane.key.is_retry])
        task = self._loop.create_task(self._serve(lane, slot))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, lane: Lane, slot: Slot) -> None:
        """Own one connection."""
        try:
            session = await self._open_session(lane, slot)
            was_open = isinstance(session, RemoteSession)
            trouble = (
                await self._use(lane, session)
                if isinstance(session, RemoteSession)
                else session
            )
            now = self._loop.time()
            if trouble and lane.has_failed(trouble, now, was_open=was_open):
                self._turns[lane.key.is_retry].drop(lane)
                self._put_off_some(lane, trouble)
        finally:
            slot.leave()
            self._ended(lane)

    async def _open_session(self, lane: Lane, slot: Slot) -> RemoteSession | Outcome:
        key = lane.key
        opening = Opening(lane.trouble, key.needs_proof, slot.connected)
        try:
            async with asyncio.timeout(None) as patience:
                self._wait_for_it(key.is_retry, slot, patience)
                return await self.opener.open(key.destination, opening)
        except TimeoutError:
            text = f"no connection in {PATIENCE_S:.0f} s, and many hosts are silent"
            return transient("4.4.1", text)
        except Exception:  # noqa: BLE001 - one bug, one message
            _log.exception("opening a connection to %s failed", key.destination)
            return transient("4.3.0", "internal error")
        finally:
            lane.opening -= 1

    def _wait_for_it(
        self,
        is_retry: bool,  # noqa: FBT001
        slot: Slot,
        patience: asyncio.Timeout,
    ) -> None:
        wait_s = self._random.uniform(PATIENCE_S - SPREAD_S, PATIENCE_S + SPREAD_S)
        slot.call_unless_connected(wait_s, self._stand_aside, is_retry, slot, patience)

    def _stand_aside(
        self,
        is_retry: bool,  # noqa: FBT001
        slot: Slot,
        patience: asyncio.Timeout,
    ) -> None:
        """A host does not take the call: let others have the place."""
        if not self._turns[is_retry]:
            self._wait_for_it(is_retry, slot, patience)
        elif slot.step_aside():
            self._open_more(is_retry)
        elif is_retry:
            self._wait_for_it(is_retry, slot, patience)
        else:
            patience.reschedule(self._loop.time())

    async def _use(self, lane: Lane, session: RemoteSession) -> Outcome | None:
        """Send until nothing comes any more, or the connection breaks."""
        try:
            for count in range(MESSAGES):
                mail = await self._next_mail(lane)
                if mail is None:
                    break
                sent = await self._send(session, mail)
                lane.ended(mail)
                if count and sent.is_unheard:  # closed while it was idle
                    lane.waiting.add_in_front(mail)
                    return None
                trouble = self._settle(lane, mail, sent)
                if trouble is not None or not session.is_usable:
                    return trouble
            await session.quit()
        finally:
            session.abort()
        return None

    async def _next_mail(self, lane: Lane) -> Mail | None:
        return None if self._is_closing else await lane.next_mail(self._limits.idle_s)

    def _settle(self, lane: Lane, mail: Mail, sent: Sent) -> Outcome | None:
        """Give results on; return what was wrong with the connection."""
        self._on_sent(mail, sent)
        trouble = _find_trouble(sent.outcomes)
        if trouble is None:
            lane.window.succeeded()
            if lane.waiting:
                self._look_at(lane)
        return trouble

    async def _send(self, session: RemoteSession, mail: Mail) -> Sent:
        try:
            return await session.send(mail)
        except Exception:  # noqa: BLE001 - one bug, one message
            _log.exception("sending message %d failed", mail.entry.number)
            session.abort()
            return Sent([transient("4.3.0", "internal error")] * len(mail.targets))

    def _ended(self, lane: Lane) -> None:
        """A connection ended: who goes next?"""
        lane.active -= 1
        if lane.down_outcome is None:
            self._forget(lane)
        self._look_at(lane)
        self._open_more(lane.key.is_retry)

    def _put_off_some(self, lane: Lane, outcome: Outcome) -> None:
        """Give back what waits for a lane that is down, a slice at a time."""
        for _ in range(SLICE):
            mail = lane.waiting.take_any()
            if mail is None:
                break
            self._put_off(mail, outcome)
        if lane.waiting:
            self._loop.call_soon(self._put_off_some, lane, outcome)
        else:
            wait_s = max(0.0, lane.down_until - self._loop.time())
            self._loop.call_later(wait_s, self._forget, lane)

    def _put_off(self, mail: Mail, outcome: Outcome) -> None:
        self._on_sent(mail, Sent([outcome] * len(mail.targets)))

    def _forget(self, lane: Lane) -> None:
        is_known = self._lanes.get(lane.key) is lane
        if is_known and not lane.active and not lane.waiting:
            del self._lanes[lane.key]


def _find_trouble(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Return what broke a connection, or None: answers about mail are no trouble."""
    for outcome in outcomes:
        is_ours = outcome.code == 0 and outcome.status.startswith("4.4")
        if is_ours or outcome.code == 421:
            return outcome
    return None
