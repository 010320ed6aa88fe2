"""Reading many bodies at once, for those who search them.

Rules:
    A body that was not seen whole before is compared with its CRC-32; one that does
    not fit is noted and left out (TRUST D9).
"""

import zlib
from collections.abc import Callable, Iterable, Sequence

from mailmax.base.errors import Failure
from mailmax.store.mailboxes.segments.columns import BODY_CHECKED, Columns
from mailmax.store.mailboxes.segments.damage import note_damage
from mailmax.store.mailboxes.segments.home import Home
from mailmax.store.search.candidates import Run


def read_runs(home: Home, columns: Columns, positions: Sequence[int]) -> list[Run]:
    """Return bodies as they lie.

    Raises:
        OSError: Not all of them can be read this way.
    """
    at, sizes, checked = columns.places, columns.sizes, columns.checked
    places = [at[position] for position in positions]
    lengths = [sizes[position] for position in positions]
    runs = []
    for octets, indexes, start in home.mail.read_runs(places, lengths):
        good: Iterable[int] = indexes
        end = start + len(octets)
        if any(not checked[positions[index]] & BODY_CHECKED for index in indexes):
            good = _check(home, columns, positions, (octets, indexes, start))
        kept = [n for n in good if places[n] + lengths[n] <= end]
        starts = [places[index] - start for index in kept]
        ends = [places[index] + lengths[index] - start for index in kept]
        runs.append(Run(octets, kept, starts, ends))
    return runs


def _check(
    home: Home,
    columns: Columns,
    positions: Sequence[int],
    run: tuple[bytes, Sequence[int], int],
) -> list[int]:
    """Return the indexes of those whose octets are what was promised."""
    octets, indexes, start = run
    view = memoryview(octets)
    good = []
    for index in indexes:
        position = positions[index]
        if not columns.checked[position] & BODY_CHECKED:
            place = columns.places[position]
            at = place - start
            crc = zlib.crc32(view[at : at + columns.sizes[position]])
            if crc != columns.crcs[position]:
                note_damage(home.path, place, crc)
                continue
            columns.checked[position] |= BODY_CHECKED
        good.append(index)
    return good


def read_singly(read: Callable[[int], bytes], positions: Sequence[int]) -> list[Run]:
    """Return bodies each alone, where a segment was compacted away or is damaged."""
    runs = []
    for index, position in enumerate(positions):
        try:
            octets = read(position)
        except Failure:
            continue
        runs.append(Run(octets, [index], [0], [len(octets)]))
    return runs
