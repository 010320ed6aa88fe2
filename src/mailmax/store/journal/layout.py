"""Where the journals of a node lie, and who reads whose.

Theory:
    ::

        journal/<role>.<slot>/            one journal
        journal/<role>.<slot>/0001.seg    its segments, named by number of the file
        journal/<role>.<slot>/big/7       a body above 256 KiB
        journal/<role>.<slot>.lock        held by its writer while that lives
        run/<reader>.sock                 where writers tell what is committed

Rules:
    A slot is the lowest whose lock is free. The lock stands beside the directory,
    because the directory is removed once it was read to the end by its reader; who
    removes it holds the lock.
"""

import re
from itertools import count
from pathlib import Path

from mailmax.store.atomic import Lock, make_directories, sync_directory

FILER = "filer"
QUEUEMAX = "queuemax"

_NAME = re.compile(r"([a-z][a-z0-9-]{0,30})\.([0-9]{1,4})")


def reader_of(role: str) -> str:
    """Return who reads the journals of a role (DESIGN 3.4, 5)."""
    return QUEUEMAX if role == FILER else FILER


def journals_of(root: Path, role: str = "") -> list[Path]:
    """Return the journal directories below a node's directory, of one role or all."""
    if not (root / "journal").is_dir():
        return []
    found = []
    for path in (root / "journal").iterdir():
        name = _NAME.fullmatch(path.name)
        if name and role in {"", name[1]} and path.is_dir():
            found.append(path)
    return sorted(found)


def lock_path(journal: Path) -> Path:
    """Return the lock file of a journal."""
    return journal.with_name(journal.name + ".lock")


def take_slot(root: Path, role: str) -> tuple[Path, Lock]:
    """Take the lowest free slot of a role; make its directory.

    Raises:
        OSError: It could not be made.
    """
    make_directories(root / "journal")
    for slot in count():
        path = root / "journal" / f"{role}.{slot}"
        lock = Lock.take(lock_path(path))
        if lock:
            try:
                make_directories(path / "big")
                for directory in (root, path.parent, path):
                    sync_directory(directory)  # what a killed process did not
            except BaseException:
                lock.release()
                raise
            return path, lock
    raise AssertionError("there is always another slot")


def socket_path(root: Path, reader: str) -> Path:
    """Return where a reader listens."""
    return root / "run" / f"{reader}.sock"
