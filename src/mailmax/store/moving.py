"""Bringing a domain's mail into another directory, home by home.

Theory:
    On one file system a home is renamed. Else it is copied beside its new place,
    read again and compared, synced, and then renamed into it: a home that is there
    is whole. The old one stays until all are there and the hub says so. So a move
    that is cut goes on where it was, and one that fails is undone: what was renamed
    goes back, what was copied is deleted.

Rules:
    Nobody reads or files in the domain meanwhile; the user's lock is taken all the
    same. All goes by descriptors, as in `store.removing`.
    A directory of one's own is made with a mark, and only used with it: a disk that is
    not mounted is never mistaken for it.

Limits:
    Of a home's entries, files and directories are brought over, nothing else.
"""

import errno
import os
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from stat import S_IMODE, S_ISDIR, S_ISREG

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.store.atomic import (
    failures,
    sync_directory,
    sync_file_system,
    write_all,
    write_atomic,
)
from mailmax.store.descent import (
    Parts,
    closing,
    descend,
    entries,
    has_mark,
    is_taken,
    lock,
    make,
    mount_of,
    open_inside,
    remove_below,
    spreads_in,
)
from mailmax.store.mailboxes.segments.directory import MARK
from mailmax.store.removing import Place, check_place

PIECE = 1024 * 1024
_OTHERS = 0o077
_WORDS = "the mail could not be moved"


Carry = Callable[[int, int, str], Iterator[int]]
"""What is done with one home, from one directory to the other."""


class CannotMove(PermanentFailure):
    """The directory cannot be used; the words say why and what to do."""


class Moving:
    """The directories of a node, as who moves mail sees them."""

    def __init__(self, root: Path, taken: Sequence[Path]) -> None:
        """Take what there is.

        Args:
            root: The mail root.
            taken: Directories that no domain's may lie in, nor hold.
        """
        self._root = root
        self._taken = [os.path.realpath(path) for path in taken]

    def prepare(self, target: str, name: str, octets: int) -> None:
        """Make the directory that mail is to be moved to, or see that it will do.

        Args:
            target: Absolute, or a name below the mail root.
            name: Of the domain.
            octets: How much mail there is.

        Raises:
            CannotMove: It cannot be used.
            TemporaryFailure: The disk refuses.
        """
        if not target.startswith("/"):
            return
        path = Path(target)
        self._check_apart(path)
        with failures("the directory cannot be made"):
            if not path.parent.is_dir():
                raise CannotMove(f"there is no {path.parent}; make it first")
            try:
                path.mkdir(0o700)
                sync_directory(path.parent)
            except FileExistsError:
                pass
            except PermissionError as error:
                words = "make it, for the user that the services run as"
                raise CannotMove(f"{target} cannot be made; {words}") from error
            _check_own(path, name)
            write_atomic(path / MARK, name.encode())
            free = os.statvfs(path)
            if path.stat().st_dev != self._root.stat().st_dev and (
                free.f_bavail * free.f_frsize < octets
            ):
                raise CannotMove(f"{target} has no room for {octets} octets")

    def bring(self, place: str, target: str) -> Generator[int, None, None]:
        """Bring all homes of a domain over; blocks.

        Args:
            place: Where they are.
            target: Where they are to be, prepared.

        Yields:
            The octets of each file that was copied; 0 for a home that was renamed.

        Raises:
            Failure: Not all are there.
        """
        with failures(_WORDS):
            yield from self._each(place, target, _bring_home)
            root = target if target.startswith("/") else str(self._root)
            sync_file_system(Path(root))

    def undo(self, place: str, target: str) -> Generator[int, None, None]:
        """Let all homes be where they were; as `bring`."""
        with failures(_WORDS):
            yield from self._each(target, place, _take_back)
            left = self._open(target, must=False)
            if left >= 0:
                with closing(left):
                    for spread in spreads_in(left):
                        _remove_halves(left, spread)

    # Inside

    def _check_apart(self, path: Path) -> None:
        real = os.path.realpath(path)
        for taken in self._taken:
            one, other = f"{real}/", f"{taken}/"
            if one.startswith(other) or other.startswith(one):
                raise CannotMove(f"{path} and {taken} lie in each other; name another")

    def _each(self, place: str, target: str, carry: Carry) -> Iterator[int]:
        source = self._open(place, must=False)
        if source < 0:
            return
        with closing(source):
            to = self._open(target, must=True)
            with closing(to):
                for spread in spreads_in(source):
                    yield from _each_in(source, to, spread, carry)
                os.fsync(to)

    def _open(self, directory: str, *, must: bool) -> int:
        """Open the directory of a domain; -1 when it is not there."""
        place: Place = check_place("domain", directory)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        root = os.open(place.root or self._root, flags)
        if place.root:
            if has_mark(root):
                return root
            os.close(root)
            raise CannotMove(f"{directory} has not our mark; is its disk there?")
        with closing(root):
            return make(root, place.parts) if must else descend(root, place.parts)


