"""Writing again what a file says, where it lies.

Theory:
    After a sync that failed, octets can be read that will not be there after a power
    cut, and the next sync passes them over (TRUST D2). Written again they are the
    next sync's business. That is for recovery, which compares octets with their CRC:
    what it can read it writes again, what it cannot read it gets from the journal.

Rules:
    Under the user's lock: nobody appends meanwhile.
"""

import os

from mailmax.store.atomic import write_all
from mailmax.store.mailboxes.segments.files import File

SLICE_OCTETS = 1024 * 1024


def rewrite(file: File, start: int, end: int) -> None:
    """Write a part of a file again.

    Raises:
        OSError: Some of it was not written; it still says the same.
    """
    while start < end:
        octets = os.pread(file.fd, min(SLICE_OCTETS, end - start), start)
        if not octets:
            return
        start = write_all(file.fd, [octets], start)
