"""How many copies of reports the postmaster gets.

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
    """The copies of the last hour."""

    __slots__ = ("_granted",)

    def __init__(self, most: int = MOST) -> None:
        """Begin with none.

        Args:
            most: In an hour.
        """
        self._granted: deque[float] = deque(maxlen=most)

    def grant(self, now_s: float) -> bool:
        """Count a copy, if there may be one.

        Args:
            now_s: Of a clock that never goes back.
        """
        granted = self._granted
        if len(granted) == granted.maxlen and now_s - granted[0] < WINDOW_S:
            return False
        granted.append(now_s)
        return True
