"""Putting away and removing the directories of users and domains that are gone.

Theory:
    A directory is renamed first: into the archive, under the date, or into the trash,
    under the number of the note that asked for it. What lies in the trash is deleted
    afterwards, piece by piece, by whoever comes next. Renames are synced; a run that
    is cut anywhere goes on where the names say that it was.

    ``.archive/2026-05-01.example.org``           a domain
    ``.archive/example.org/2026-05-01.tim~12``    a user
    ``.trash/7``                                  what note 7 wanted removed

Rules:
    A place is relative, of plain names: a domain's directory right below the root, or
    a user's ``<domain>/<hash>/<name>~<id>``. Everything else is refused, however it
    came into the database (TRUST L6).
    All goes by descriptors, from the root down, and never through a symbolic link or
    into another mount, so that nothing that is swapped meanwhile leads elsewhere
    (TRUST L5). It does not come by `store.disk`: its mail is promised to nobody.
    A user's directory is renamed under the user's lock: nobody is writing there.

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
from stat import S_ISDIR

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.store.atomic import failures

ARCHIVE = ".archive"
TRASH = ".trash"
DEEPEST = 8

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_HOME = re.compile(r".+~[0-9]{1,19}", re.DOTALL)
_SPREAD = re.compile(r"[0-9a-f]{2}")
_MOST_CLASHES = 10_000

Parts = tuple[str, ...]


class Unsafe(PermanentFailure):
    """That is nothing to be moved or removed here; the words say why."""


def check_place(what: str, place: str) -> Parts:
    """Return the parts of a place that may be moved.

    Args:
        what: ``user`` or ``domain``.
        place: As it stands in the note.

    Raises:
        Unsafe: It may not.
    """
    parts = tuple(place.split("/"))
    if any(not part or part.startswith(".") or "\0" in part for part in parts):
        raise Unsafe(f"{place!r} is no directory of mail")
    if what == "domain" and len(parts) == 1:
        return parts
    is_home = len(parts) == 3 and _SPREAD.fullmatch(parts[1])
    if what == "user" and is_home and _HOME.fullmatch(parts[2]):
        return parts
    raise Unsafe(f"{place!r} is no directory of a {what}")


class Removing:
    """The mail root, as who removes sees it."""

    def __init__(self, root: Path) -> None:
        """Take the root; it may be reached through links, nothing below it may."""
        self._root = root

    def archive(self, place: Parts, date: str) -> str:
        """Put a directory away; return where it lies then, empty when there is none.

        Args:
            place: Checked (`check_place`).
            date: Of its name there.

        Raises:
            Unsafe: Something in its way is no directory of ours.
            TemporaryFailure: Somebody is writing there, or the disk refuses.
        """
        target: Parts = (ARCHIVE, *place[:-2])
        name = f"{date}.{place[-1]}"
        with self._opened() as root, failures("the mail could not be put away"):
            for number in range(1, _MOST_CLASHES):
                clash = name if number == 1 else f"{name}-{number}"
                if self._move(root, place, target, clash):
                    return "/".join((*target, clash))
                if not self._is_there(root, place):
                    return ""
        raise TemporaryFailure("every name in the archive is taken")

    def to_trash(self, place: Parts, number: int) -> bool:
        """Move a directory into the trash; tell whether there was one.

        Args:
            place: Checked (`check_place`).
            number: Of the note that asks for it.

        Raises:
            Unsafe: Something in its way is no directory of ours.
            TemporaryFailure: Somebody is writing there, or the disk refuses.
        """
        with self._opened() as root, failures("the mail could not be removed"):
            return self._move(root, place, (TRASH,), str(number))

    def empty_trash(self, number: int) -> Iterator[int]:
        """Delete what a note had moved into the trash, file by file.

        Args:
            number: Of the note.

        Yields:
            The octets of each file, after it is gone.

        Raises:
            Unsafe: A part of it is no directory of ours; the rest is gone.
            TemporaryFailure: The disk refuses.
        """
        with self._opened() as root, failures("the mail could not be removed"):
            trash = _descend(root, (TRASH,))
            if trash < 0:
                return
            with _closing(trash):
                name = str(number)
                fd = _descend(trash, (name,))
                if fd >= 0:
                    with _closing(fd):
                        yield from _remove_below(fd, _mount(root), 0)
                    os.rmdir(name, dir_fd=trash)
                    os.fsync(trash)

    def measure(self, place: Parts) -> Iterator[int]:
        """Yield the octets of each file of a place, and change nothing.

        Raises:
            Unsafe: Something there is no directory of ours.
            TemporaryFailure: The disk refuses.
        """
        with self._opened() as root, failures("the mail could not be looked at"):
            fd = _descend(root, place)
            if fd >= 0:
                with _closing(fd):
                    yield from _measure_below(fd, _mount(root), 0)

    # Inside

    @contextmanager
    def _opened(self) -> Iterator[int]:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        with failures("the mail root cannot be used"):
            root = os.open(self._root, flags)
        with _closing(root):
            yield root

    def _is_there(self, root: int, place: Parts) -> bool:
        fd = _descend(root, place)
        if fd >= 0:
            os.close(fd)
        return fd >= 0

    def _move(self, root: int, place: Parts, target: Parts, name: str) -> bool:
        """Rename a directory; False when it is gone, or the new name is taken."""
        parent = _descend(root, place[:-1])
        if parent < 0:
            return False
        with _closing(parent):
            moved = _descend(parent, place[-1:])
            if moved < 0:
                return False
            with _closing(moved):
                _lock(moved)
                to = _make(root, target)
                with _closing(to):
                    if _is_taken(to, name):
                        return False
                    os.rename(place[-1], name, src_dir_fd=parent, dst_dir_fd=to)
                    os.fsync(to)
            os.fsync(parent)
        return True


@contextmanager
def _closing(fd: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(fd)


def _lock(fd: int) -> None:
    """Hold the user's lock until the descriptor is closed."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise TemporaryFailure("somebody is writing there") from None


