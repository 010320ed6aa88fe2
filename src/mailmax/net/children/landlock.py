"""Which files a program may reach: Landlock.

Theory:
    A process says once what it, and all that come from it, may open; everything else
    is refused, whatever user it is. What it may see of files that it may not open
    (their names, sizes, modes) and may do to their modes is not Landlock's: the
    mounts (`cage`) and the filter (`seccomp`) stand there.

Rules:
    Nothing given to a program can be executed, not even by itself.

Limits:
    ABI 1 came with Linux 5.13; truncating is refused from ABI 3 (6.2) on, signals and
    abstract sockets from ABI 6 (6.12) on. Before, the filter refuses them.
"""

import os
import stat
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from mailmax.net.children import system

TRUNCATES = 3
"""The first ABI that refuses truncate(2)."""
SCOPES = 6
"""The first that refuses signals to who is outside."""

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_SOCK, _MAKE_BLOCK = 1 << 6, 1 << 9, 1 << 11
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights there are to files, by the ABI; later ones added none."""
_NET_ABI, _TCP = 4, 0b11
_SCOPED = 0b11

_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READING = _EXECUTE | _READ_FILE | _READ_DIR
_NEVER = _EXECUTE | _MAKE_CHAR | _MAKE_SOCK | _MAKE_BLOCK | _IOCTL_DEV


@dataclass(frozen=True, slots=True)
class Reach:
    """What a program may open; what is missing is passed over."""

    own: Sequence[str]
    """Directories in which it may do as it likes, except execute."""
    readable: Sequence[str]
    """Files and directories to read and execute."""
    devices: Sequence[str]
    """Devices to read and write."""


def abi() -> int:
    """Return what the kernel can do; 0: nothing."""
    try:
        return system.call(_CREATE, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict(reach: Reach) -> None:
    """Have this process open nothing else; it needs no_new_privs.

    Raises:
        OSError: The kernel says no.
    """
    version = abi()
    handled = (1 << _RIGHTS.get(version, 16)) - 1
    attributes = struct.pack(
        "=QQQ",
        handled,
        _TCP if version >= _NET_ABI else 0,
        _SCOPED if version >= SCOPES else 0,
    )
    size = 8 if version < _NET_ABI else 16 if version < SCOPES else 24
    ruleset = system.call(_CREATE, attributes, size, 0)
    try:
        for path in reach.own:
            _allow(ruleset, path, handled & ~_NEVER)
        for path in reach.readable:
            _allow(ruleset, path, handled & _READING)
        for path in reach.devices:
            _allow(ruleset, path, handled & (_READ_FILE | _WRITE_FILE | _TRUNCATE))
        system.call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        system.call(_ADD, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)
