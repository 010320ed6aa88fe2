"""Putting away and removing the directories of users and domains that are gone.

Theory:
    A directory is renamed first: into the archive, under the date, or into the trash,
    under the number of the note that asked for it. What lies in the trash is deleted
    afterwards, piece by piece, by whoever comes next. Renames are synced; a run that
    is cut anywhere goes on where the names say that it was.

    ``.archive/2026-05-01.example.org``           a domain
    ``.archive/example.org/2026-05-01.tim~12``    a user
    ``.trash/7``                                  what note 7 wanted removed

    A domain that has a directory elsewhere has archive and trash in there; that
    directory itself, which may be a disk, stays, and what is in it is moved.

Rules:
    A place is relative, of plain names: a domain's directory right below the root, or
    a user's ``<domain>/<hash>/<name>~<id>``. Or it is absolute, a directory that has
    our mark, or a user's in one. Everything else is refused, however it came into the
    database (TRUST L6).
    All goes by descriptors, from the root down, and never through a symbolic link or
    into another mount, so that nothing that is swapped meanwhile leads elsewhere
    (TRUST L5). It does not come by `store.disk`: its mail is promised to nobody.
    A user's directory is renamed under the user's lock: nobody is writing there.

See Also:
    `store.descent`, for how directories are walked.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mailmax.base.errors import TemporaryFailure
from mailmax.store.atomic import failures
from mailmax.store.descent import (
    Parts,
    Unsafe,
    closing,
    descend,
    has_mark,
    is_taken,
    lock,
    make,
    measure_below,
    mount_of,
    remove_below,
    spreads_in,
)

ARCHIVE = ".archive"
TRASH = ".trash"

_HOME = re.compile(r".+~[0-9]{1,19}", re.DOTALL)
_SPREAD = re.compile(r"[0-9a-f]{2}")
_MOST_CLASHES = 10_000

_SPREAD_PARTS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A directory that may be moved; made by `check_place`."""

    parts: Parts
    """Below the root; none: all homes in it."""
    root: str = ""
    """A domain's own directory; empty: the mail root."""
    name: str = ""
    """Of the domain, where there are no parts."""


def check_place(what: str, place: str, name: str = "") -> Place:
    """Return the place that a note means.

    Args:
        what: ``user`` or ``domain``.
        place: As it stands in the note.
        name: What the note calls it.

    Raises:
        Unsafe: It may not be moved.
    """
    is_elsewhere = place.startswith("/")
    parts = tuple(place.removeprefix("/").split("/"))
    hidden = parts if not is_elsewhere else parts[-_SPREAD_PARTS:]
    if not all(parts) or "\0" in place or {".", ".."}.intersection(parts):
        raise Unsafe(f"{place!r} is no directory of mail")
    if what == "domain" and is_elsewhere:
        return Place((), place, name)
    if any(part.startswith(".") for part in hidden):
        raise Unsafe(f"{place!r} is no directory of mail")
    if what == "domain" and len(parts) == 1:
        return Place(parts)
    if what == "user" and _is_home(parts):
        if is_elsewhere:
            return Place(parts[-2:], place.rsplit("/", 2)[0])
        if len(parts) == _SPREAD_PARTS + 1:
            return Place(parts)
    raise Unsafe(f"{place!r} is no directory of a {what}")


def _is_home(parts: Parts) -> bool:
    return (
        len(parts) > _SPREAD_PARTS
        and _SPREAD.fullmatch(parts[-2]) is not None
        and _HOME.fullmatch(parts[-1]) is not None
    )


