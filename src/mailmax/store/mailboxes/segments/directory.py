"""The directory of a home: made, and what the names in it say."""

import os
from collections.abc import Sequence
from pathlib import Path

from mailmax.base.errors import TemporaryFailure
from mailmax.store import disk
from mailmax.store.atomic import failure_of
from mailmax.store.mailboxes.segments.ground import Ground

MARK = ".mailmax"
"""A file in the directory of a domain that has one of its own: it is there."""


def list_names(path: str) -> list[str]:
    """Return the names in a directory."""
    return os.listdir(path)  # noqa: PTH208 - strings are what is wanted


def folder_ids(names: Sequence[str]) -> list[int]:
    """Return the mailboxes that have a log among the names of a home."""
    found = set()
    for name in names:
        if name.startswith("log."):
            number = name.split(".")[1]
            if number.isascii() and number.isdigit() and len(number) <= 10:
                found.add(int(number))
    return sorted(found)


def make_home(home: Ground) -> None:
    """Make a user's directory; lazily, its parents are synced with the first sync.

    The directory of a domain elsewhere is never made here: it may be a disk that is
    not mounted just now.

    Raises:
        TemporaryFailure: It could not be made.
    """
    if home.root != home.node.root and not Path(home.root, MARK).is_file():
        raise TemporaryFailure(f"the directory {home.root} is not there")
    _make_directory(home.path)


def _make_directory(path: str) -> None:
    try:
        disk.mkdir(path, 0o700)
    except FileNotFoundError:
        _make_directory(str(Path(path).parent))
        _make_directory(path)
    except FileExistsError:
        pass
    except OSError as error:
        raise failure_of(error, "the mailbox could not be made") from error
