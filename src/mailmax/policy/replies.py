"""How many automatic answers there may be: for a user, to an address, and in all.

Theory:
    What is granted in a minute is counted; a flood with forged senders (TRUST K4) gets
    some answers and no more, whoever is asked and whoever would be hit. Time is that
    of the messages, so that a replay is judged as the first time.

Rules:
    What is refused is forgotten: the next message of that sender may be answered.

Limits:
    A minute: 30 of one user, 5 to one address, 300 in all.
"""

from collections import deque
from typing import Final

WINDOW_S: Final = 60.0
MOST_OF_USER: Final = 30
MOST_TO_ADDRESS: Final = 5
MOST_IN_ALL: Final = 300


class Budget:
    """The answers of the last minute."""

    __slots__ = ("_granted",)

    def __init__(self) -> None:
        """Begin with none."""
        self._granted: deque[tuple[float, int, str]] = deque(maxlen=MOST_IN_ALL)

    def allows(self, at_s: float, user_id: int, target: str) -> bool:
        """Tell whether a user may answer an address now.

        Args:
            at_s: Time of the message.
            user_id: Who would answer.
            target: To whom, in the form that tells addresses apart.
        """
        recent = [one for one in self._granted if abs(at_s - one[0]) < WINDOW_S]
        return (
            len(recent) < MOST_IN_ALL
            and sum(one[1] == user_id for one in recent) < MOST_OF_USER
            and sum(one[2] == target for one in recent) < MOST_TO_ADDRESS
        )

    def spend(self, at_s: float, user_id: int, target: str) -> None:
        """Count an answer."""
        self._granted.append((at_s, user_id, target))