def _mount(fd: int) -> bytes:
    """Return which mount a descriptor is on (bind mounts of one disk differ)."""
    about = Path(f"/proc/self/fdinfo/{fd}").read_bytes()
    return about.partition(b"mnt_id:")[2].partition(b"\n")[0].strip()


def _descend(fd: int, parts: Parts) -> int:
    """Open what is some names below; -1 when it is not there."""
    mount = _mount(fd)
    fd = os.dup(fd)
    for part in parts:
        try:
            below = _open_inside(fd, part, mount)
        except FileNotFoundError:
            return -1
        finally:
            os.close(fd)
        fd = below
    return fd


def _open_inside(fd: int, name: str, mount: bytes) -> int:
    try:
        below = os.open(name, _OPEN, dir_fd=fd)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise Unsafe(f"{name!r} is a link or a file, not a directory") from error
        raise
    if _mount(below) != mount:
        os.close(below)
        raise Unsafe(f"another file system is mounted at {name!r}")
    return below


def _make(root: int, parts: Parts) -> int:
    """Open a directory some names below; make what is missing."""
    mount = _mount(root)
    fd = os.dup(root)
    for part in parts:
        try:
            with suppress(FileExistsError):
                os.mkdir(part, 0o700, dir_fd=fd)
                os.fsync(fd)
            below = _open_inside(fd, part, mount)
        finally:
            os.close(fd)
        fd = below
    return fd


def _is_taken(fd: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _entries(fd: int, depth: int) -> list[tuple[str, os.stat_result]]:
    if depth > DEEPEST:
        raise Unsafe("the directories are nested too deep")
    with os.scandir(fd) as found:
        return [(one.name, one.stat(follow_symlinks=False)) for one in found]


def _remove_below(fd: int, mount: bytes, depth: int) -> Iterator[int]:
    for name, status in _entries(fd, depth):
        if S_ISDIR(status.st_mode):
            below = _open_inside(fd, name, mount)
            with _closing(below):
                yield from _remove_below(below, mount, depth + 1)
            os.rmdir(name, dir_fd=fd)
        else:
            os.unlink(name, dir_fd=fd)
            yield status.st_size


def _measure_below(fd: int, mount: bytes, depth: int) -> Iterator[int]:
    for name, status in _entries(fd, depth):
        if S_ISDIR(status.st_mode):
            below = _open_inside(fd, name, mount)
            with _closing(below):
                yield from _measure_below(below, mount, depth + 1)
        else:
            yield status.st_size
