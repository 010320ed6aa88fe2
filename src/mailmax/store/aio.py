"""Many files synced at once, by the kernel's own workers (io_submit(2)).

Theory:
    One call hands all descriptors over, one waits for all of them. The kernel syncs
    them side by side, so that the file system makes one commit of what it can; no
    thread of ours takes part (`docs/decisions/0008`).

Rules:
    A ring is used by one thread at a time and kept for the next: making one is cheap,
    closing one is not. It is not inherited by a fork: the first use makes it.
    Where the kernel does not offer it, or takes only some, the rest is synced one
    after the other.
    Where the outcomes cannot be had (it should not happen) every file without one
    failed: the kernel may have told its error to nobody. That ring is closed.

Limits:
    128 descriptors in one call.
"""

import ctypes
import errno
import os
import platform
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

RING_FILES = 128
_FDSYNC = 3
"""IOCB_CMD_FDSYNC: what fdatasync does."""


class _Numbers(NamedTuple):
    """System calls that have no wrapper in the C library."""

    setup: int
    destroy: int
    getevents: int
    submit: int


_NUMBERS = {
    "x86_64": _Numbers(206, 207, 208, 209),
    "aarch64": _Numbers(0, 1, 4, 2),
}.get(platform.machine())
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _Request(ctypes.Structure):
    """``struct iocb`` of a little-endian machine."""

    _fields_ = (
        ("data", ctypes.c_uint64),
        ("key", ctypes.c_uint32),
        ("rw_flags", ctypes.c_uint32),
        ("opcode", ctypes.c_uint16),
        ("priority", ctypes.c_int16),
        ("fd", ctypes.c_uint32),
        ("buffer", ctypes.c_uint64),
        ("octets", ctypes.c_uint64),
        ("offset", ctypes.c_int64),
        ("reserved", ctypes.c_uint64),
        ("flags", ctypes.c_uint32),
        ("event_fd", ctypes.c_uint32),
    )


class _Event(ctypes.Structure):
    """``struct io_event``: which request, and what became of it."""

    _fields_ = (
        ("data", ctypes.c_uint64),
        ("request", ctypes.c_uint64),
        ("result", ctypes.c_int64),
        ("result2", ctypes.c_int64),
    )


class _Ring:
    """A queue of requests and their outcomes, in the kernel."""

    __slots__ = (
        "_context",
        "_events",
        "_numbers",
        "_pointers",
        "_requests",
        "is_broken",
    )

    def __init__(self, numbers: _Numbers) -> None:
        """Make it.

        Raises:
            OSError: The kernel offers none.
        """
        self.is_broken = False
        """It lost count of what is on its way: not to be used again."""
        self._numbers = numbers
        self._context = ctypes.c_ulong(0)
        self._requests = (_Request * RING_FILES)()
        self._pointers = (ctypes.c_void_p * RING_FILES)(
            *(ctypes.addressof(request) for request in self._requests)
        )
        self._events = (_Event * RING_FILES)()
        _call(numbers.setup, ctypes.c_long(RING_FILES), ctypes.byref(self._context))

    def fdatasync(self, fds: Sequence[int]) -> list[OSError | None]:
        """Sync the first of these files, as many as the kernel takes.

        Returns:
            For each file that was taken what went wrong.
        """
        for place, fd in enumerate(fds):
            request = self._requests[place]
            request.data, request.opcode, request.fd = place, _FDSYNC, fd
        taken = self._submit(len(fds))
        outcomes: list[OSError | None] = [None] * taken
        waiting = set(range(taken))
        try:
            while waiting:
                for event in self._events[: self._next_events(len(waiting))]:
                    waiting.remove(event.data)
                    if event.result < 0:
                        number = -event.result
                        outcomes[event.data] = OSError(number, os.strerror(number))
        except OSError as error:
            self.is_broken = True
            for place in waiting:
                outcomes[place] = error
        return outcomes

    def close(self) -> None:
        """Give it back to the kernel; blocks until nothing is on its way in it."""
        with suppress(OSError):
            _call(self._numbers.destroy, self._context)

    def _submit(self, count: int) -> int:
        """Hand requests over; return how many the kernel took."""
        try:
            return _call(
                self._numbers.submit,
                self._context,
                ctypes.c_long(count),
                self._pointers,
            )
        except OSError:
            return 0  # not even the first

    def _next_events(self, waiting: int) -> int:
        """Wait for some outcomes; return how many there are."""
        while True:
            try:
                return _call(
                    self._numbers.getevents,
                    self._context,
                    ctypes.c_long(1),
                    ctypes.c_long(waiting),
                    self._events,
                    None,
                )
            except OSError as error:
                if error.errno != errno.EINTR:
                    raise


_idle: deque[_Ring] = deque()


def fdatasync_each(fds: Sequence[int]) -> list[OSError | None]:
    """Make all octets of these files durable; blocks until the last one is.

    Returns:
        For each file what went wrong.
    """
    outcomes: list[OSError | None] = []
    ring = _take() if len(fds) > 1 else None
    if ring is not None:
        outcomes += _sync_in(ring, fds[:RING_FILES])
    for fd in fds[len(outcomes) :]:
        try:
            os.fdatasync(fd)
        except OSError as error:
            outcomes.append(error)
        else:
            outcomes.append(None)
    return outcomes


def _sync_in(ring: _Ring, fds: Sequence[int]) -> list[OSError | None]:
    """Use a ring, and keep it for the next unless anything went wrong with it."""
    is_sound = False
    try:
        outcomes = ring.fdatasync(fds)
        is_sound = not ring.is_broken
    finally:
        if is_sound:
            _idle.append(ring)
        else:
            ring.close()
    return outcomes


def _take() -> _Ring | None:
    try:
        return _idle.pop()
    except IndexError:
        pass
    try:
        return None if _NUMBERS is None else _Ring(_NUMBERS)
    except OSError:
        return None


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
