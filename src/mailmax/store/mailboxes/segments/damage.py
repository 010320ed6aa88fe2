"""Bodies that are not what was promised: noted beside the user's mail (TRUST D9).

Theory:
    A body whose CRC-32 does not fit is not served and not thrown away. ``damaged`` in
    the user's directory has a line for each, for the operator and for a restore from
    a backup.

Limits:
    1 MiB of notes; noting is given up silently when the disk is in trouble.
"""

import os
from contextlib import suppress

from mailmax.store.atomic import write_all
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
    with suppress(OSError):
        file = File(f"{home}/damaged", os.O_RDWR | os.O_CREAT)
        known = os.pread(file.fd, NOTES_OCTETS, 0)
        if line not in known and len(known) + len(line) <= NOTES_OCTETS:
            write_all(file.fd, [line], len(known))
