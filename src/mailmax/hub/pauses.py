"""How long to wait before knocking at the hub again.

Limits:
    0.05 s, doubling to 5 s, each up to half longer at random. On a Unix socket only to
    0.1 s for the first half minute, because knocking there costs next to nothing and a
    hub that restarts is back at once; unless the hub refused us.
"""

import random

FIRST_S = 0.05
LONGEST_S = 5.0
LONGEST_NEAR_S = 0.1
NEAR_TRIES = 250


class Pauses:
    """The pauses of one client."""

    def __init__(self, address: str) -> None:
        """Begin with short ones.

        Args:
            address: ``unix:PATH`` or ``tls:HOST:PORT``.
        """
        self._is_near = address.startswith("unix:")
        self._next_s = FIRST_S
        self._tries = 0

    def joined(self) -> None:
        """It worked: short ones again."""
        self._next_s = FIRST_S
        self._tries = 0

    def refused(self) -> None:
        """The hub is there and does not take us: no need to hurry."""
        self._tries = NEAR_TRIES

    def next_s(self) -> float:
        """Return how long to wait this time."""
        pause_s = self._next_s
        self._tries += 1
        is_short = self._is_near and self._tries < NEAR_TRIES
        self._next_s = min(pause_s * 2, LONGEST_NEAR_S if is_short else LONGEST_S)
        return pause_s * random.uniform(1.0, 1.5)  # noqa: S311 - so that not all knock at once