class Removing:
    """The mail root, as who removes sees it."""

    def __init__(self, root: Path) -> None:
        """Take the root; it may be reached through links, nothing below it may."""
        self._root = root

    def archive(self, place: Place, date: str) -> str:
        """Put a directory away; return where it lies then, empty when there is none.

        Args:
            place: Checked (`check_place`).
            date: Of its name there.

        Raises:
            Unsafe: Something in its way is no directory of ours.
            TemporaryFailure: Somebody is writing there, or the disk refuses.
        """
        parts = place.parts
        target: Parts = (ARCHIVE, *parts[:-2])
        name = f"{date}.{parts[-1] if parts else place.name}"
        with self._opened(place) as root, failures("the mail could not be put away"):
            if not parts:
                moved = self._move_all(root, (ARCHIVE, name))
                return f"{place.root}/{ARCHIVE}/{name}" if moved else ""
            for number in range(1, _MOST_CLASHES):
                clash = name if number == 1 else f"{name}-{number}"
                if self._move(root, parts, target, clash):
                    where = (place.root,) if place.root else ()
                    return "/".join((*where, *target, clash))
                if not self._is_there(root, parts):
                    return ""
        raise TemporaryFailure("every name in the archive is taken")

    def to_trash(self, place: Place, number: int) -> bool:
        """Move a directory into the trash; tell whether there was one.

        Args:
            place: Checked (`check_place`).
            number: Of the note that asks for it.

        Raises:
            Unsafe: Something in its way is no directory of ours.
            TemporaryFailure: Somebody is writing there, or the disk refuses.
        """
        with self._opened(place) as root, failures("the mail could not be removed"):
            if not place.parts:
                return self._move_all(root, (TRASH, str(number)))
            return self._move(root, place.parts, (TRASH,), str(number))

    def empty_trash(self, place: Place, number: int) -> Iterator[int]:
        """Delete what a note had moved into the trash, file by file.

        Args:
            place: That of the note.
            number: Of the note.

        Yields:
            The octets of each file, after it is gone.

        Raises:
            Unsafe: A part of it is no directory of ours; the rest is gone.
            TemporaryFailure: The disk refuses.
        """
        with self._opened(place) as root, failures("the mail could not be removed"):
            trash = descend(root, (TRASH,))
            if trash < 0:
                return
            with closing(trash):
                name = str(number)
                fd = descend(trash, (name,))
                if fd >= 0:
                    with closing(fd):
                        yield from remove_below(fd, mount_of(root), 0)
                    os.rmdir(name, dir_fd=trash)
                    os.fsync(trash)

    def measure(self, place: Place) -> Iterator[int]:
        """Yield the octets of each file of a place, and change nothing.

        Raises:
            Unsafe: Something there is no directory of ours.
            TemporaryFailure: The disk refuses.
        """
        with self._opened(place) as root, failures("the mail could not be looked at"):
            for parts in (place.parts,) if place.parts else spreads_in(root):
                fd = descend(root, parts)
                if fd >= 0:
                    with closing(fd):
                        yield from measure_below(fd, mount_of(root), 0)

    # Inside

    @contextmanager
    def _opened(self, place: Place) -> Iterator[int]:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        with failures("the mail root cannot be used"):
            root = os.open(place.root or self._root, flags)
        with closing(root):
            if place.root and not has_mark(root):
                raise Unsafe(f"{place.root} has not our mark: it is no domain's")
            yield root

    def _is_there(self, root: int, place: Parts) -> bool:
        fd = descend(root, place)
        if fd >= 0:
            os.close(fd)
        return fd >= 0

    def _move_all(self, root: int, target: Parts) -> bool:
        """Move every home in a domain's own directory; tell whether there was one."""
        spreads = spreads_in(root)
        for spread in spreads:
            self._move(root, spread, target, spread[0])
        return bool(spreads)

    def _move(self, root: int, place: Parts, target: Parts, name: str) -> bool:
        """Rename a directory; False when it is gone, or the new name is taken."""
        parent = descend(root, place[:-1])
        if parent < 0:
            return False
        with closing(parent):
            moved = descend(parent, place[-1:])
            if moved < 0:
                return False
            with closing(moved):
                lock(moved)
                to = make(root, target)
                with closing(to):
                    if is_taken(to, name):
                        return False
                    os.rename(place[-1], name, src_dir_fd=parent, dst_dir_fd=to)
                    os.fsync(to)
            os.fsync(parent)
        return True
