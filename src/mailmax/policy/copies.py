"""How many copies of reports the postmaster gets, and other mail of that kind.

Theory:
    The copies are for tracing, so a sample does: after a burst nothing new is in them.

Limits:
    60 an hour of at most some 60 KiB each, usually 3: a storm of bounces brings 1,440
    a day, and none into a full box.
"""

from collections import deque
from typing import Final

WINDOW_S: Final = 3600.0
MOST: Final = 60


class CopyBudget:
    """The copies of the last hour, or of another time."""

    __slots__ = ("_granted", "_window_s")

    def __init__(self, most: int = MOST, window_s: float = WINDOW_S) -> None:
        """Begin with none.

        Args:
            most: In that time.
            window_s: An hour, if nothing else is said.
        """
        self._window_s = window_s
        self._granted: deque[float] = deque(maxlen=most)

    def grant(self, now_s: float) -> bool:
        """Count a copy, if there may be one.

        Args:
            now_s: Of a clock that never goes back.
        """
        granted = self._granted
        if len(granted) == granted.maxlen and now_s - granted[0] < self._window_s:
            return False
        granted.append(now_s)
        return True
