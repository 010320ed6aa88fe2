"""Files that another version of MailMax made: refused, and left as they are.

Theory:
    The first octets of a file (its magic, with a version) say which form it has. A
    file of ours in another form is no torn one, and no empty one: it may hold mail
    that was promised. The version that made it can read it.

Rules:
    Such a file is never cut, switched, replaced, recycled, removed, nor counted as
    damage. Who needs it gets a `TemporaryFailure`; whatever else there is goes on.
    Only magic and version are looked at: what follows may lie in another way. So
    both stay where they are in every version.
    Each is logged once by each process, with what to do.

Limits:
    4,096 files are remembered as logged.
"""

import logging
from pathlib import PurePath
from typing import Final

from mailmax.base.errors import TemporaryFailure

REMEMBERED: Final = 4096

_log = logging.getLogger("mailmax.store")
_logged: set[str] = set()


def refused(path: str | PurePath, found: int, ours: int) -> TemporaryFailure:
    """Log that a file is not touched; return the failure of who needs it.

    Args:
        path: The file.
        found: The version of its form.
        ours: The one that can be read.
    """
    said = f"{found}, this one reads {ours}"
    if str(path) not in _logged:
        if len(_logged) >= REMEMBERED:
            _logged.clear()
        _logged.add(str(path))
        _log.critical(
            "%s was made by another version of MailMax (form %s): it is not read and "
            "left as it is; run the version that made it, or restore it from a backup "
            "of this version",
            path,
            said,
        )
    return TemporaryFailure(
        f"{PurePath(path).name} was made by another version of MailMax (form {said})"
    )


def of_magic(octets: bytes, magic: bytes) -> int:
    """Return the version in a magic that ends with it as a digit; 0: it is no such."""
    version = octets[len(magic) - 1 : len(magic)]
    is_ours = octets[: len(magic) - 1] == magic[:-1]
    return int(version) if is_ours and version.isdigit() else 0
