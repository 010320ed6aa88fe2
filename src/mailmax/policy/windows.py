"""Who was lately at POP3 or IMAP, and from where (POP before SMTP).

Theory:
    A login opens a window for the exact address that it came from; until it closes,
    mail from that address may go out as that user. Behind a NAT several users have
    windows at one address; each sends as oneself only (TRUST G10).

Rules:
    Times are of the monotonic clock.

Limits:
    50,000 addresses, the least recently opened forgotten first; 100 users at one.

Manual: 4.3; DECISIONS 10.
"""

from collections import OrderedDict
from collections.abc import Iterator

MOST_ADDRESSES = 50_000
MOST_USERS = 100
MOST_WINDOWS = MOST_ADDRESSES * MOST_USERS
_NEVER = float("-inf")

Window = tuple[str, int]
"""An address and a user's number."""


class Windows:
    """What is open; the caller gives the (monotonic) time."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_address: OrderedDict[str, OrderedDict[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._by_address.values()))

    def open(self, address: str, user_id: int, until: float) -> None:
        """A user was let in from there."""
        users = self._by_address.setdefault(address, OrderedDict())
        self._by_address.move_to_end(address)
        users[user_id] = until
        users.move_to_end(user_id)
        if len(users) > MOST_USERS:
            users.popitem(last=False)
        if len(self._by_address) > MOST_ADDRESSES:
            self._by_address.popitem(last=False)

    def close(self, address: str, user_id: int) -> None:
        """That window is over."""
        users = self._by_address.get(address)
        if users is not None:
            users.pop(user_id, None)
            if not users:
                del self._by_address[address]

    def clear(self) -> None:
        """All are over."""
        self._by_address.clear()

    def is_open(self, address: str, user_id: int, now: float) -> bool:
        """Tell whether that user was there lately."""
        return self.until(address, user_id) > now

    def until(self, address: str, user_id: int) -> float:
        """Return when that user's window closes; minus infinity: there is none."""
        users = self._by_address.get(address)
        return _NEVER if users is None else users.get(user_id, _NEVER)

    def anybody(self, address: str, now: float) -> bool:
        """Tell whether any user was there lately."""
        users = self._by_address.get(address)
        return users is not None and any(until > now for until in users.values())

    def all(self) -> Iterator[tuple[str, int, float]]:
        """Return every window: address, user, when it closes."""
        for address, users in self._by_address.items():
            for user_id, until in users.items():
                yield address, user_id, until

    def expired(self, now: float) -> list[Window]:
        """Return the windows whose time is over."""
        return [(who, user) for who, user, until in self.all() if until <= now]

    def of_user(self, user_id: int) -> list[Window]:
        """Return the windows of one user."""
        return [(who, user) for who, user, _ in self.all() if user == user_id]
