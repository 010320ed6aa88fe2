"""What was answered lately, positive and negative, for as long as its TTL says.

Limits:
    20,000 answers, least recently used go first; a day at most for records, an hour
    for their absence, 5 s for a failure (RFC 9520 §3.2: one second to five minutes).

Standards:
    RFC 2308 §5 (negative answers), RFC 9520 (failures).
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

ENTRIES = 20_000
POSITIVE_S = 86_400
NEGATIVE_S = 3_600
FAILURE_S = 5

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TtlCache(Generic[K, V]):
    """A bounded table whose rows grow old; time is an argument."""

    def __init__(self, entries: int = ENTRIES) -> None:
        """Start empty.

        Args:
            entries: Rows kept at most.
        """
        self._entries = entries
        self._rows: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, key: K, now: float) -> V | None:
        """Return a value that is still good, or None."""
        row = self._rows.get(key)
        if row is None:
            return None
        if row[0] <= now:
            del self._rows[key]
            return None
        self._rows.move_to_end(key)
        return row[1]

    def keep(self, key: K, value: V, expires: float) -> None:
        """Keep a value until a time."""
        self._rows[key] = (expires, value)
        self._rows.move_to_end(key)
        if len(self._rows) > self._entries:
            self._rows.popitem(last=False)
