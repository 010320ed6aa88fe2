"""How often rules have fired: counted here, told to the hub in batches.

Theory:
    As with `allowance`: nobody waits for it. What could not be told is kept and told
    later.

Rules:
    It is for people who look at their lists and no more: what is filed again after a
    crash counts again, and a filer that is killed forgets what it had not told.

Limits:
    1,000 rules in one call; one call at a time, one in two seconds.

Manual: 8.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from itertools import islice
from typing import NamedTuple

from mailmax.base.errors import Failure
from mailmax.hub.contract.rules import MOST_HITS, RuleHit

PAUSE_S = 2.0

Tell = Callable[[Sequence[RuleHit]], "Future[object]"]
"""Tells the hub; returns at once."""


class _Seen(NamedTuple):
    hits: int = 0
    last_at: float = 0.0


class Hits:
    """Counts for one filer; used by its thread alone."""

    def __init__(self, tell: Tell) -> None:
        """Begin with nothing counted.

        Args:
            tell: Tells the hub.
        """
        self._tell = tell
        self._due: dict[int, _Seen] = {}
        self._on_its_way: dict[int, _Seen] = {}
        self._call: Future[object] | None = None
        self._next_call = 0.0

    def add(self, rule_ids: Iterable[int], at_s: float) -> None:
        """These have fired for a message that came then."""
        for number in rule_ids:
            self._add(number, _Seen(1, at_s))

    def tell(self) -> None:
        """Tell the hub what is due, if it is time; waits for nothing."""
        if self._call is not None and self._call.done():
            self._hear(self._call)
        now = time.monotonic()
        if self._call is None and self._due and now >= self._next_call:
            self._begin(now)

    def finish(self, patience_s: float) -> None:
        """Before a stop: see that the hub has been told, if it is there."""
        end = time.monotonic() + patience_s
        self._next_call = 0.0
        self.tell()
        while (self._call is not None or self._due) and time.monotonic() < end:
            time.sleep(0.01)
            self.tell()

    # Inside

    def _begin(self, now: float) -> None:
        self._next_call = now + PAUSE_S
        numbers = list(islice(self._due, MOST_HITS))
        self._on_its_way = {number: self._due.pop(number) for number in numbers}
        rows = [RuleHit(number, *seen) for number, seen in self._on_its_way.items()]
        self._call = self._tell(rows)

    def _hear(self, call: "Future[object]") -> None:
        self._call = None
        told, self._on_its_way = self._on_its_way, {}
        try:
            call.result()
        except (Failure, CancelledError):
            for number, seen in told.items():
                self._add(number, seen)

    def _add(self, number: int, more: _Seen) -> None:
        had = self._due.get(number, _Seen())
        self._due[number] = _Seen(had.hits + more.hits, max(had.last_at, more.last_at))
