"""How commands end, and where they look for the node directory."""

import os
from enum import IntEnum
from pathlib import Path

from mailmax.settings.local import USUAL_ROOT


class Exit(IntEnum):
    """Exit codes; scripts rely on them (DESIGN 8)."""

    DONE = 0
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    DENIED = 5
    FOUND = 6
    HUB_UNREACHABLE = 69
    LATER = 75
    CONFIG = 78


KIND_EXITS = {
    "bad_value": Exit.USAGE,
    "not_found": Exit.NOT_FOUND,
    "conflict": Exit.CONFLICT,
    "not_allowed": Exit.DENIED,
    "wrong_password": Exit.DENIED,
    "later": Exit.LATER,
}
"""`hub.contract.message.Denied.kind` to exit code."""


def default_root() -> Path:
    """Return the node directory when none is named: $MAILMAX_DIR or the usual one."""
    return Path(os.environ.get("MAILMAX_DIR") or USUAL_ROOT)
