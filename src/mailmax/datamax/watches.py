"""Watches: who looks on, and the lines that wait to be read.

Theory:
    A watch holds lines until its watcher reads them. When there are too many the
    oldest go, and are counted: what is read is the newest, with the number of those
    that are missing before it.

Limits:
    5,000 lines and 2 MiB a watch, 100 watches. One that nobody reads for ten minutes
    ends.

Manual: 9.2.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from mailmax.datamax.member import Member
from mailmax.hub.contract.spying import MOST_LINES, TraceLine, TracePart, WatchTrace
from mailmax.observe.tap import Choice

MOST_WATCHES: Final = 100
MOST_WAITING: Final = 5_000
MOST_CHARACTERS: Final = 2 * 1024 * 1024
READ_S: Final = 10.0
"""How long a reader waits for something to happen."""
UNREAD_S: Final = 600.0


class Watch:
    """What one watcher wants, and has not read yet."""

    def __init__(
        self, number: int, watcher: Member, asked: WatchTrace | None, choice: Choice
    ) -> None:
        """Begin.

        Args:
            number: Unique in this hub.
            watcher: Who reads.
            asked: What is watched; None: logins.
            choice: Which sessions.
        """
        self.number = number
        self.watcher = watcher
        self.asked = asked
        self.choice = choice
        self._lines: deque[TraceLine] = deque()
        self._characters = 0
        self._lost = 0
        self._news = asyncio.Event()
        self._readers = 0
        self._read_at = time.monotonic()

    def put(self, line: TraceLine) -> None:
        """Keep a line; the oldest goes where there are too many."""
        self._lines.append(line)
        self._characters += len(line.text)
        while (
            len(self._lines) > MOST_WAITING or self._characters > MOST_CHARACTERS
        ) and self._lines:
            self._characters -= len(self._lines.popleft().text)
            self._lost += 1
        self._news.set()

    def lose(self, count: int) -> None:
        """Count what was lost on its way."""
        self._lost += max(count, 0)
        self._news.set()

    async def read(self) -> TracePart:
        """Return what there is, or wait a while for something."""
        self._readers += 1
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READ_S):
                    await self._news.wait()
        finally:
            self._readers -= 1
            self._read_at = time.monotonic()
        return self._take()

    def is_unread(self, now: float) -> bool:
        """Tell whether nobody has read it for a long time."""
        return not self._readers and now - self._read_at > UNREAD_S

    def _take(self) -> TracePart:
        count = min(len(self._lines), MOST_LINES)
        lines = tuple(self._lines.popleft() for _ in range(count))
        self._characters -= sum(len(line.text) for line in lines)
        lost, self._lost = self._lost, 0
        if not self._lines:
            self._news.clear()
        return TracePart(lines, lost)


class Watches:
    """All watches of the hub."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_number: dict[int, Watch] = {}
        self._last = 0

    @property
    def are_too_many(self) -> bool:
        """There is no room for one more."""
        return len(self._by_number) >= MOST_WATCHES

    def begin(self, watcher: Member, asked: WatchTrace | None, choice: Choice) -> Watch:
        """Begin one."""
        self._last += 1
        watch = Watch(self._last, watcher, asked, choice)
        self._by_number[watch.number] = watch
        return watch

    def find(self, number: int, watcher: Member) -> Watch | None:
        """Return somebody's watch."""
        watch = self._by_number.get(number)
        return watch if watch is not None and watch.watcher is watcher else None

    def of_service(self, service: str) -> Iterator[Watch]:
        """Yield those of a service's events."""
        for watch in self._by_number.values():
            if watch.asked is not None and watch.asked.service == service:
                yield watch

    def of_logins(self) -> list[Watch]:
        """Return those of logins."""
        return [one for one in self._by_number.values() if one.asked is None]

    def end(self, watches: Iterable[Watch]) -> set[str]:
        """End some; return the services that are concerned."""
        services = set()
        for watch in tuple(watches):
            if self._by_number.pop(watch.number, None) and watch.asked is not None:
                services.add(watch.asked.service)
        return services

    def end_of(self, watcher: Member) -> set[str]:
        """End all of one watcher; return the services that are concerned."""
        return self.end(o for o in self._by_number.values() if o.watcher is watcher)

    def end_unread(self) -> set[str]:
        """End those that nobody reads; return the services that are concerned."""
        now = time.monotonic()
        return self.end(one for one in self._by_number.values() if one.is_unread(now))
