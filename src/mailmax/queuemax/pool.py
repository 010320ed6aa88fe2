"""The pool: lanes with connections, opened, used again, closed.

Theory:
    `submit` gives a message to its lane. An idle session takes it at once; else it
    waits, and `choose_lanes` decides which lanes open another connection. A task owns
    each connection: open, send, send again, wait a moment for more, QUIT.

Rules:
    Fresh and retried mail have limits of their own (Manual §4.4): mail to dead hosts
    cannot use up what fresh mail needs.
    `on_sent` is called once for each message submitted; exceptions of a task become
    transient outcomes, never a lost message.

Limits:
    100 fresh and 20 retried connections in all by default (Manual §4.4; Postfix
    default_process_limit 100); 100 messages a connection; idle for 2 s at most.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from mailmax.policy.outcome import Outcome, transient
from mailmax.policy.routing import Destination
from mailmax.queuemax.attempt import Opener
from mailmax.queuemax.lane import Lane
from mailmax.queuemax.mail import Mail
from mailmax.queuemax.scheduler import choose_lanes
from mailmax.queuemax.sent import Sent
from mailmax.queuemax.session import RemoteSession
from mailmax.store.queue.entry import Target

MESSAGES: Final = 1000
IDLE_S: Final = 2.0

_log = logging.getLogger("queuemax")

OnSent = Callable[[Mail, Sent], None]
_Key = tuple[Destination, bool]


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How many connections in all (Manual §4.4)."""

    fresh: int = 100
    retried: int = 20
    idle_s: float = IDLE_S


