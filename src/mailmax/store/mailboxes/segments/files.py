"""Open files, as many as are good for us: the least used ones are closed.

Theory:
    A `File` closes its descriptor when the last reference to it goes. The cache
    holds one reference, whoever uses it another one for as long as the call takes:
    so a file that is thrown out of the cache is never closed under somebody's hands.

Rules:
    Hold the `File`, not its number, while the number is used: ``get(path).fd`` in a
    call would let another thread close it in between.
    Every descriptor of the segment store comes from here; all are close-on-exec.
"""

import os
from collections import OrderedDict
from threading import Lock

from mailmax.store import disk


class File:
    """A descriptor that lives as long as anybody needs it."""

    __slots__ = ("fd", "path")

    def __init__(self, path: str, flags: int) -> None:
        self.fd = -1
        self.path = path
        self.fd = disk.open(path, flags | disk.OPEN_FLAGS, 0o600)

    def __del__(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)

    @property
    def size(self) -> int:
        """Octets in it just now."""
        return os.fstat(self.fd).st_size


class Files:
    """Files by path, the least used ones closed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._files: OrderedDict[str, File] = OrderedDict()
        self._lock = Lock()

    def get(self, path: str) -> File:
        """Return an existing file, open to read and write.

        Raises:
            FileNotFoundError: It is not there.
        """
        return self._get(path, os.O_RDWR)

    def make(self, path: str) -> File:
        """Return a file, made when missing."""
        return self._get(path, os.O_RDWR | os.O_CREAT)

    def directory(self, path: str) -> File:
        """Return a directory, to lock or sync it."""
        return self._get(path, os.O_RDONLY | os.O_DIRECTORY)

    def _get(self, path: str, flags: int) -> File:
        with self._lock:
            file = self._files.get(path)
            if file is not None:
                self._files.move_to_end(path)
                return file
            file = self._files[path] = File(path, flags)
            if len(self._files) > self._limit:
                self._files.popitem(last=False)
            return file

    def drop(self, path: str) -> None:
        """Forget a file that was replaced or removed."""
        with self._lock:
            self._files.pop(path, None)

    def drop_below(self, directory: str) -> None:
        """Forget everything in a directory that was removed."""
        below = directory + "/"
        with self._lock:
            gone = [p for p in self._files if p == directory or p.startswith(below)]
            for path in gone:
                del self._files[path]

    def close(self) -> None:
        """Forget all."""
        with self._lock:
            self._files.clear()
