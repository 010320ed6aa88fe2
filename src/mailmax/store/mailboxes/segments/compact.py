"""Compaction: short logs, and no more dead octets than live ones.

Theory:
    A *log* that grew is replaced by a snapshot and an empty one: both are written and
    synced beside it, without the lock; then, under the lock and only if nothing was
    appended meanwhile, SWITCH makes them the truth (`log` says why that is enough).

    The *list of mailboxes* goes the same way, without a snapshot.

    *Octets*: segments of which less than half is alive are emptied. Under the lock
    appending goes on elsewhere; without it the live octets are copied and synced;
    under it every mailbox is told where its octets are now (MOVED); when that is
    synced, the segments go. Who died on the way leaves two copies, never none.

Rules:
    After a power cut a mailbox is looked at first (`unproven`): what a snapshot holds,
    or what was copied, passes for proven.
    One compaction of a home at a time (its own lock file, never removed). What one
    left that died is settled before its name is used again: whoever comes may make it
    the truth (`log`), and go on in it. So what one could not make durable he removes.
    A body whose CRC does not fit is copied as it is, and noted in ``damaged``.
    Open files and mappings of what was unlinked stay readable; who comes too late
    finds the new places by reading on.

Limits:
    A log: 64 KiB or a sixteenth of its snapshot, whichever is more. Octets: at least
    1 MiB dead; four segments at a time, copied 1 MiB at a time.
"""

import os
import zlib
from array import array
from collections.abc import Iterable, Sequence
from copy import copy
from pathlib import Path

import msgspec

from mailmax.store.atomic import Lock, write_all
from mailmax.store.mailboxes.segments import log, snap
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.columns import Columns
from mailmax.store.mailboxes.segments.damage import note_damage
from mailmax.store.mailboxes.segments.directory import folder_ids, list_names
from mailmax.store.mailboxes.segments.frames import encode_together
from mailmax.store.mailboxes.segments.heap import (
    HEADER_OCTETS,
    Heap,
    place_of,
    segment_of,
)
from mailmax.store.mailboxes.segments.home import DEAD_OCTETS, Home
from mailmax.store.mailboxes.segments.patience import patiently
from mailmax.store.mailboxes.segments.records import Moved, Switch
from mailmax.store.mailboxes.segments.unproven import look
from mailmax.store.mailboxes.segments.words import failures

TRIES = 3
SEGMENTS = 4
SLICE_OCTETS = 1024 * 1024


def compact_log(home: Home, folder_id: int) -> bool:
    """Replace a mailbox's log by a snapshot and an empty log.

    Returns:
        True when it was done (perhaps by another process).

    Raises:
        TemporaryFailure: The old log is still the truth.
    """
    with failures():
        lock = Lock.take(Path(home.path, ".compacting"))
        if lock is None:
            return False
        try:
            return any(_try_log(home, folder_id) for _ in range(TRIES))
        finally:
            lock.release()


def rewrite_roster(home: Home) -> bool:
    """Replace the list of mailboxes by one that says only what is.

    Returns:
        True when it was done (perhaps by another process).

    Raises:
        TemporaryFailure: The old list is still the truth.
    """
    with failures():
        lock = Lock.take(Path(home.path, ".compacting"))
        if lock is None:
            return False
        try:
            return any(_try_roster(home) for _ in range(TRIES))
        finally:
            lock.release()


def _try_roster(home: Home) -> bool:
    with home.mutex:
        if not home.roster.is_due:
            return True  # others did it
    draft = home.roster.draft()

    def switch() -> bool:
        with home.changing():
            return home.roster.switch(draft)

    return patiently(switch)


def _try_log(home: Home, folder_id: int) -> bool:
    box = _looked_at(home, folder_id)
    with home.mutex:
        box.catch_up()
        columns = box.truth().clone()  # first: it may go on in a later generation
        if not box.sessions:
            box.drop_columns()
        if box.generation == 0 or box.head.deleted:
            return True
        generation, end = box.generation, box.end
        head = copy(box.head)
        head.origins = head.origins.copy()
        head.lazy = head.lazy[:]
        bodies = {segment_of(add.place) for add in head.unproven}
    if not home.is_last(box.stem, generation):
        return True  # others did it
    # Others may have them on their way: a snapshot holds only what is proven.
    paths = [home.mail.path(number) for number in bodies]
    for path in paths:
        home.syncs.wrote(path)
    home.syncs.sync(paths)
    new = generation + 1
    pieces = snap.encode(columns, head)
    try:
        home.write_beside(f"{box.snap_stem}.{new}", *pieces)
        home.write_beside(f"{box.stem}.{new}", log.header(new, end, has_snap=True))
    except OSError:
        patiently(lambda: _abandon(home, box, generation))
        raise
    return patiently(lambda: _switch(home, box, generation, end))


def _abandon(home: Home, box: Box, generation: int) -> None:
    """Remove what was not written durably, before anybody goes on in it."""
    with home.changing():
        box.catch_up()
        if box.generation == generation:
            home.unlink(f"{box.stem}.{generation + 1}")
            home.unlink(f"{box.snap_stem}.{generation + 1}")


def _looked_at(home: Home, folder_id: int) -> Box:
    with home.mutex:
        box = home.box(folder_id)
    patiently(lambda: look(home, box))
    return box


