"""How long to wait before knocking at the hub again.

Limits:
    0.05 s, doubling to 5 s, each up to half longer at random. On a Unix socket, where
    knocking costs next to nothing, only to 1 s, and to 0.1 s for the first half minute,
    because a hub that restarts is back at once; unless the hub refused us.
"""

import random

FIRST_S = 0.05
LONGEST_S = 5.0
LONGEST_NEAR_S = 1.0
LONGEST_SOON_S = 0.1
SOON_TRIES = 250


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
        self._is_refused = False

    def joined(self) -> None:
        """It worked: short ones again."""
        self._next_s = FIRST_S
        self._tries = 0
        self._is_refused = False

    def refused(self) -> None:
        """The hub is there and does not take us: no need to hurry."""
        self._is_refused = True

    def next_s(self) -> float:
        """Return how long to wait this time."""
        pause_s = self._next_s
        self._tries += 1
        self._next_s = min(pause_s * 2, self._longest_s())
        return pause_s * random.uniform(1.0, 1.5)  # noqa: S311 - so that not all knock at once

    def _longest_s(self) -> float:
        if self._is_refused or not self._is_near:
            return LONGEST_S
        return LONGEST_SOON_S if self._tries < SOON_TRIES else LONGEST_NEAR_S
