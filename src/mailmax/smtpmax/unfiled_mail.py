"""What was promised and is not in the boxes yet, user by user.

Theory:
    The usage file of a user lags behind what this process has accepted. A box is
    taken to hold the larger of two numbers: what its usage file says now, and what it
    said when the first message still under way was taken, plus all that were taken
    since. So mail counts once, whether the filer has been there or not.

Rules:
    A record stops counting when `SpoolWriter.passed` has reached it.
"""

from collections import deque
from collections.abc import Callable, Sequence


class Unfiled:
    """The ledger of one process."""

    __slots__ = ("_passed", "_records", "_users")

    def __init__(self, passed: Callable[[], int]) -> None:
        """Begin empty.

        Args:
            passed: Number of the last record that the filer has kept for good.
        """
        self._passed = passed
        self._records: deque[tuple[int, int, Sequence[int]]] = deque()
        self._users: dict[int, tuple[int, int]] = {}

    def held(self, user_id: int, usage_octets: int) -> int:
        """Return what a box is taken to hold, given its usage file."""
        self._settle()
        known = self._users.get(user_id)
        return usage_octets if known is None else max(usage_octets, sum(known))

    def reserve(self, user_id: int, usage_octets: int, octets: int) -> None:
        """Count a message that is about to be committed."""
        before, under_way = self._users.get(user_id, (usage_octets, 0))
        self._users[user_id] = (before, under_way + octets)

    def keep(self, number: int, octets: int, user_ids: Sequence[int]) -> None:
        """The message was committed as that record."""
        self._records.append((number, octets, user_ids))

    def release(self, octets: int, user_ids: Sequence[int]) -> None:
        """The message was not committed."""
        for user_id in user_ids:
            self._lower(user_id, octets, 0)

    def _settle(self) -> None:
        """Let go of what the filer has passed."""
        records = self._records
        if not records:
            return
        passed = self._passed()
        while records and records[0][0] <= passed:
            _, octets, user_ids = records.popleft()
            for user_id in user_ids:
                self._lower(user_id, octets, octets)

    def _lower(self, user_id: int, octets: int, filed: int) -> None:
        before, under_way = self._users[user_id]
        if under_way <= octets:
            del self._users[user_id]
        else:
            self._users[user_id] = (before + filed, under_way - octets)