def _switch(home: Home, box: Box, generation: int, end: int) -> bool:
    new = generation + 1
    snapshot = f"{box.snap_stem}.{new}"
    with home.changing():
        box.catch_up()
        if box.generation != generation:
            return True
        if box.end != end or not os.path.exists(f"{box.stem}.{new}"):  # noqa: PTH110
            home.unlink(f"{box.stem}.{new}")
            home.unlink(snapshot)
            return False
        old = box.path
        log.append(box.file(), end, encode_together([Switch(new)], log.tag_of(old)))
        box.switched(new)
        home.unlink(old)
        home.unlink(f"{box.snap_stem}.{generation}")
        return True


class _Live(msgspec.Struct):
    """What is alive in one kind of segments: place to length and CRC-32."""

    heap: Heap
    extra: int
    """Octets of the header before each place."""
    lengths: dict[int, tuple[int, int]]


def compact_octets(home: Home) -> int:
    """Empty the segments of which less than half is alive.

    Returns:
        How many segments went.

    Raises:
        TemporaryFailure: Nothing is lost.
    """
    with failures():
        lock = Lock.take(Path(home.path, ".compacting"))
        if lock is None:
            return 0
        try:
            boxes = _load_all(home)
            return sum(_empty(home, boxes, fragments=kind) for kind in (False, True))
        finally:
            for box in home.boxes.values():
                if not box.sessions:
                    box.drop_columns()
            lock.release()


def _load_all(home: Home) -> list[Box]:
    """Load every mailbox, so that catching up under the lock is quick."""
    boxes = []
    for folder_id in folder_ids(list_names(home.path)):
        box = _looked_at(home, folder_id)
        with home.mutex:
            box.catch_up()
            box.truth()
            boxes.append(box)
    return boxes


def _empty(home: Home, boxes: Sequence[Box], *, fragments: bool) -> int:
    heap = home.frag if fragments else home.mail
    live = _Live(heap, 0 if fragments else HEADER_OCTETS, {})

    def plan() -> tuple[list[int], int]:
        with home.changing():
            for box in boxes:
                box.catch_up()
                if not box.head.deleted:
                    _collect(live, box.truth(), fragments=fragments)
            totals = home.totals
            last = totals.frag_segment if fragments else totals.mail_segment
            chosen = _choose(home, live, last)
            if chosen:
                # Copies go to `last + 1`, new mail from now on to `last + 2`.
                home.use_segments(
                    totals.mail_segment if fragments else last + 2,
                    last + 2 if fragments else totals.frag_segment,
                )
            return chosen, last + 1

    chosen, target = patiently(plan)
    if not chosen:
        return 0
    moved = _copy(home, live, chosen, target)
    kept = patiently(lambda: _tell(home, moved, chosen, fragments=fragments))
    home.syncs.sync(box.path for box in home.boxes.values() if box.generation)
    going = [number for number in chosen if number not in kept]
    for number in going:
        home.unlink(heap.path(number))
    return len(going)


def _collect(live: _Live, truth: Columns, *, fragments: bool) -> None:
    if fragments:
        for place, length in zip(truth.fragments, truth.fragment_sizes, strict=True):
            live.lengths[place] = (length, -1)
    else:
        for place, length, crc in zip(
            truth.places, truth.sizes, truth.crcs, strict=True
        ):
            live.lengths[place] = (length, crc)


def _choose(home: Home, live: _Live, last: int) -> list[int]:
    alive: dict[int, int] = {}
    for place, (length, _) in live.lengths.items():
        number = segment_of(place)
        alive[number] = alive.get(number, 0) + length + live.extra
    chosen = []
    dead = 0
    stem = Path(live.heap.path(0)).name.partition(".")[0]
    for number in log.generations(list_names(home.path), stem):
        size = live.heap.end(number)[1]
        if number <= last and size > 2 * alive.get(number, 0):
            chosen.append(number)
            dead += size - alive.get(number, 0)
    return chosen[:SEGMENTS] if dead >= DEAD_OCTETS else []


def _copy(
    home: Home, live: _Live, chosen: Iterable[int], target: int
) -> dict[int, int]:
    """Copy live octets into a new segment; return old place to new place."""
    wanted = set(chosen)
    moved: dict[int, int] = {}
    file, end = live.heap.end(target)
    pieces: list[bytes] = []
    start = end
    for place in sorted(p for p in live.lengths if segment_of(p) in wanted):
        length, crc = live.lengths[place]
        octets = live.heap.read(place - live.extra, live.extra + length)
        if crc >= 0 and zlib.crc32(octets[live.extra :]) != crc:
            note_damage(home.path, place, zlib.crc32(octets[live.extra :]))
        octets = octets.ljust(live.extra + length, b"\0")
        moved[place] = place_of(target, end + live.extra)
        pieces.append(octets)
        end += len(octets)
        if end - start >= SLICE_OCTETS:
            write_all(file.fd, pieces, start)
            pieces, start = [], end
    write_all(file.fd, pieces, start)
    home.syncs.wrote(file.path)
    home.syncs.sync([file.path])
    return moved


def _tell(
    home: Home, moved: dict[int, int], chosen: Iterable[int], *, fragments: bool
) -> set[int]:
    """Tell every mailbox, under the lock; return the segments still needed."""
    wanted = set(chosen)
    kept: set[int] = set()
    with home.changing():
        for folder_id in folder_ids(list_names(home.path)):
            box = home.box(folder_id)
            box.catch_up()
            if box.generation == 0 or box.head.deleted:
                continue
            truth = box.truth()
            places = truth.fragments if fragments else truth.places
            there = sorted({p for p in places if segment_of(p) in wanted})
            old = [place for place in there if place in moved]
            kept.update(segment_of(place) for place in there if place not in moved)
            if old:
                new = array("Q", [moved[place] for place in old])
                home.log(box, [Moved(fragments, array("Q", old), new)])
    return kept
