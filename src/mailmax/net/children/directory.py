"""The directory of one run: files are put there, and looked at afterwards.

Theory:
    ``WORKING/ROLE/RUN/`` has ``files/`` (what a program is given, under names of
    ours), ``scratch/`` (its TMPDIR) and ``names.json`` (what the sender called them).

Rules:
    What a program leaves is judged without opening it: a file is there if it has its
    name, is a regular file, and has no other name. Nothing is followed.
    Directories are removed without recursion: a program may have nested them deeper
    than any stack.
"""

import json
import os
import secrets
import stat
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mailmax.net.children.cage import FILES, NAMES, SCRATCH
from mailmax.policy.given_names import MESSAGE, name_of

Content = bytes | memoryview | Iterable[bytes | memoryview]
"""A whole file, or its pieces one after the other."""

_WHAT = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True, slots=True)
class Given:
    """A file for a program."""

    content: Content
    name: str = ""
    """What the sender calls it."""


SAMPLE = Given(
    b"From: sender@example.com\r\nSubject: a sample\r\n\r\nNothing harmful.\r\n",
    "sample.txt",
)
"""For a program that is tried without a file."""


class Spoiled(Exception):
    """A program has put something else in the place of a file."""


class RunDirectory:
    """One run's."""

    def __init__(self, above: Path) -> None:
        """Make it, empty and private.

        Args:
            above: The role's directory.

        Raises:
            OSError: It cannot be made.
        """
        self.path = above / secrets.token_hex(8)
        self.path.mkdir(0o700)
        self.files = self.path / FILES
        self.files.mkdir(0o700)
        (self.path / SCRATCH).mkdir(0o700)
        self._names: list[str] = []

    @property
    def message(self) -> Path:
        """Where the whole message is (``%M``)."""
        return self.files / MESSAGE

    def put(self, given: Sequence[Given], *, is_message: bool) -> None:
        """Write all files.

        Raises:
            OSError: There is no room.
        """
        for number, one in enumerate(given, 1):
            name = MESSAGE if is_message else name_of(number, one.name)
            self._names.append(name)
            _write(self.files / name, one.content)
        originals = {n: g.name for n, g in zip(self._names, given, strict=True)}
        _write(self.path / NAMES, json.dumps(originals).encode("ascii"))

    def gone(self) -> list[int]:
        """Return the places of the files that are not there any more.

        Raises:
            Spoiled: Something else has a file's name.
            OSError: The directory cannot be looked at.
        """
        place = os.open(self.files, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY)
        try:
            return [
                number
                for number, name in enumerate(self._names)
                if not _is_there(place, name)
            ]
        finally:
            os.close(place)

    def remove(self) -> None:
        """Remove it with all that is in it.

        Raises:
            OSError: Something in it cannot be removed.
        """
        remove(self.path)


def remove(directory: Path) -> None:
    """Remove a directory, however deep: what lies deeper is brought up first.

    Raises:
        OSError: Something in it cannot be removed.
    """
    top = os.open(directory, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    moved = 0
    try:
        while names := os.listdir(top):  # noqa: PTH208 - a descriptor
            for name in names:
                if _unlink(name, top):
                    continue
                inner = _open_directory(name, top)
                try:
                    for deeper in os.listdir(inner):  # noqa: PTH208
                        if not _unlink(deeper, inner):
                            moved += 1
                            new = f".removed-{moved}-{secrets.token_hex(4)}"
                            _open_up(deeper, inner)
                            os.rename(deeper, new, src_dir_fd=inner, dst_dir_fd=top)
                finally:
                    os.close(inner)
                os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    directory.rmdir()


def clean(above: Path, older_s: float = 0.0) -> list[OSError]:
    """Remove what earlier runs have left behind.

    Args:
        above: The role's directory.
        older_s: Spare what is younger.

    Returns:
        What could not be removed, and why.

    Raises:
        OSError: The directory cannot be used.
    """
    left: list[OSError] = []
    last = time.time() - older_s
    for each in above.iterdir() if above.exists() else ():
        try:
            if older_s and each.lstat().st_mtime > last:
                continue
            if each.is_dir() and not each.is_symlink():
                remove(each)
            else:
                each.unlink()
        except OSError as error:
            left.append(error)
    return left


def _write(path: Path, content: Content) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(path, flags, 0o600), "wb", buffering=0) as file:  # noqa: PTH123
        pieces = (content,) if isinstance(content, bytes | memoryview) else content
        for piece in pieces:
            left = memoryview(piece)
            while left:
                left = left[file.write(left) :]


def _is_there(place: int, name: str) -> bool:
    try:
        found = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=place)
    except FileNotFoundError:
        return False
    try:
        status = os.fstat(found)
    finally:
        os.close(found)
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        raise Spoiled(f"{name} was replaced by {_WHAT.get(kind, 'something else')}")
    if status.st_nlink != 1:
        raise Spoiled(f"{name} has {status.st_nlink} names")
    return True


def _unlink(name: str, place: int) -> bool:
    """Remove a name; tell whether it is done: a directory is not."""
    try:
        os.unlink(name, dir_fd=place)
    except IsADirectoryError:
        return False
    except PermissionError:  # as other systems say of a directory
        if not stat.S_ISDIR(os.lstat(name, dir_fd=place).st_mode):
            raise
        return False
    return True


def _open_directory(name: str, place: int) -> int:
    _open_up(name, place)
    return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY, dir_fd=place)


def _open_up(name: str, place: int) -> None:
    """Have a directory give way: its maker may have closed it."""
    with suppress(OSError):
        os.chmod(name, 0o700, dir_fd=place)
