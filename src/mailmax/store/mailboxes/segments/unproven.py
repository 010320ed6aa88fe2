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
from typing import NamedTuple

from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.columns import Columns
from mailmax.store.mailboxes.segments.heap import offset_of
from mailmax.store.mailboxes.segments.home import Home
from mailmax.store.mailboxes.segments.records import Gone, Proven, Record

SECTOR = 512


class Body(NamedTuple):
    """Where the octets of a message should lie."""

    uid: int
    place: int
    size: int
    crc: int


def is_due(home: Home, box: Box) -> bool:
    """Tell whether `look` has something to read, with the home's mutex held."""
    if box.head.proven_cuts >= home.node.cuts:
        return False
    box.catch_up()
    return bool(box.head.unproven)


def look(home: Home, box: Box, *, to_add: bool = False) -> None:
    """After a power cut: take back what was lost on its way; blocks.

    Args:
        home: The user.
        box: The mailbox.
        to_add: It will be added to; else nothing is written where nothing is lost.

    Raises:
        Locked: Nothing was done.
    """
    lost = find_lost(home, box, to_add=to_add)
    if lost is not None:
        note_looked(home, box, lost)


def find_lost(home: Home, box: Box, *, to_add: bool = False) -> set[Body] | None:
    """Return what was lost on its way; None when there is nothing to be said.

    All that is not proven is read, without the lock and without the mutex: it may
    take seconds, and others go on meanwhile.
    """
    if box.head.proven_cuts >= home.node.cuts:
        return None
    with home.mutex:
        box.catch_up()
        if not (to_add or box.head.unproven):
            return None
        bodies = _bodies(box.truth(), [add.uid for add in box.head.unproven])
    return set(missing(home, bodies))


def note_looked(home: Home, box: Box, lost: set[Body]) -> None:
    """Take back what was lost, and say that the rest is proven.

    Raises:
        Locked: Nothing was done.
    """
    cuts = home.node.cuts

    def decide() -> None:
        home.make_log(box)
        box.catch_up()
        if box.head.proven_cuts >= cuts or box.head.deleted:
            return
        records: list[Record] = []
        there = set(_bodies(box.truth(), [body.uid for body in lost]))
        going = lost & there
        going.update(missing(home, there - lost))  # these lie elsewhere by now
        gone = sorted(body.uid for body in going)
        octets = sum(body.size for body in going)
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


def missing(home: Home, bodies: Iterable[Body]) -> list[Body]:
    """Return those whose octets were never written as a whole."""
    return [body for body in bodies if _is_missing(home, body)]


def _bodies(truth: Columns, uids: Iterable[int]) -> list[Body]:
    places = [place for uid in uids if (place := truth.position(uid)) >= 0]
    return [
        Body(truth.uids[n], truth.places[n], truth.sizes[n], truth.crcs[n])
        for n in places
    ]


def _is_missing(home: Home, body: Body) -> bool:
    try:
        octets = home.mail.read(body.place, body.size)
    except FileNotFoundError:
        return True
    if len(octets) < body.size:
        return True
    return zlib.crc32(octets) != body.crc and has_hole(octets, offset_of(body.place))


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
