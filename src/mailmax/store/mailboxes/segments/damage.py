"""What is not what was promised: noted beside the user's mail (TRUST D9).

Theory:
    A body whose CRC-32 does not fit is not served and not thrown away. ``damaged`` in
    the user's directory has a line for each, for the operator and for a restore from
    a backup. So it has for each stretch of a log that cannot be read (`log`); what it
    holds is kept as ``log.<mailbox>.<G>.lost.<offset>``.

Limits:
    1 MiB of notes; noting is given up silently when the disk is in trouble.
"""

import os
from collections.abc import Sequence
from contextlib import suppress

from mailmax.store.atomic import write_all
from mailmax.store.mailboxes.segments import log
from mailmax.store.mailboxes.segments.files import File
from mailmax.store.mailboxes.segments.heap import offset_of, segment_of

NOTES_OCTETS = 1024 * 1024


def note_damage(home: str, place: int, crc: int) -> None:
    """Note a damaged body.

    Args:
        home: The user's directory.
        place: Where the body lies.
        crc: The CRC-32 that was found.
    """
    line = b"mail.%04d offset %d crc %08x\n" % (
        segment_of(place),
        offset_of(place),
        crc,
    )
    _note(home, line)


def note_holes(home: str, file: File, holes: Sequence[tuple[int, int]]) -> None:
    """Note, under the lock, what cannot be read in a log, and keep it.

    Args:
        home: The user's directory.
        file: The log.
        holes: Where each begins and ends.
    """
    name = os.path.basename(file.path)  # noqa: PTH119 - a string is what there is
    for start, end in holes:
        with suppress(OSError):
            log.keep_lost(file, start, end)
        _note(home, b"%s offset %d octets %d\n" % (name.encode(), start, end - start))


def _note(home: str, line: bytes) -> None:
    with suppress(OSError):
        file = File(f"{home}/damaged", os.O_RDWR | os.O_CREAT)
        known = os.pread(file.fd, NOTES_OCTETS, 0)
        if line not in known and len(known) + len(line) <= NOTES_OCTETS:
            write_all(file.fd, [line], len(known))
