"""Sequence sets: which messages a command speaks of.

Theory:
    A set is kept as ranges, sorted and merged, and is never expanded: ``1:4294967295``
    costs as much as ``1``. ``*`` is the largest number in use, so a range that has it
    is open at the top until `resolve` is told what that number is. Two open ranges
    are one: the lower one covers the other.

Limits:
    The number of ranges is bounded by the octets of the command (TRUST E4).

Standards:
    RFC 3501 §9 sequence-set.
"""

from dataclasses import dataclass

from mailmax.wire.imap.types.malformed import Malformed

LARGEST = 0xFFFFFFFF
"""nz-number is an unsigned 32-bit integer (RFC 3501 §9)."""

Range = tuple[int, int]
"""First and last number, both included."""


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Numbers from 1 to 2^32 - 1 as merged ascending ranges."""

    ranges: tuple[Range, ...]
    open_from: int | None = None
    """The set also holds everything from here to ``*``; LARGEST is ``*`` alone."""

    def resolve(self, largest: int) -> tuple[Range, ...]:
        """Return closed ranges, given the largest number in use (0: none is).

        ``5:*`` where the largest is 3 means 3:5, which holds 3 (RFC 3501 §6.4.8).
        """
        if self.open_from is None or not largest:
            return self.ranges
        low = min(self.open_from, largest)
        return merge([*self.ranges, (low, max(largest, low))])

    def encode(self) -> bytes:
        """Write the set in its shortest form."""
        words = [b"%d" % a if a == b else b"%d:%d" % (a, b) for a, b in self.ranges]
        if self.open_from is not None:
            alone = self.open_from == LARGEST
            words.append(b"*" if alone else b"%d:*" % self.open_from)
        return b",".join(words)


def merge(ranges: list[Range]) -> tuple[Range, ...]:
    """Sort ranges and join those that touch."""
    merged: list[Range] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


# sequence-set = (seq-number / seq-range) *("," sequence-set)
# seq-range    = seq-number ":" seq-number
# seq-number   = nz-number / "*"
def parse_sequence_set(text: bytes) -> SequenceSet:
    """Read a sequence set.

    Raises:
        Malformed: It is not one.
    """
    closed: list[Range] = []
    lowest_open: int | None = None
    for word in text.split(b","):
        first, colon, last = word.partition(b":")
        low = _seq_number(first)
        high = _seq_number(last) if colon else low
        if low is None or high is None:
            bottom = low or high or LARGEST
            lowest_open = bottom if lowest_open is None else min(bottom, lowest_open)
        else:
            closed.append((low, high) if low <= high else (high, low))
    return SequenceSet(merge(closed), lowest_open)


def encode_numbers(numbers: list[int]) -> bytes:
    """Write ascending numbers as a sequence set."""
    ranges: list[Range] = []
    start = last = -2
    for number in numbers:
        if number != last + 1:
            if last > 0:
                ranges.append((start, last))
            start = number
        last = number
    if last > 0:
        ranges.append((start, last))
    return SequenceSet(tuple(ranges)).encode()


def _seq_number(text: bytes) -> int | None:
    """Return the number; None for ``*``."""
    if text == b"*":
        return None
    if not text.isdigit() or len(text) > 10 or text[0] == 0x30:
        raise Malformed("invalid sequence set")
    number = int(text)
    if number > LARGEST:
        raise Malformed("number above 2^32 - 1 in sequence set")
    return number
