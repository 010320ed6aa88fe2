"""The memory that messages take which are being appended.

Theory:
    What counts is what came, not what a client said that it would send: a promise
    costs nothing. So more may be promised than there is memory for; whose octets find
    none gives back what it holds, and is told so at its end (`receiving`).

Rules:
    A small message is always taken, whatever the others do, and not counted: it weighs
    no more than another command may. A message of any size is taken where there is no
    other.

Limits:
    256 MiB for all, a quarter of that for one user (or one message); small is 64 KiB.
"""

from collections import Counter

SHARES = 4


class Arrivals:
    """Octets of messages that are being appended just now."""

    __slots__ = ("_limit", "_of", "_small", "octets")

    def __init__(self, limit: int, small: int) -> None:
        """Start with none.

        Args:
            limit: Octets of all that are not small.
            small: Octets of a message that is always taken.
        """
        self._limit = limit
        self._small = small
        self._of: Counter[int] = Counter()
        self.octets = 0
        """Of everybody."""

    def is_small(self, size: int) -> bool:
        """Tell whether a message of that size is always taken."""
        return size <= self._small

    def has_room(self, user_id: int, size: int, octets: int) -> bool:
        """Tell whether so many octets more of a message may be taken.

        Args:
            user_id: Whose it is.
            size: Of the whole message.
            octets: Those that come now.
        """
        if self.is_small(size):
            return True
        share = max(self._limit // SHARES, size)
        limit = max(self._limit, size)
        return self._of[user_id] + octets <= share and self.octets + octets <= limit

    def take(self, user_id: int, octets: int) -> None:
        """Count some in."""
        self.octets += octets
        self._of[user_id] += octets

    def give_back(self, user_id: int, octets: int) -> None:
        """Count some out."""
        self.octets -= octets
        self._of[user_id] -= octets
        if not self._of[user_id]:
            del self._of[user_id]
