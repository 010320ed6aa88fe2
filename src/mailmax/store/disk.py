"""The primitives through which mail reaches the disk, in one replaceable place.

Theory:
    Journal, mailboxes and queue change files only by the names below. They are the
    system calls themselves, so they cost nothing; but a test can put a simulating
    twin in their place (`tests/fixtures/fix_faults.py`) that cuts the power or fails
    at every single call and keeps only what was synced.

Rules:
    Call them as ``disk.fsync(fd)``: a ``from mailmax.store.disk import fsync`` would
    keep the original and escape the twin.
    Reading (`os.pread`, `mmap`), closing, stat, listing and `flock` change nothing
    and need not come here. Everything that changes a file or directory must.
    Paths are absolute, or relative to the working directory; no ``dir_fd``.

What a power cut leaves (the contract that code must be written against):
    Octets of a file: those covered by a later `fsync`, `fdatasync` or `syncfs`, or
    written by `pwritev` with ``RWF_DSYNC``. Other writes: any part of them, in any
    order.
    A name in a directory: when the *directory* was synced afterwards. Syncing the
    file is not enough; before it, creation, rename, link and unlink may each be
    there or not.
    After a sync that failed, what it covered is lost for good, although reading
    still shows it and a second sync says nothing (TRUST D2): go to another file.
"""

import ctypes
import os

from mailmax.store import aio

OPEN_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW
"""Beside the access mode, in every `open`."""

DSYNC = os.RWF_DSYNC
"""Flag of `pwritev`: durable on return, with nothing else of the file."""

open = os.open  # noqa: A001 - the system call's name
pwritev = os.pwritev
write = os.write
ftruncate = os.ftruncate
fsync = os.fsync
fdatasync = os.fdatasync
fdatasync_each = aio.fdatasync_each
rename = os.rename
link = os.link
unlink = os.unlink
mkdir = os.mkdir
rmdir = os.rmdir

_libc = ctypes.CDLL(None, use_errno=True)


def syncfs(fd: int) -> None:
    """Sync the whole file system that holds a descriptor.

    One call for all files touched; reports write errors since Linux 5.8.

    Raises:
        OSError: Something could not be written: free nothing.
    """
    if _libc.syncfs(ctypes.c_int(fd)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
