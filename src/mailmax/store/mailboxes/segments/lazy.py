"""Messages that the filer delivered, before its checkpoint covers their octets.

Theory:
    A delivery is lazy; the filer's checkpoint makes it durable, or the journal does
    after a power cut (`recover`). A copy of it has no journal: it needs octets that
    are durable by themselves before it is promised. A checkpoint that failed leaves
    octets that can be read and that no later sync writes (`rewrite`). So whoever
    copies what no checkpoint is known to have covered writes the octets again first.

    Which messages may be so is in the log: those with an origin from the last FILED
    on (`head.Head.lazy`), and those without one that are not proven (`unproven`).
    After its checkpoint the filer says FILED with the next delivery, so there are
    few. The copy, once synced, stands for itself, whatever becomes of the filer.
"""

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter

from mailmax.base.errors import TemporaryFailure
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.columns import Columns
from mailmax.store.mailboxes.segments.heap import HEADER_OCTETS, segment_of
from mailmax.store.mailboxes.segments.home import Home


def write_uncovered(
    home: Home, box: Box, truth: Columns, places: Sequence[int]
) -> None:
    """Write the octets of those messages again that may not be durable.

    Under the lock; the next sync of their segments makes them durable.

    Args:
        home: The user.
        box: The mailbox.
        truth: What is in it.
        places: Positions of at least one message.

    Raises:
        OSError: Some were not written; they still say the same.
        TemporaryFailure: Some are not whole: the filer has yet to mend them.
    """
    uncovered = _uncovered(box, truth.uids[min(places)], truth.uids[max(places)])
    if not uncovered:
        return
    for position in places:
        if truth.uids[position] not in uncovered:
            continue
        place, size = truth.places[position], truth.sizes[position]
        octets = home.mail.read(place, size)
        if len(octets) < size or zlib.crc32(octets) != truth.crcs[position]:
            raise TemporaryFailure("this message is damaged, or not recovered yet")
        home.mail.rewrite(place - HEADER_OCTETS, HEADER_OCTETS + size)
        home.syncs.wrote(home.mail.path(segment_of(place)))


def _uncovered(box: Box, low: int, high: int) -> set[int]:
    """Return which of the messages between two UIDs (with them) are meant."""
    lazy, unproven = box.head.lazy, box.head.unproven
    start = max(
        bisect_right(unproven, box.proven, key=attrgetter("modseq")),
        bisect_left(unproven, low, key=attrgetter("uid")),
    )
    end = bisect_right(unproven, high, key=attrgetter("uid"))
    uncovered = {add.uid for add in unproven[start:end]}
    uncovered.update(lazy[bisect_left(lazy, low) : bisect_right(lazy, high)])
    return uncovered


class Deliveries:
    """The homes that were delivered to since the last checkpoint."""

    def __init__(self) -> None:
        self._homes: set[Home] = set()

    def note(self, home: Home) -> None:
        """Something may have been delivered there."""
        self._homes.add(home)

    def begin(self) -> list[tuple[Box, int]]:
        """Return, before a checkpoint, what it will cover: mailboxes, and up to where.

        Should the checkpoint fail, it is forgotten: nothing is said of it then.
        """
        homes, self._homes = self._homes, set()
        found: list[tuple[Box, int]] = []
        for home in homes:
            with home.mutex:
                found += [
                    (box, box.head.uid_next)
                    for box in home.boxes.values()
                    if box.head.lazy
                ]
        return found


def covered(found: Iterable[tuple[Box, int]]) -> None:
    """Note that the checkpoint succeeded; the next delivery to each says so."""
    for box, uid in found:
        box.filed = max(box.filed, uid)
