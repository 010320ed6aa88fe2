"""The system's calls that Python 3.11 has no names for.

Rules:
    Standard library only: the guard starts without anything else.
"""

import ctypes
import os
import platform
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
CLONE_ANY_NEW = 0x7E020000
"""Every namespace that clone(2) makes by flag."""

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

MS_RDONLY = 1
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MOUNT_ATTR_RDONLY = 1
MOUNT_ATTR_NOSUID = 2
MOUNT_ATTR_NODEV = 4
MOUNT_ATTR_NOEXEC = 8

_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_MOUNT_SETATTR = 442
_CAPSET_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
_SECCOMP_MODE_FILTER = 2

_libc = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> int:
    """Make a system call by its number.

    Raises:
        OSError: The kernel says no.
    """
    return check(_libc.syscall(ctypes.c_long(number), *map(_argument, arguments)))


def prctl(option: int, value: int = 0) -> int:
    """Change how the kernel treats this process.

    Raises:
        OSError: The kernel says no.
    """
    zero = ctypes.c_ulong(0)
    return check(_libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero))


def unshare(flags: int) -> None:
    """Leave namespaces for new ones.

    Raises:
        OSError: The kernel, or whoever started us, does not allow it.
    """
    check(_libc.unshare(flags))


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """Mount something.

    Raises:
        OSError: The kernel says no.
    """
    texts = map(os.fsencode, (source, target, kind))
    check(_libc.mount(*texts, ctypes.c_ulong(flags), os.fsencode(data)))


def mount_setattr(
    target: str, put: int, take: int = 0, *, recursive: bool = False
) -> None:
    """Change the attributes of a mount, or of all below it.

    Raises:
        OSError: The kernel says no, or is older than 5.12.
    """
    attributes = struct.pack("=QQQQ", put, take, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    target_octets = os.fsencode(target)
    call(_MOUNT_SETATTR, _AT_FDCWD, target_octets, flags, attributes, len(attributes))


def give_up_capabilities() -> None:
    """Keep none, in any set.

    Raises:
        OSError: Some would be left.
    """
    for capability in range(_LAST_CAPABILITY + 1):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # beyond the kernel's last one, or not ours to drop
    _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPSET_VERSION_3, 0))
    sets = ctypes.create_string_buffer(24)
    if _libc.capset(header, sets) == 0:
        return
    refused = ctypes.get_errno()  # a service manager's filter: is there any at all?
    check(_libc.capget(header, sets))
    if any(sets.raw):
        raise OSError(refused, os.strerror(refused))


def install_filter(code: bytes) -> None:
    """Have every later system call judged by a program for the kernel (seccomp(2)).

    Raises:
        OSError: The kernel has no seccomp.
    """
    buffer = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(
        struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    )
    place = ctypes.c_ulong(ctypes.addressof(program))
    zero = ctypes.c_ulong(0)
    mode = ctypes.c_ulong(_SECCOMP_MODE_FILTER)
    check(_libc.prctl(PR_SET_SECCOMP, mode, place, zero, zero))


def machine() -> str:
    """Return the kind of processor."""
    return platform.machine()


def check(result: int) -> int:
    """Return a call's result, or raise what it left in errno.

    Raises:
        OSError: It failed.
    """
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def _argument(value: object) -> object:
    if value is None:
        return ctypes.c_void_p(None)
    return ctypes.c_long(value) if isinstance(value, int) else value
