"""Failed logins of the last hour, by whence they came (manual 2.6).

Limits:
    10,000 failures: where there are more, the oldest are forgotten. Five addresses of
    a service are told.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from mailmax.base.units import HOUR_S
from mailmax.hub.contract.spying import Failing, FailingPeer

MOST: Final = 10_000
TOP: Final = 5


class FailedLogins:
    """Who failed where, lately."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with none.

        Args:
            now: A clock.
        """
        self._now = now
        self._failed: deque[tuple[float, str, str]] = deque(maxlen=MOST)

    def add(self, service: str, peer: str) -> None:
        """Note one."""
        self._failed.append((self._now(), service, peer))

    def top(self) -> tuple[Failing, ...]:
        """Return by service how many failed within the hour, and whence most."""
        begin = self._now() - HOUR_S
        while self._failed and self._failed[0][0] < begin:
            self._failed.popleft()
        by_service: dict[str, Counter[str]] = {}
        for _, service, peer in self._failed:
            by_service.setdefault(service, Counter())[peer] += 1
        return tuple(
            Failing(
                service,
                peers.total(),
                tuple(FailingPeer(*one) for one in peers.most_common(TOP)),
            )
            for service, peers in sorted(by_service.items())
        )
