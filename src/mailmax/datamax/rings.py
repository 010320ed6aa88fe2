"""Rings: sums over slots of time, of which only the last ones are kept.

Theory:
    Time is cut into slots of a fixed length; a slot's *label* is its number since
    1970. A ring has a place for each of the last N labels: label modulo N. Each place
    says of which label its sums are, so nothing has to be cleared while time passes:
    what is found under another label is forgotten when it is met.

Rules:
    What is read is what was added, as long as its slot is among the last N. A clock
    that jumps ahead and comes back costs the places that were written meanwhile, and
    those only; slots of the future are not read, and are taken over when their time
    has come. A slot that is too old never overwrites a newer one.

Limits:
    A sum stays at 2^62.
"""

from array import array
from collections.abc import Sequence
from itertools import chain
from typing import Final

import msgspec

MOST: Final = 2**62
_NOTHING: Final = -1


class KeptRing(msgspec.Struct, frozen=True, array_like=True):
    """A ring as it is kept."""

    step_s: int
    labels: bytes
    sums: tuple[bytes, ...]
    """One a measure; both are little-endian integers of 64 bits on all we run on."""


class Ring:
    """Sums by slot, of several measures."""

    __slots__ = ("_labels", "_sums", "size", "step_s")

    def __init__(self, step_s: int, size: int, measures: int) -> None:
        """Begin with nothing.

        Args:
            step_s: Length of a slot.
            size: How many slots are kept.
            measures: How many sums a slot has.
        """
        self.step_s = step_s
        self.size = size
        self._labels = array("q", [_NOTHING]) * size
        self._sums = [array("q", bytes(8 * size)) for _ in range(measures)]

    def label(self, moment: float) -> int:
        """Return the slot in which a moment lies (Unix time)."""
        return max(0, int(moment // self.step_s))

    def add(self, moment: float, now: float, counts: Sequence[int]) -> None:
        """Add what was counted at a moment; what is too old by now is passed over."""
        label = self.label(moment)
        if label <= self.label(now) - self.size:
            return
        place = label % self.size
        if self._labels[place] != label:
            self._labels[place] = label
            for sums in self._sums:
                sums[place] = 0
        for sums, count in zip(self._sums, counts, strict=True):
            sums[place] = min(sums[place] + count, MOST)

    def values(self, measure: int, now: float, count: int) -> tuple[int, ...]:
        """Return the last sums of a measure, the oldest first.

        Args:
            measure: Which one.
            now: Unix time; its slot is the last.
            count: How many; at most `size`.
        """
        end = self.label(now) + 1
        sums, labels, size = self._sums[measure], self._labels, self.size
        return tuple(
            sums[label % size] if labels[label % size] == label else 0
            for label in range(end - count, end)
        )

    def keep(self) -> KeptRing:
        """Return all of it."""
        sums = tuple(one.tobytes() for one in self._sums)
        return KeptRing(self.step_s, self._labels.tobytes(), sums)

    def restore(self, kept: KeptRing) -> bool:
        """Take what was kept, unless it is of another shape; tell whether it was.

        Measures that came later begin at nothing.
        """
        parts = [kept.labels, *kept.sums]
        is_same = (
            kept.step_s == self.step_s
            and len(kept.sums) <= len(self._sums)
            and all(len(part) == 8 * self.size for part in parts)
        )
        if not is_same:
            return False
        labels, *sums = (array("q", part) for part in parts)
        if any(not 0 <= number <= MOST for number in chain(*sums)):
            return False
        new = len(self._sums) - len(sums)
        sums += [array("q", bytes(8 * self.size)) for _ in range(new)]
        self._labels, self._sums = labels, sums
        return True
