"""Walking directories by descriptors, from a root down, for who moves or removes mail.

Rules:
    Never through a symbolic link or into another mount, so that nothing that is
    swapped meanwhile leads elsewhere (TRUST L5, L6).

Limits:
    Eight directories deep: a home has one level.
"""

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.store.mailboxes.segments.directory import MARK

DEEPEST = 8

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SPREAD = re.compile(r"[0-9a-f]{2}")

Parts = tuple[str, ...]


class Unsafe(PermanentFailure):
    """That is nothing to be moved or removed here; the words say why."""


@contextmanager
def closing(fd: int) -> Iterator[None]:
    """Close a descriptor at the end."""
    try:
        yield
    finally:
        os.close(fd)


def lock(fd: int) -> None:
    """Hold the user's lock until the descriptor is closed."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise TemporaryFailure("somebody is writing there") from None


def has_mark(fd: int) -> bool:
    """Tell whether it is a domain's own directory, made by us."""
    try:
        status = os.stat(MARK, dir_fd=fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return S_ISREG(status.st_mode) and status.st_uid == os.geteuid()


def spreads_in(fd: int) -> list[Parts]:
    """Return the names of the directories that homes are spread over."""
    return [
        (name,)
        for name, status in entries(fd, 0)
        if S_ISDIR(status.st_mode) and _SPREAD.fullmatch(name)
    ]


def mount_of(fd: int) -> bytes:
    """Return which mount a descriptor is on (bind mounts of one disk differ)."""
    about = Path(f"/proc/self/fdinfo/{fd}").read_bytes()
    return about.partition(b"mnt_id:")[2].partition(b"\n")[0].strip()


def descend(fd: int, parts: Parts) -> int:
    """Open what is some names below; -1 when it is not there."""
    mount = mount_of(fd)
    fd = os.dup(fd)
    for part in parts:
        try:
            below = open_inside(fd, part, mount)
        except FileNotFoundError:
            return -1
        finally:
            os.close(fd)
        fd = below
    return fd


def open_inside(fd: int, name: str, mount: bytes) -> int:
    """Open a directory in a directory."""
    try:
        below = os.open(name, _OPEN, dir_fd=fd)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise Unsafe(f"{name!r} is a link or a file, not a directory") from error
        raise
    if mount_of(below) != mount:
        os.close(below)
        raise Unsafe(f"another file system is mounted at {name!r}")
    return below


def make(root: int, parts: Parts) -> int:
    """Open a directory some names below; make what is missing."""
    mount = mount_of(root)
    fd = os.dup(root)
    for part in parts:
        try:
            with suppress(FileExistsError):
                os.mkdir(part, 0o700, dir_fd=fd)
                os.fsync(fd)
            below = open_inside(fd, part, mount)
        finally:
            os.close(fd)
        fd = below
    return fd


def is_taken(fd: int, name: str) -> bool:
    """Tell whether there is something of that name."""
    try:
        os.stat(name, dir_fd=fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def entries(fd: int, depth: int) -> list[tuple[str, os.stat_result]]:
    """Return names and states of what is in a directory."""
    if depth > DEEPEST:
        raise Unsafe("the directories are nested too deep")
    with os.scandir(fd) as found:
        return [(one.name, one.stat(follow_symlinks=False)) for one in found]


def remove_below(fd: int, mount: bytes, depth: int) -> Iterator[int]:
    """Remove all in a directory; yield the octets of each file after it is gone."""
    for name, status in entries(fd, depth):
        if S_ISDIR(status.st_mode):
            below = open_inside(fd, name, mount)
            with closing(below):
                yield from remove_below(below, mount, depth + 1)
            os.rmdir(name, dir_fd=fd)
        else:
            os.unlink(name, dir_fd=fd)
            yield status.st_size


def measure_below(fd: int, mount: bytes, depth: int) -> Iterator[int]:
    """Yield the octets of each file in a directory."""
    for name, status in entries(fd, depth):
        if S_ISDIR(status.st_mode):
            below = open_inside(fd, name, mount)
            with closing(below):
                yield from measure_below(below, mount, depth + 1)
        else:
            yield status.st_size