class Pool:
    """All outgoing connections of the process."""

    def __init__(self, opener: Opener, limits: PoolLimits, on_sent: OnSent) -> None:
        """Prepare; connections are opened as mail comes.

        Args:
            opener: Opens sessions.
            limits: How many.
            on_sent: Takes what came of each message.
        """
        self.opener = opener
        self._limits = limits
        self._on_sent = on_sent
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[_Key, Lane] = {}
        self._hungry: dict[_Key, Lane] = {}
        """Lanes with waiting mail, in the order in which they began to wait."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = {False: 0, True: 0}
        self._is_closing = False

    @property
    def connections(self) -> int:
        """Open or opening connections."""
        return len(self._tasks)

    def use(self, limits: PoolLimits) -> None:
        """Follow other limits; connections above them are not cut off."""
        self._limits = limits
        for is_retry in (False, True):
            self._open_more(is_retry)

    def submit(self, mail: Mail) -> None:
        """Take a message; `on_sent` will be called for it."""
        key = (mail.destination, mail.is_retry)
        lane = self._lanes.get(key)
        if lane is None:
            lane = Lane(mail.destination, is_retry=mail.is_retry)
            self._lanes[key] = lane
        for target in mail.targets:
            target.trouble = lane.trouble
        down = lane.is_down(self._loop.time())
        if down is not None:
            self._loop.call_soon(self._put_off, mail, down)
        elif not lane.offer(mail):
            lane.waiting.append(mail)
            self._hungry[key] = lane
            self._open_some(lane)

    def recall(self, targets: Collection[Target]) -> list[Mail]:
        """Return mail for one of these that no connection has yet; it is not sent."""
        found: list[Mail] = []
        for key, lane in list(self._hungry.items()):
            found += lane.recall(targets)
            if not lane.waiting:
                del self._hungry[key]
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

    # Inside

    def _open_some(self, lane: Lane) -> None:
        """Open a connection for one lane, if there is room; the usual, quick case."""
        has_enough = lane.opening >= len(lane.waiting)
        if has_enough or lane.active >= int(lane.window.size):
            return
        if self._free(lane.is_retry) > 0:
            self._start(lane)

    def _free(self, is_retry: bool) -> int:  # noqa: FBT001
        limit = self._limits.retried if is_retry else self._limits.fresh
        return 0 if self._is_closing else limit - self._open[is_retry]

    def _open_more(self, is_retry: bool) -> None:  # noqa: FBT001
        """A connection ended: choose who opens the next ones."""
        free = self._free(is_retry)
        if free <= 0 or not self._hungry:
            return
        lanes = [lane for lane in self._hungry.values() if lane.is_retry == is_retry]
        for index in choose_lanes([lane.state for lane in lanes], free):
            self._start(lanes[index])

    def _start(self, lane: Lane) -> None:
        lane.active += 1
        lane.opening += 1
        self._open[lane.is_retry] += 1
        task = self._loop.create_task(self._serve(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, lane: Lane) -> None:
        """Own one connection."""
        try:
            session = await self._open_session(lane)
            was_open = isinstance(session, RemoteSession)
            trouble = (
                await self._use(lane, session)
                if isinstance(session, RemoteSession)
                else session
            )
            now = self._loop.time()
            if trouble and lane.has_failed(trouble, now, was_open=was_open):
                self._put_off_all(lane, trouble)
        finally:
            self._ended(lane)

    async def _open_session(self, lane: Lane) -> RemoteSession | Outcome:
        try:
            return await self.opener.open(lane.destination, lane.trouble)
        except Exception:  # noqa: BLE001 - one bug, one message
            _log.exception("opening a connection to %s failed", lane.destination)
            return transient("4.3.0", "internal error")
        finally:
            lane.opening -= 1

    async def _use(self, lane: Lane, session: RemoteSession) -> Outcome | None:
        """Send until nothing comes any more, or the connection breaks."""
        try:
            for count in range(MESSAGES):
                mail = await self._next_mail(lane)
                if mail is None:
                    break
                sent = await self._send(session, mail)
                if count and sent.is_unheard:  # closed while it was idle
                    self._wait_in_front(lane, mail)
                    return None
                trouble = self._settle(lane, mail, sent)
                if trouble is not None or not session.is_usable:
                    return trouble
            await session.quit()
        finally:
            session.abort()
        return None

    async def _next_mail(self, lane: Lane) -> Mail | None:
        if self._is_closing:
            return None
        mail = await lane.next_mail(self._limits.idle_s)
        if not lane.waiting:
            self._hungry.pop((lane.destination, lane.is_retry), None)
        return mail

    def _settle(self, lane: Lane, mail: Mail, sent: Sent) -> Outcome | None:
        """Give results on; return what was wrong with the connection."""
        self._on_sent(mail, sent)
        trouble = _find_trouble(sent.outcomes)
        if trouble is None:
            lane.window.succeeded()
            if lane.waiting:
                self._open_some(lane)
        return trouble

    def _wait_in_front(self, lane: Lane, mail: Mail) -> None:
        lane.waiting.appendleft(mail)
        self._hungry[lane.destination, lane.is_retry] = lane

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
        self._open[lane.is_retry] -= 1
        if not lane.waiting and not lane.active and lane.down_outcome is None:
            self._lanes.pop((lane.destination, lane.is_retry), None)
        self._open_more(lane.is_retry)

    def _put_off_all(self, lane: Lane, outcome: Outcome) -> None:
        waiting = list(lane.waiting)
        lane.waiting.clear()
        for mail in waiting:
            self._put_off(mail, outcome)
        key = (lane.destination, lane.is_retry)
        self._hungry.pop(key, None)
        self._loop.call_later(
            max(0.0, lane.down_until - self._loop.time()), self._forget, key
        )

    def _put_off(self, mail: Mail, outcome: Outcome) -> None:
        self._on_sent(mail, Sent([outcome] * len(mail.targets)))

    def _forget(self, key: _Key) -> None:
        lane = self._lanes.get(key)
        if lane is not None and not lane.active and not lane.waiting:
            del self._lanes[key]


def _find_trouble(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Return what broke a connection, or None: answers about mail are no trouble."""
    for outcome in outcomes:
        is_ours = outcome.code == 0 and outcome.status.startswith("4.4")
        if is_ours or outcome.code == 421:
            return outcome
    return None
