"""Who tries many recipients that do not exist is put out and kept out for a while.

Theory:
    Recipients that were refused as unknown are counted for each address (a /64 of
    IPv6), over all its sessions, so that a new connection for each try does not help.
    At the trigger the session ends and the address is kept out for some minutes.

Rules:
    Never a trusted or authenticated client. Times are of the monotonic clock.

Limits:
    50,000 addresses, the least recently seen forgotten first (TRUST B8).

Manual: 4.3; DECISIONS 29.
"""

import ipaddress
from collections import OrderedDict

MOST_ADDRESSES = 50_000
WINDOW_S = 600.0
"""Refused recipients older than that are forgotten."""


def key_of(peer: str) -> str:
    """Return what is counted and kept out: an IPv4 address, a /64 of IPv6.

    Args:
        peer: An address, or a key again; other text stays as it is.
    """
    if ":" not in peer:
        return peer
    text = peer.removesuffix("/64").partition("%")[0]
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return peer[:64]
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))


class Tarpit:
    """Counts and blocks; the caller gives the (monotonic) time."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._blocked: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts) + len(self._blocked)

    def is_blocked(self, address: str, now: float) -> bool:
        """Tell whether an address is kept out."""
        until = self._blocked.get(address)
        if until is None:
            return False
        if until <= now:
            del self._blocked[address]
            return False
        return True

    def refused(self, address: str, now: float, trigger: int) -> bool:
        """Count a recipient that does not exist; tell whether it was one too many."""
        count, since = self._counts.pop(address, (0, now))
        if now - since > WINDOW_S:
            count, since = 0, now
        count += 1
        if count >= trigger:
            return True
        self._counts[address] = (count, since)
        if len(self._counts) > MOST_ADDRESSES:
            self._counts.popitem(last=False)
        return False

    @property
    def keeps_out(self) -> bool:
        """Somebody may be kept out."""
        return bool(self._blocked)

    def block(self, address: str, until: float) -> None:
        """Keep an address out until then."""
        self._blocked.pop(address, None)
        self._blocked[address] = until
        if len(self._blocked) > MOST_ADDRESSES:
            self._blocked.popitem(last=False)

    def blocked(self, now: float) -> dict[str, float]:
        """Return who is kept out, and for how many seconds more."""
        return {who: until - now for who, until in self._blocked.items() if until > now}

    def pardon(self, address: str) -> bool:
        """Let an address in again; tell whether it was kept out."""
        return self._blocked.pop(address, None) is not None

    def pardon_all(self) -> None:
        """Let everybody in again."""
        self._blocked.clear()