def _each_in(source: int, to: int, spread: Parts, carry: Carry) -> Iterator[int]:
    """Carry the homes of one hash."""
    here = descend(source, spread)
    if here < 0:
        return
    with closing(here):
        there = make(to, spread)
        with closing(there):
            for name, status in entries(here, 0):
                if S_ISDIR(status.st_mode) and not name.startswith("."):
                    yield from carry(here, there, name)
            os.fsync(there)
        os.fsync(here)


def _bring_home(source: int, to: int, name: str) -> Iterator[int]:
    if is_taken(to, name):
        return  # of a move that was cut: it is whole
    home = open_inside(source, name, mount_of(source))
    with closing(home):
        lock(home)
        try:
            os.rename(name, name, src_dir_fd=source, dst_dir_fd=to)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        else:
            yield 0
            return
        yield from _copy_home(home, to, name)


def _copy_home(home: int, to: int, name: str) -> Iterator[int]:
    beside = f".{name}"
    if is_taken(to, beside):
        _remove_half(to, beside)
    os.mkdir(beside, 0o700, dir_fd=to)
    copy = open_inside(to, beside, mount_of(to))
    with closing(copy):
        yield from _copy_below(home, copy, 0)
    os.rename(beside, name, src_dir_fd=to, dst_dir_fd=to)


def _copy_below(source: int, to: int, depth: int) -> Iterator[int]:
    for name, status in entries(source, depth):
        if S_ISDIR(status.st_mode):
            os.mkdir(name, 0o700, dir_fd=to)
            below = open_inside(source, name, mount_of(source))
            with closing(below):
                copy = open_inside(to, name, mount_of(to))
                with closing(copy):
                    yield from _copy_below(below, copy, depth + 1)
        elif S_ISREG(status.st_mode):
            _copy_file(source, to, name)
            yield status.st_size
    os.fsync(to)


def _copy_file(source: int, to: int, name: str) -> None:
    flags = os.O_NOFOLLOW | os.O_CLOEXEC
    old = os.open(name, os.O_RDONLY | flags, dir_fd=source)
    with closing(old):
        new = os.open(
            name, os.O_RDWR | os.O_CREAT | os.O_EXCL | flags, 0o600, dir_fd=to
        )
        with closing(new):
            offset = crc = 0
            while piece := os.pread(old, PIECE, offset):
                crc = zlib.crc32(piece, crc)
                offset = write_all(new, [piece], offset)
            os.fsync(new)
            if _crc(new) != (offset, crc):
                raise TemporaryFailure(f"the copy of {name} is not the same")


def _crc(fd: int) -> tuple[int, int]:
    offset = crc = 0
    while piece := os.pread(fd, PIECE, offset):
        crc = zlib.crc32(piece, crc)
        offset += len(piece)
    return offset, crc


def _take_back(target: int, place: int, name: str) -> Iterator[int]:
    """Undo `_bring_home`: a copy is deleted, what was renamed goes back."""
    if not is_taken(place, name):
        os.rename(name, name, src_dir_fd=target, dst_dir_fd=place)
        yield 0
        return
    copy = open_inside(target, name, mount_of(target))
    with closing(copy):
        yield from remove_below(copy, mount_of(target), 0)
    os.rmdir(name, dir_fd=target)


def _remove_halves(root: int, spread: Parts) -> None:
    """Remove copies that were not finished."""
    here = descend(root, spread)
    with closing(here):
        for name, status in entries(here, 0):
            if S_ISDIR(status.st_mode) and name.startswith("."):
                _remove_half(here, name)


def _remove_half(here: int, name: str) -> None:
    mount = mount_of(here)
    half = open_inside(here, name, mount)
    with closing(half):
        for _ in remove_below(half, mount, 0):
            pass
    os.rmdir(name, dir_fd=here)


def _check_own(path: Path, name: str) -> None:
    """See that a directory is ours alone, and empty or of that domain."""
    status = path.lstat()
    if not S_ISDIR(status.st_mode):
        raise CannotMove(f"{path} is no directory")
    if status.st_uid != os.geteuid() or S_IMODE(status.st_mode) & _OTHERS:
        words = "give it to the user that the services run as, with mode 0700"
        raise CannotMove(f"others may use {path}; {words}")
    there = {one.name for one in path.iterdir()} - {"lost+found"}
    if MARK in there:
        if (path / MARK).read_bytes() != name.encode():
            raise CannotMove(f"{path} is the directory of another domain")
    elif there:
        raise CannotMove(f"{path} is not empty; name another")
