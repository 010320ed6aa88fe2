"""One supervisor a node directory: its lock, and who still holds it.

Theory:
    The lock is on a file, and the roles have it from their fork on: it is free when
    the last of them has ended. In the file stand the processes, each line with a place
    of its own, so that whoever comes next can name those that still live.

Rules:
    While a supervisor lives there is no other. Roles whose supervisor is gone end by
    themselves (`net.privileges`): they are waited for.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mailmax.store.atomic import Lock

PATIENCE_S = 15.0
_LOOK_S = 0.1
_UNNAMED_S = 1.0
"""Who has just locked it has not written its name yet."""
_LINE_OCTETS = 40
_SUPERVISOR = "supervisor"


class AlreadyRunningError(Exception):
    """Another supervisor has this node directory, or roles that it left."""


class OnlyOne:
    """The lock, and the processes that have it."""

    def __init__(self, lock: Lock, roles: Sequence[str]) -> None:
        """Take it over; use `take`."""
        self._lock = lock
        self._places = (_SUPERVISOR, *roles)
        os.ftruncate(lock.fd, 0)
        self.enter(_SUPERVISOR)

    def enter(self, name: str) -> None:
        """Write this process down, in place of the one that had the name before."""
        line = f"{name} {os.getpid()}"[: _LINE_OCTETS - 1].ljust(_LINE_OCTETS - 1)
        place = self._places.index(name) * _LINE_OCTETS
        os.pwrite(self._lock.fd, f"{line}\n".encode(), place)

    def release(self) -> None:
        """Let others have it."""
        self._lock.release()


def take(
    path: Path, root: Path, roles: Sequence[str], say: Callable[[str], None]
) -> OnlyOne:
    """Lock a node directory; wait for roles that a former supervisor left.

    Args:
        path: The file.
        root: The node directory, for words.
        roles: All names that will be entered.
        say: Tells whom we wait for, a line at a time.

    Raises:
        AlreadyRunningError: A supervisor lives, or a role does not end.
    """
    begin = time.monotonic()
    told: dict[str, int] = {}
    while (lock := Lock.take(path)) is None:
        living = _living(path, (_SUPERVISOR, *roles))
        waited = time.monotonic() - begin
        if _SUPERVISOR in living or (not living and waited > _UNNAMED_S):
            pid = living.get(_SUPERVISOR, 0)
            who = f" (process {pid})" if pid else ""
            raise AlreadyRunningError(f"MailMax is running already in {root}{who}")
        if waited > PATIENCE_S:
            raise AlreadyRunningError(
                f"MailMax is running still in {root}: {_named(living)}; its supervisor "
                f"is gone, end it with: kill {' '.join(map(str, living.values()))}"
            )
        if living and not told:
            told = dict(living)
            say(f"{_named(living)} of a former start has not ended; it is waited for")
        time.sleep(_LOOK_S)
    return OnlyOne(lock, roles)


def _living(path: Path, names: Sequence[str]) -> Mapping[str, int]:
    """Return the processes in the file that have not ended, by name."""
    found = {}
    for line in path.read_text("ascii", "replace").replace("\0", " ").splitlines():
        name, _, number = line.strip().partition(" ")
        if name in names and number.isdecimal() and _is_alive(int(number)):
            found[name] = int(number)
    return found


def _is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _named(living: Mapping[str, int]) -> str:
    return ", ".join(f"{name} (process {pid})" for name, pid in living.items())
