"""Wrong passwords: growing delays for a user and a network, and a pause at last.

Theory:
    Each wrong try fills three leaky buckets: of the user, of the network (/24 of
    IPv4, /64 of IPv6), and of the two together. They lose one try a minute. The
    answer to a wrong try is delayed by the fullest. When the pair or the network is
    full, tries from there are refused unheard until it has leaked; a user is never
    locked out everywhere, and a network from which that user logged in lately is
    heard even then, as long as the pair is not full.

Limits:
    Delay 1, 2, 4, 8, then 15 s; pair 20 tries, network 100 (TRUST §3); 50,000 buckets
    and 50,000 known pairs (some 20 MB), the least recently touched forgotten first.
"""

import ipaddress
import math
from collections import OrderedDict

PAIR_TRIES = 20
NETWORK_TRIES = 100
LEAK_S = 60.0
LONGEST_DELAY_S = 15.0
KNOWN_S = 30 * 86_400.0
BUCKETS = 50_000

LASTING_TRIES = 3.0
"""What holds less is not worth being kept elsewhere."""

Bucket = tuple[float, float]
"""Tries in it, and when that was true."""


def network_of(peer: str) -> str:
    """Return the /24 or /64 that an IP address belongs to; other text as it is."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])  # without its scope
    except ValueError:
        return peer[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return f"{address.exploded[:19]}/64"
        address = address.ipv4_mapped
    return f"{str(address).rpartition('.')[0]}.0/24"


class Throttle:
    """What is remembered of wrong tries; the caller gives the (monotonic) time."""

    def __init__(self) -> None:
        """Begin with a clean sheet."""
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._known: OrderedDict[str, float] = OrderedDict()
        self._changed: set[str] = set()
        self._newly_known: set[str] = set()

    def __len__(self) -> int:
        return len(self._buckets)

    def may_try(self, user: str, peer: str, now: float) -> bool:
        """Tell whether a try is heard at all."""
        network = network_of(peer)
        pair = f"{network} {user}"
        if self._level(pair, now) > PAIR_TRIES - 1:
            return False
        if self._level(network, now) <= NETWORK_TRIES - 1:
            return True
        return now - self._known.get(pair, float("-inf")) < KNOWN_S

    def failed(self, user: str, peer: str, now: float) -> float:
        """Note a wrong try; return the seconds to wait before it is answered."""
        network = network_of(peer)
        level = max(
            self._fill(user, now, NETWORK_TRIES),
            self._fill(network, now, NETWORK_TRIES),
            self._fill(f"{network} {user}", now, PAIR_TRIES),
        )
        return min(math.exp2(level - 1), LONGEST_DELAY_S)

    def succeeded(self, user: str, peer: str, now: float) -> None:
        """Note a right password: that user is known in that network."""
        pair = f"{network_of(peer)} {user}"
        emptied = self._buckets.pop(pair, None)
        if emptied is not None and emptied[0] >= LASTING_TRIES:
            self._changed.add(pair)
        self.know(pair, now)
        self._newly_known.add(pair)

    def take_changes(
        self,
    ) -> tuple[dict[str, Bucket | None], dict[str, float]]:
        """Return buckets and known pairs that have changed since this was asked.

        A bucket is None where it is empty now; who holds little is left out.
        """
        changed, self._changed = self._changed, set()
        known, self._newly_known = self._newly_known, set()
        return (
            {key: self._buckets.get(key) for key in changed},
            {pair: self._known[pair] for pair in known & self._known.keys()},
        )

    def fill(self, key: str, level: float, at: float) -> None:
        """Take a bucket that was kept elsewhere.

        Args:
            key: Of `take_changes`.
            level: Tries that were in it.
            at: When that was true.
        """
        self._put(key, min(max(level, 0.0), float(NETWORK_TRIES)), at)

    def know(self, pair: str, at: float) -> None:
        """A user is known in a network."""
        self._known[pair] = at
        self._known.move_to_end(pair)
        if len(self._known) > BUCKETS:
            self._known.popitem(last=False)

    def _level(self, key: str, now: float) -> float:
        tries, at = self._buckets.get(key, (0.0, now))
        return max(0.0, tries - (now - at) / LEAK_S)

    def _fill(self, key: str, now: float, most: int) -> float:
        level = min(self._level(key, now) + 1.0, float(most))
        if level >= LASTING_TRIES:
            self._changed.add(key)
        self._put(key, level, now)
        return level

    def _put(self, key: str, level: float, at: float) -> None:
        self._buckets[key] = (level, at)
        self._buckets.move_to_end(key)
        if len(self._buckets) > BUCKETS:
            self._buckets.popitem(last=False)
