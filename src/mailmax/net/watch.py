"""Being told when a file changes, by whatever process: inotify, one for each process.

Theory:
    Between the processes of a node the kernel is the bus: who has a mailbox open
    watches its log, and is called back on its loop when anybody appended to it
    (DESIGN 4). What changed is read from the file; the event says only that.

Rules:
    Callbacks run on the loop that the watcher was made on, once for each burst.
    A queue that overflowed means: anything may have changed, call everybody.
    Where the kernel has no watch left, the file is looked at every second.

Limits:
    ``fs.inotify.max_user_watches`` files with a watch; more are polled.
"""

import asyncio
import ctypes
import errno
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from threading import RLock

Callback = Callable[[], None]

_EVENT = struct.Struct("iIII")
_READ_OCTETS = 512
"""Thirty events at once: when many files change, the loop has its turn between."""
_MODIFY, _ATTRIB, _DELETE_SELF, _MOVE_SELF = 0x2, 0x4, 0x400, 0x800
_MASK = _MODIFY | _ATTRIB | _DELETE_SELF | _MOVE_SELF
_OVERFLOW, _IGNORED = 0x4000, 0x8000
_POLL_S = 1.0

_libc = ctypes.CDLL(None, use_errno=True)


class _Polled:
    """A file that is looked at, because the kernel does not watch it."""

    def __init__(self, path: str, callback: Callback) -> None:
        self.path = path
        self.callback = callback
        self.seen = self._look()

    def _look(self) -> tuple[int, int, int]:
        try:
            stat = os.stat(self.path)  # noqa: PTH116 - a string is what we have
        except OSError:
            return (0, 0, 0)
        return (stat.st_ino, stat.st_size, stat.st_mtime_ns)

    def has_changed(self) -> bool:
        before, self.seen = self.seen, self._look()
        return before != self.seen


class _Watch:
    """One watch; called, it ends."""

    __slots__ = ("_number", "_watcher", "callback")

    def __init__(self, watcher: "Watcher", number: int, callback: Callback) -> None:
        self._watcher = watcher
        self._number = number
        self.callback = callback

    def __call__(self) -> None:
        self._watcher.unwatch(self._number, self)


class Watcher:
    """All watches of one loop."""

    def __init__(self) -> None:
        """Start watching on the running loop.

        Raises:
            OSError: The kernel has no inotify instance left.
        """
        self.loop = asyncio.get_running_loop()
        self._fd = _check(_libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        self._watches: dict[int, tuple[_Watch, ...]] = {}
        self._polled: dict[object, _Polled] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._lock = RLock()
        self.loop.add_reader(self._fd, self._on_events)

    def watch(self, path: str, callback: Callback) -> Callback:
        """Call back when a file is changed, replaced or removed.

        Args:
            path: An existing file.
            callback: Called on the loop.

        Returns:
            A function that ends the watch.

        Raises:
            OSError: There is no such file.
        """
        with self._lock:
            number = _libc.inotify_add_watch(self._fd, os.fsencode(path), _MASK)
            if number < 0:
                return self._poll(object(), path, callback)
            watch = _Watch(self, number, callback)
            self._watches[number] = (*self._watches.get(number, ()), watch)
        return watch

    def close(self) -> None:
        """End all watches."""
        with self._lock:
            if self._fd < 0:
                return
            if not self.loop.is_closed():
                self.loop.remove_reader(self._fd)
            if self._timer is not None:
                self._timer.cancel()
            os.close(self._fd)
            self._fd = -1
            self._watches.clear()
            self._polled.clear()

    def unwatch(self, number: int, watch: _Watch) -> None:
        """End a watch; one that ended already stays so."""
        with self._lock:
            watches = self._watches.get(number, ())
            if watch not in watches:
                return
            left = tuple(each for each in watches if each is not watch)
            if left:
                self._watches[number] = left
            else:
                del self._watches[number]
                _libc.inotify_rm_watch(self._fd, number)

    def _on_events(self) -> None:
        for callback in self._take_events():
            callback()

    def _take_events(self) -> list[Callback]:
        """Read what the kernel has to say; each callback concerned, once."""
        with self._lock:
            try:
                octets = os.read(self._fd, _READ_OCTETS)
            except BlockingIOError:
                return []
            numbers: dict[int, int] = {}
            place = 0
            while place + _EVENT.size <= len(octets):
                number, mask, _, length = _EVENT.unpack_from(octets, place)
                place += _EVENT.size + length
                numbers[number] = numbers.get(number, 0) | mask
            if any(mask & _OVERFLOW for mask in numbers.values()):
                return [w.callback for each in self._watches.values() for w in each]
            callbacks: list[Callback] = []
            for number, mask in numbers.items():
                callbacks += [w.callback for w in self._watches.get(number, ())]
                if mask & _IGNORED:
                    self._watches.pop(number, None)
            return callbacks

    # Without inotify

    def _poll(self, token: object, path: str, callback: Callback) -> Callback:
        error = ctypes.get_errno()
        if error not in (errno.ENOSPC, errno.ENOMEM):
            raise OSError(error, os.strerror(error), path)
        self._polled[token] = _Polled(path, callback)
        if self._timer is None:
            self._timer = self.loop.call_later(_POLL_S, self._look)

        def stop() -> None:
            self._polled.pop(token, None)

        return stop

    def _look(self) -> None:
        self._timer = None
        changed = [polled for polled in self._polled.values() if polled.has_changed()]
        if self._polled:
            self._timer = self.loop.call_later(_POLL_S, self._look)
        for polled in changed:
            with suppress(OSError):
                polled.callback()


def _check(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
