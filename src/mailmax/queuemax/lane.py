"""One destination's waiting mail and its connections, of one kind (fresh or retried).

Rules:
    A message that was given to a lane comes back through `finish`, once, with an
    outcome for each recipient, whatever happens to connections.
"""

import asyncio
from collections import deque
from collections.abc import Collection

from mailmax.policy.outcome import Outcome
from mailmax.policy.routing import Destination
from mailmax.queuemax.mail import Mail
from mailmax.queuemax.scheduler import DOWN_S, STRIKES, LaneState, Window
from mailmax.store.queue.entry import Target, Trouble


class Lane:
    """See the head of this file."""

    __slots__ = (
        "active",
        "destination",
        "down_outcome",
        "down_until",
        "idle",
        "is_retry",
        "opening",
        "trouble",
        "waiting",
        "window",
    )

    def __init__(self, destination: Destination, *, is_retry: bool) -> None:
        self.destination = destination
        self.is_retry = is_retry
        self.waiting: deque[Mail] = deque()
        self.idle: list[asyncio.Future[Mail | None]] = []
        """Open sessions that wait for mail."""
        self.active = 0
        """Connections open or opening, idle ones too."""
        self.opening = 0
        self.trouble = Trouble()
        """What the hosts said that were asked last, for lists."""
        self.window = Window()
        self.down_until = 0.0
        self.down_outcome: Outcome | None = None

    @property
    def state(self) -> LaneState:
        """What matters for the choice of lanes."""
        return LaneState(len(self.waiting), self.active, int(self.window.size))

    def offer(self, mail: Mail) -> bool:
        """Hand mail to an idle session; False when there is none."""
        while self.idle:
            waiter = self.idle.pop()
            if not waiter.done():
                waiter.set_result(mail)
                return True
        return False

    async def next_mail(self, idle_s: float) -> Mail | None:
        """Return the next message for an open session, or None: close it."""
        if self.waiting:
            return self.waiting.popleft()
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Mail | None] = loop.create_future()
        timer = loop.call_later(idle_s, _give_up, waiter)
        self.idle.append(waiter)
        try:
            return await waiter
        finally:
            timer.cancel()
            if waiter in self.idle:
                self.idle.remove(waiter)

    def recall(self, targets: Collection[Target]) -> list[Mail]:
        """Take back the mail that waits for a connection and is for one of these."""
        found: list[Mail] = []
        kept: deque[Mail] = deque()
        for mail in self.waiting:
            is_meant = any(target in targets for target in mail.targets)
            (found if is_meant else kept).append(mail)
        if found:
            self.waiting = kept
        return found

    def is_down(self, now: float) -> Outcome | None:
        """Return why mail need not be tried now, or None."""
        if self.down_outcome is not None and now < self.down_until:
            return self.down_outcome
        self.down_outcome = None
        return None

    def has_failed(self, outcome: Outcome, now: float, *, was_open: bool) -> bool:
        """Note trouble with a connection; return whether the lane is down now.

        Args:
            outcome: What happened.
            now: Loop time.
            was_open: A session was open before: one more chance.
        """
        self.window.failed()
        others = self.active > 1
        if others or (was_open and self.window.strikes < STRIKES):
            return False
        self.down_until = now + DOWN_S
        self.down_outcome = outcome
        return True


def _give_up(waiter: "asyncio.Future[Mail | None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
