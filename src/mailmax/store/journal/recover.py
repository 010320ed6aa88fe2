"""Reading a segment that nobody vouches for: what was promised, by CRC alone.

Theory:
    A group is written by one commit and each is durable before the next begins, so
    only the *last* group of a segment can be torn. Records are walked from the start;
    a group counts when its last record is sound. Where a record is unsound there are
    two cases, told apart by the numbers, which are consecutive in a segment:

    - a record behind it belongs to a *later* group: then the unsound one was promised
      and has been damaged since. It is skipped and counted, the rest is read;
    - nothing behind it does: the group was torn by the cut, never promised, ignored.

Rules:
    A body that does not fit its CRC is torn or damaged like a header, but when it was
    promised the record is still shown: its reader learns of the damage by `body`.
"""

import mmap
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from mailmax.store.journal import record
from mailmax.store.journal.record import Head

Octets = bytes | bytearray | mmap.mmap

SEARCH_OCTETS = 1024 * 1024
"""Looked through at once."""


class Stretch(NamedTuple):
    """The promised part of a segment."""

    end: int
    """Offset behind the last promised record."""
    number: int
    """Its number, or the one before the first possible."""


def find_end(octets: Octets, start: int, seed: int, before: int) -> Stretch:
    """Find where the promised records of a segment end.

    Args:
        octets: The whole segment.
        start: Where a record starts, or the records end.
        seed: Of this journal and generation.
        before: Number of the record before `start`.
    """
    found = Stretch(start, before)
    for head in walk(octets, start, seed, before):
        if head.flags & record.LAST:
            found = Stretch(head.end, head.number)
    return found


def walk(octets: Octets, start: int, seed: int, before: int) -> Iterator[Head]:
    """Yield sound records in order, over damaged ones, also of a torn last group."""
    with memoryview(octets) as view:
        end = len(view)
        while True:
            head = record.read_head(view, start, end, seed)
            if head is None or head.number != before + 1:
                head = next_group(octets, start + 1, end, seed, before + 1)
            elif not _fits(view, head) and not next_group(
                octets, head.end, end, seed, head.number
            ):
                head = None
            if head is None:
                return
            yield head
            start, before = head.end, head.number


def next_group(
    octets: Octets, start: int, end: int, seed: int, after: int
) -> Head | None:
    """Return the next sound record of a group that began behind record `after`."""
    for head in sound_from(octets, start, end, seed):
        if head.number - head.nth > after:
            return head
    return None


def sound_from(octets: Octets, start: int, end: int, seed: int) -> Iterator[Head]:
    """Yield whatever looks like a sound record from a place on."""
    with memoryview(octets) as view:
        for place in _places(view, start, end, record.tag_of(seed)):
            head = record.read_head(view, place, end, seed)
            if head:
                yield head


def _places(view: memoryview, start: int, end: int, tag: bytes) -> Iterator[int]:
    """Yield where a tag stands. Note: `mmap.find` crashes CPython 3.11.2."""
    while start < end:
        stop = min(end, start + SEARCH_OCTETS)
        window = bytes(view[start : min(end, stop + len(tag) - 1)])
        found = window.find(tag)
        while found >= 0:
            yield start + found
            found = window.find(tag, found + 1)
        start = stop


def _fits(view: memoryview, head: Head) -> bool:
    if head.body_at == head.end:
        return True
    return zlib.crc32(view[head.body_at : head.end]) == head.body_crc
