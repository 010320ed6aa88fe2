"""How much more a file system can take, asked once a second at most (TRUST D13)."""

import os
import time
from pathlib import Path

FREE_INODES = 64
ASK_S = 1.0


class FreeSpace:
    """The free space of the file system that holds a directory.

    Any thread may ask; two that ask at once may both look, which harms nobody.
    """

    def __init__(self, path: Path | str) -> None:
        """Name the directory; it must exist when it is asked about."""
        self._path = path
        self._seen = (float("-inf"), 0, 0)

    def has_room(self, octets: int) -> bool:
        """Tell whether twice that much is free, and some inodes.

        Raises:
            OSError: The directory cannot be looked at.
        """
        at, free, inodes = self._seen
        now = time.monotonic()
        if now - at > ASK_S:
            stat = os.statvfs(self._path)
            free = stat.f_bavail * stat.f_frsize
            inodes = stat.f_favail if stat.f_files else FREE_INODES
            self._seen = (now, free, inodes)
        return free >= 2 * octets and inodes >= FREE_INODES
