"""Where the journals of a node lie, and who reads whose.

Theory:
    ::

        journal/<role>.<slot>/            one journal
        journal/<role>.<slot>/0001.seg    its segments, named by number of the file
        journal/<role>.<slot>/big/7       a body above 256 KiB
        journal/<role>.<slot>.lock        held by its writer while that lives
        run/<reader>.sock                 where writers tell what is committed

    Both directories may lie elsewhere (`Places`); a path alone is a node's directory
    that has them under their usual names.

Rules:
    A slot is the lowest whose lock is free and whose journal no other version of
    MailMax made (`segment`). The lock stands beside the directory,
    because the directory is removed once it was read to the end by its reader; who
    removes it holds the lock.
"""

import re
from itertools import count
from pathlib import Path
from typing import NamedTuple

from mailmax.store.atomic import Lock, make_directories, sync_directory
from mailmax.store.journal import segment

FILER = "filer"
QUEUEMAX = "queuemax"

_NAME = re.compile(r"([a-z][a-z0-9-]{0,30})\.([0-9]{1,4})")


class Places(NamedTuple):
    """The two directories by which the processes of a node hand over mail."""

    journals: Path
    run: Path


def places_of(node: Path | Places) -> Places:
    """Return where the journals and sockets of a node lie."""
    if isinstance(node, Places):
        return node
    return Places(node / "journal", node / "run")


def reader_of(role: str) -> str:
    """Return who reads the journals of a role (DESIGN 3.4, 5)."""
    return QUEUEMAX if role == FILER else FILER


def journals_of(node: Path | Places, role: str = "") -> list[Path]:
    """Return the journal directories of a node, of one role or all."""
    journals = places_of(node).journals
    if not journals.is_dir():
        return []
    found = []
    for path in journals.iterdir():
        name = _NAME.fullmatch(path.name)
        if name and role in {"", name[1]} and path.is_dir():
            found.append(path)
    return sorted(found)


def lock_path(journal: Path) -> Path:
    """Return the lock file of a journal."""
    return journal.with_name(journal.name + ".lock")


def take_slot(node: Path | Places, role: str) -> tuple[Path, Lock]:
    """Take the lowest free slot of a role; make its directory.

    Raises:
        OSError: It could not be made.
    """
    journals = places_of(node).journals
    make_directories(journals)
    for slot in count():
        path = journals / f"{role}.{slot}"
        lock = Lock.take(lock_path(path))
        if lock:
            try:
                if segment.is_of_another_version(path):
                    lock.release()
                    continue
                make_directories(path / "big")
                for directory in (journals.parent, journals, path):
                    sync_directory(directory)  # what a killed process did not
            except BaseException:
                lock.release()
                raise
            return path, lock
    raise AssertionError("there is always another slot")


def socket_path(node: Path | Places, reader: str) -> Path:
    """Return where a reader listens."""
    return places_of(node).run / f"{reader}.sock"
