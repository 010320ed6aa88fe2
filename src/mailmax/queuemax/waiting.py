"""A lane's mail that has no connection yet, and what goes next.

Theory:
    Mail waits in rows by what its sender asked for (MT-PRIORITY) and by size. Three
    times out of four the highest row gives its oldest, small mail before big mail of
    the same priority; the fourth time whatever has waited longest goes. So what is
    urgent goes first and nothing waits for ever.

Rules:
    Pure. Big mail never has all connections of a lane: `room_for_big`.

Limits:
    Big is more than 1 MiB.

Standards:
    RFC 6710 §4.1 (higher priorities first, no starving).
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Generic, Protocol, TypeVar

BIG_OCTETS: Final = 1024 * 1024
TURNS: Final = 4
"""Each so many-th time the oldest goes."""


class Sized(Protocol):
    """What matters of a message."""

    @property
    def size(self) -> int:
        """Octets."""

    @property
    def priority(self) -> int:
        """From -9 to 9."""


M = TypeVar("M", bound=Sized)
_Row = tuple[int, bool]
"""Priority, and whether it is small: the greater goes first."""


def is_big(mail: Sized) -> bool:
    """Tell whether it occupies a connection for long."""
    return mail.size > BIG_OCTETS


def room_for_big(window: int, busy: int) -> int:
    """Return how many connections more may carry big mail: half, and one at least."""
    return max(0, max(1, window // 2) - busy)


class Waiting(Generic[M]):
    """See the head of this file."""

    __slots__ = ("_big", "_first", "_last", "_rows", "_turn")

    def __init__(self) -> None:
        """Begin empty."""
        self._rows: dict[_Row, deque[tuple[int, M]]] = {}
        self._big = 0
        self._first = 0
        self._last = 0
        self._turn = 0

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def __bool__(self) -> bool:
        return bool(self._rows)

    def __iter__(self) -> Iterator[M]:
        for row in self._rows.values():
            for _, mail in row:
                yield mail

    def count(self, big_room: int) -> int:
        """Return how many may go when so many of them may be big."""
        return len(self) - max(0, self._big - big_room)

    def add(self, mail: M) -> None:
        """Let a message wait behind the others."""
        self._last += 1
        self._row_for(mail).append((self._last, mail))

    def add_in_front(self, mail: M) -> None:
        """Let a message wait before the others: it was to go already."""
        self._first -= 1
        self._row_for(mail).appendleft((self._first, mail))

    def take(self, big_room: int) -> M | None:
        """Return what goes next, or None when nothing may."""
        keys = [key for key in self._rows if key[1] or big_room > 0]
        if not keys:
            return None
        key = keys[0]
        if len(keys) > 1:
            self._turn += 1
            is_late = self._turn % TURNS == 0
            key = min(keys, key=self._age) if is_late else max(keys)
        return self._pop(key)

    def take_any(self) -> M | None:
        """Return anything that waits, or None."""
        return self._pop(next(iter(self._rows))) if self._rows else None

    def recall(self, is_meant: Callable[[M], bool]) -> list[M]:
        """Return what is meant; it does not wait any more."""
        found = [mail for mail in self if is_meant(mail)]
        if found:
            rows = self._rows.items()
            kept = {
                key: deque(one for one in row if not is_meant(one[1]))
                for key, row in rows
            }
            self._rows = {key: row for key, row in kept.items() if row}
            self._big = sum(len(row) for key, row in self._rows.items() if not key[1])
        return found

    def clear(self) -> None:
        """Let all go unsent."""
        self._rows.clear()
        self._big = 0

    def _age(self, key: _Row) -> int:
        return self._rows[key][0][0]

    def _row_for(self, mail: M) -> deque[tuple[int, M]]:
        is_small = not is_big(mail)
        self._big += not is_small
        return self._rows.setdefault((mail.priority, is_small), deque())

    def _pop(self, key: _Row) -> M:
        row = self._rows[key]
        _, mail = row.popleft()
        if not row:
            del self._rows[key]
        self._big -= not key[1]
        return mail
