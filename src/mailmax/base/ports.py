"""The outside world as small Protocols, so that pure code can be given a twin."""

from typing import Protocol


class Clock(Protocol):
    """Two clocks: one that people read, one that only runs forward."""

    def now(self) -> float:
        """Return seconds since 1970, UTC; may jump."""

    def monotonic(self) -> float:
        """Return seconds that never run backward."""


class Random(Protocol):
    """Where unguessable and jittered numbers come from."""

    def token(self, octets: int) -> bytes:
        """Return that many unguessable octets."""

    def uniform(self, low: float, high: float) -> float:
        """Return a number between the two."""
