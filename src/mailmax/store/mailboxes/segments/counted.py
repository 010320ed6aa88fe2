"""What the mail of users came to lately: noted at each change, taken by who tells it.

Rules:
    Noted under the user's lock, so the last note of a user is what was true last. Any
    thread may note while another takes.

Limits:
    100,000 users wait; of more nobody hears until their mail changes again.
"""

import time
from threading import Lock
from typing import NamedTuple

from mailmax.base.ids import UserId

MOST = 100_000


class Count(NamedTuple):
    """What the mail of one user came to."""

    octets: int
    messages: int
    moment: float
    """Of the monotonic clock."""


class Counted:
    """What nobody has taken yet."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = Lock()
        self._counts: dict[UserId, Count] = {}

    def note(self, user_id: UserId, octets: int, messages: int) -> None:
        """A user's mail comes to that now."""
        count = Count(octets, messages, time.monotonic())
        with self._lock:
            if user_id in self._counts or len(self._counts) < MOST:
                self._counts[user_id] = count

    def take(self) -> dict[UserId, Count]:
        """Return what was noted since this was asked."""
        with self._lock:
            counts, self._counts = self._counts, {}
        return counts
