"""One destination's waiting mail and its connections, of one kind.

Theory:
    A kind is fresh or retried, and with or without proof of who is there (RFC 8689):
    `LaneKey` says all of it, and a connection serves one lane only.

Rules:
    A message that was given to a lane comes back through the pool's `on_sent`, once,
    with an outcome for each recipient, whatever happens to connections.
"""

import asyncio
from typing import NamedTuple

from mailmax.policy.outcome import Outcome
from mailmax.policy.routing import Destination
from mailmax.queuemax.mail import Mail
from mailmax.queuemax.scheduler import DOWN_S, STRIKES, Window
from mailmax.queuemax.waiting import Waiting, is_big, room_for_big
from mailmax.store.queue.entry import Trouble


class LaneKey(NamedTuple):
    """What all mail of a lane has in common."""

    destination: Destination
    is_retry: bool = False
    needs_proof: bool = False


class Lane:
    """See the head of this file."""

    __slots__ = (
        "active",
        "big_busy",
        "down_outcome",
        "down_until",
        "idle",
        "key",
        "opening",
        "trouble",
        "waiting",
        "window",
    )

    def __init__(self, key: LaneKey) -> None:
        self.key = key
        self.waiting: Waiting[Mail] = Waiting()
        self.idle: list[asyncio.Future[Mail | None]] = []
        """Open sessions that wait for mail."""
        self.active = 0
        """Connections open or opening, idle ones too."""
        self.opening = 0
        self.big_busy = 0
        """Connections that carry big mail."""
        self.trouble = Trouble()
        """What the hosts said that were asked last, for lists."""
        self.window = Window()
        self.down_until = 0.0
        self.down_outcome: Outcome | None = None

    @property
    def wants_more(self) -> bool:
        """Tell whether another connection would be of use, and is allowed."""
        return (
            self.active < int(self.window.size)
            and self.waiting.count(self._big_room) > self.opening
            and self.down_outcome is None
        )

    @property
    def _big_room(self) -> int:
        return room_for_big(int(self.window.size), self.big_busy)

    def offer(self, mail: Mail) -> bool:
        """Hand mail to an idle session; False when there is none for it."""
        if not self.idle or (is_big(mail) and not self._big_room):
            return False
        while self.idle:
            waiter = self.idle.pop()
            if not waiter.done():
                waiter.set_result(self._begun(mail))
                return True
        return False

    async def next_mail(self, idle_s: float) -> Mail | None:
        """Return the next message for an open session, or None: close it."""
        mail = self.waiting.take(self._big_room)
        if mail is not None:
            return self._begun(mail)
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

    def ended(self, mail: Mail) -> None:
        """A session is done with a message that it took."""
        if not is_big(mail):
            return
        self.big_busy -= 1
        while self.idle and (waits := self.waiting.take(self._big_room)):
            if not self.offer(waits):
                self.waiting.add_in_front(waits)
                return

    def _begun(self, mail: Mail) -> Mail:
        self.big_busy += is_big(mail)
        return mail

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
