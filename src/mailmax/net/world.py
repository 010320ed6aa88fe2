"""The real clock and the real dice (`base.ports`)."""

import random
import secrets
import time


class SystemClock:
    """What the machine says."""

    def now(self) -> float:
        """Return seconds since 1970, UTC; may jump."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never run backward."""
        return time.monotonic()


class SystemRandom:
    """Unguessable octets, and numbers that need only be spread."""

    def token(self, octets: int) -> bytes:
        """Return that many unguessable octets."""
        return secrets.token_bytes(octets)

    def uniform(self, low: float, high: float) -> float:
        """Return a number between the two."""
        return random.uniform(low, high)  # noqa: S311 - jitter, not a secret
