"""Added messages whose octets may not have reached the disk: proven, or taken back.

Theory:
    A message is added by two writes, its octets and its record, and both files are
    synced at once: the file system makes one commit of what would be two, one after
    the other. So a power cut may keep the record and lose the octets. Nobody was told
    OK then; the message is *taken back* by a record, and what was seen of it (its
    UID) is never given again.

    Which messages may be so is in the log: those without an origin (the others are in
    a journal, `recover`) behind the last PROVEN. Who synced both files says so with
    the next change. A snapshot holds only what is proven.

Rules:
    Looked at once after each power cut, before the mailbox is shown or added to: what
    is added later is not judged while it is on its way.
    Taken back is only what is unproven *and* misses octets: the file ends too early,
    or whole sectors are zero, as file systems leave what was never written. All else
    that does not fit its CRC is damage, and stays for all to see (TRUST D9).
"""

import zlib
from array import array
from collections.abc import Iterable, Sequence

from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.columns import Columns
from mailmax.store.mailboxes.segments.heap import offset_of
from mailmax.store.mailboxes.segments.home import Home
from mailmax.store.mailboxes.segments.records import Gone, Proven, Record

SECTOR = 512


def look(home: Home, box: Box, *, to_add: bool = False) -> None:
    """After a power cut: take back what was lost on its way; blocks.

    Args:
        home: The user.
        box: The mailbox.
        to_add: It will be added to; else nothing is written where nothing is lost.

    Raises:
        Locked: Nothing was done.
    """
    cuts = home.node.cuts
    if box.head.proven_cuts >= cuts:
        return
    with home.mutex:
        box.catch_up()
        if not (to_add or box.head.unproven):
            return
        lost = missing(home, box.truth(), [add.uid for add in box.head.unproven])

    def decide() -> None:
        home.make_log(box)
        box.catch_up()
        if box.head.proven_cuts >= cuts or box.head.deleted:
            return
        records: list[Record] = []
        truth = box.truth()
        gone = missing(home, truth, lost)  # some may lie elsewhere by now
        octets = sum(truth.sizes[place] for place in truth.positions(gone))
        if gone:
            home.reserve(box, 0, 1)
            records.append(Gone(box.head.modseq + 1, array("I", gone)))
        records.append(Proven(box.head.modseq + len(records), cuts))
        home.log(box, records, -octets, -len(gone))

    home.change(decide)


def take_back(home: Home, box: Box, uids: Sequence[int]) -> None:
    """Remove what could not be made durable.

    Raises:
        Locked: Nothing was done.
        TemporaryFailure: The disk is in trouble with this too.
    """

    def decide() -> None:
        box.catch_up()
        truth = box.truth()
        places = truth.positions(uids)
        if not places or box.head.deleted:
            return
        home.reserve(box, 0, 1)
        octets = sum(truth.sizes[place] for place in places)
        gone = array("I", [truth.uids[place] for place in places])
        home.log(box, [Gone(box.head.modseq + 1, gone)], -octets, -len(gone))

    home.change(decide)


def missing(home: Home, truth: Columns, uids: Iterable[int]) -> list[int]:
    """Return those of the messages whose octets were never written as a whole."""
    return [
        uid
        for uid in uids
        if (position := truth.position(uid)) >= 0
        and _is_missing(
            home, truth.places[position], truth.sizes[position], truth.crcs[position]
        )
    ]


def _is_missing(home: Home, place: int, size: int, crc: int) -> bool:
    try:
        octets = home.mail.read(place, size)
    except FileNotFoundError:
        return True
    if len(octets) < size:
        return True
    return zlib.crc32(octets) != crc and has_hole(octets, offset_of(place))


def has_hole(octets: bytes, offset: int) -> bool:
    """Tell whether what a sector of the file has of some octets is all zero."""
    start = 0
    while start < len(octets):
        end = start + SECTOR - (offset + start) % SECTOR
        piece = octets[start:end]
        if piece.count(0) == len(piece):
            return True
        start = end
    return False
