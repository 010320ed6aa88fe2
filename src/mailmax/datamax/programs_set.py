"""Whether what is set about the external virus check can be done.

Rules:
    A command line is taken apart when it is saved (`policy.programs`). Whether the
    program is there, and nobody else can have changed it, is looked at where it runs.

Manual: 4.10; TRUST J2.
"""

from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from mailmax.datamax.effect import denied
from mailmax.hub.contract.message import Denied
from mailmax.policy import programs
from mailmax.settings.field import BadValue
from mailmax.store.accounts import units

_COMMAND: Final = "external_command"
_SWITCH: Final = "external_check"


def why_not(tx: Connection, key: str, value: Any) -> Denied | None:
    """Say why a setting cannot have a value; None when it can."""
    if key == _SWITCH and value and not _is_set(tx, _COMMAND):
        words = "there is no command line"
        cure = f"give one first with: mailmax config set {_COMMAND} 'PROGRAM %d'"
        return Denied("conflict", key, words, cure)
    if key != _COMMAND:
        return None
    if not value and _is_set(tx, _SWITCH):
        cure = f"switch it off first with: mailmax config set {_SWITCH} off"
        return Denied("conflict", key, "the external check is on", cure)
    if not value:
        return None
    parsed = programs.parse(key, value, programs.CHECKER, needs_one=True)
    return denied(parsed) if isinstance(parsed, BadValue) else None


def _is_set(tx: Connection, key: str) -> bool:
    kept = units.all_settings(tx).get(key)
    return kept is not None and bool(msgspec.json.decode(kept))
