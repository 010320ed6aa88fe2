"""Who stands at a door and has not proved the host password yet.

Theory:
    A stranger costs a descriptor and some memory, and proves itself within a second.
    So there are few at a time, and where one is too many the slowest goes: of its own
    address where that has too many, else of the address that has the most. Who floods
    a door puts out its own.

Limits:
    100 in all; 20 of an address (of a /64 of IPv6), far more than a computer's
    services that come back together.
"""

from typing import Generic, TypeVar

from mailmax.policy.tarpit import key_of

MOST = 100
MOST_OF_ADDRESS = 20

Who = TypeVar("Who")


class Strangers(Generic[Who]):
    """Counts them in and out."""

    def __init__(
        self, most: int = MOST, most_of_address: int = MOST_OF_ADDRESS
    ) -> None:
        """Begin with nobody.

        Args:
            most: In all.
            most_of_address: Of one address.
        """
        self._most = most
        self._most_of_address = most_of_address
        self._keys: dict[Who, str] = {}
        self._of: dict[str, dict[Who, None]] = {}
        """By address, in the order of their coming."""

    def __len__(self) -> int:
        return len(self._keys)

    def enter(self, who: Who, address: str) -> Who | None:
        """Count one in; return who has to go for it and is counted out already."""
        key = key_of(address)
        slowest = self._one_too_many(key)
        if slowest is not None:
            self.leave(slowest)
        self._keys[who] = key
        self._of.setdefault(key, {})[who] = None
        return slowest

    def leave(self, who: Who) -> None:
        """Count one out, if it is counted in."""
        key = self._keys.pop(who, None)
        if key is None:
            return
        del self._of[key][who]
        if not self._of[key]:
            del self._of[key]

    def _one_too_many(self, key: str) -> Who | None:
        there = self._of.get(key, {})
        if len(there) < self._most_of_address:
            if len(self._keys) < self._most:
                return None
            there = max(self._of.values(), key=len)
        return next(iter(there))
