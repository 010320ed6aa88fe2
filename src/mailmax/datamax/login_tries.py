"""Wrong passwords as the hub counts them, and as it keeps them over a restart.

Rules:
    People type passwords where names belong: names are kept as an HMAC under a key
    of the node, in memory as well, so that a restart finds the same ones.

Limits:
    Kept is who has three tries and more: less is leaked before it matters.
"""

import hmac
import time
from collections.abc import Mapping, Sequence

from mailmax.datamax.lasting_state import Bound, Changes, Kept, only
from mailmax.policy.throttle import BUCKETS, KNOWN_S, LEAK_S, NETWORK_TRIES, Throttle
from mailmax.store.accounts.lasting_units import Key

_TRIES, _KNOWN = "tries", "known"
_DIGITS = 24


class LoginTries:
    """Who tried wrong passwords, and who was right lately."""

    def __init__(self, key: bytes) -> None:
        """Begin with a clean sheet.

        Args:
            key: A secret of this node.
        """
        self._key = hmac.digest(key, b"login tries", "sha256")
        self._throttle = Throttle()

    def may_try(self, user: str, peer: str) -> bool:
        """Tell whether a try is heard at all."""
        return self._throttle.may_try(self._name(user), peer, time.monotonic())

    def failed(self, user: str, peer: str) -> float:
        """Note a wrong try; return the seconds to wait before it is answered."""
        return self._throttle.failed(self._name(user), peer, time.monotonic())

    def succeeded(self, user: str, peer: str) -> None:
        """Note a right password."""
        self._throttle.succeeded(self._name(user), peer, time.monotonic())

    # What lasts

    def bounds(self) -> Mapping[str, Bound]:
        """Return how long rows hold after their moments, which have passed."""
        return {
            _TRIES: Bound(NETWORK_TRIES * LEAK_S, 0.0, BUCKETS),
            _KNOWN: Bound(KNOWN_S, 0.0, BUCKETS),
        }

    def take_changes(self) -> Changes:
        """Return what has changed since this was asked."""
        changes: dict[Key, Kept | None] = {}
        tries, known = self._throttle.take_changes()
        for name, bucket in tries.items():
            changes[_TRIES, name] = None if bucket is None else Kept(*bucket)
        for pair, at in known.items():
            changes[_KNOWN, pair] = Kept(0.0, at)
        return changes

    async def restore(self, rows: Sequence[tuple[Key, Kept]]) -> None:
        """Take what was kept before."""
        for name, row in only(_TRIES, rows):
            self._throttle.fill(name, row.amount, row.moment)
        for pair, row in only(_KNOWN, rows):
            self._throttle.know(pair, row.moment)

    def _name(self, user: str) -> str:
        octets = user.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, octets, "sha256").hex()[:_DIGITS]
