"""Which system calls a program may make: a filter for the kernel (seccomp).

Theory:
    Everything is allowed but what is named here: a checker may be any program. Three
    lists: what no program needs that only looks at files; what reaches other
    processes; what changes files that it may not open. The latter two are refused
    only where nothing else stands in the way (`Holes`).
    The filter is classic BPF: load the number, jump to a verdict.

Rules:
    A call of a foreign kind (32 bits, x32) has other numbers: refused whole.
    `clone3` hides its flags in memory: "not there", so that the C library takes
    `clone`, whose flags are looked at.

Standards:
    seccomp(2), bpf(4).
"""

import errno
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailmax.net.children import system

X32_BIT = 0x40000000
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_ANY_BIT = 0x20, 0x15, 0x35, 0x45
_RETURN = 0x06
_NUMBER, _KIND, _ARGUMENT_0, _ARGUMENT_1 = 0, 4, 16, 24
_KINDS = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

Numbers = tuple[int | None, int | None]
"""On x86_64 and on aarch64; None: not there."""

_NEVER: dict[str, Numbers] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "unshare": (272, 97),
    "setns": (308, 268),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "inotify_add_watch": (254, 27),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "modify_ldt": (154, None),
    "iopl": (172, None),
    "ioperm": (173, None),
    # Sockets of every family: also those of the services on this computer.
    "socket": (41, 198),
    # Memory that is in no process and outlives it; that of others of the same user.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
}
_LEAVES_GROUP: dict[str, Numbers] = {"setsid": (112, 157), "setpgid": (109, 154)}
_SIGNALS: dict[str, Numbers] = {
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
}
_OTHERS: dict[str, Numbers] = {
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
}
_TRUNCATE: dict[str, Numbers] = {"truncate": (76, 45)}
_MODES: dict[str, Numbers] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
}
_FCNTL: Numbers = (72, 25)
_IOCTL: Numbers = (16, 29)
_OWNING = (8, 10, 15)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX: have a signal sent when a file can be read."""
_OWNING_SOCKETS = (0x8901, 0x8902)
"""FIOSETOWN, SIOCSPGRP: the same."""
_FLAGS = (0x40086602, 0x40046602, 0x401C5820)
"""FS_IOC_SETFLAGS, FS_IOC32_SETFLAGS, FS_IOC_FSSETXATTR."""
_PRLIMIT: Numbers = (302, 261)
_CLONE: Numbers = (56, 220)
_CLONE3: Numbers = (435, 435)


@dataclass(frozen=True, slots=True)
class Holes:
    """What nothing else stands in the way of."""

    others: bool
    """There is no process namespace: who leaves the group would live on, and limits
    and shares of the processor of other processes can be changed."""
    signals: bool
    """Signals reach the services, who are the same user."""
    truncates: bool
    """Files that cannot be opened can be truncated."""
    modes: bool
    """Modes, owners and times can be changed: of files that cannot be opened, and of
    those that may only be read, where they are the services' own."""


def is_possible() -> bool:
    """Tell whether the numbers of this processor's calls are known."""
    return system.machine() in _KINDS


def build(holes: Holes, machine: str) -> bytes:
    """Return the filter for a kind of processor.

    Raises:
        KeyError: Its numbers are not known.
    """
    kind, column = _KINDS[machine]
    refused = dict(_NEVER)
    refused |= _LEAVES_GROUP | _OTHERS if holes.others else {}
    refused |= _SIGNALS if holes.signals else {}
    refused |= _TRUNCATE if holes.truncates else {}
    refused |= _MODES if holes.modes else {}
    code = [
        _statement(_LOAD, _KIND),
        _jump(_JUMP_EQUAL, kind, 1, 0),
        _statement(_RETURN, _KILL),
        _statement(_LOAD, _NUMBER),
        _jump(_JUMP_ABOVE, X32_BIT, 0, 1),
        _statement(_RETURN, _ERRNO | errno.ENOSYS),
    ]
    code += _refusals((_CLONE3,), column, errno.ENOSYS)
    code += _refusals(refused.values(), column, errno.EPERM)
    any_new = _jump(_JUMP_ANY_BIT, system.CLONE_ANY_NEW, 0, 1)
    code += _look_at(_CLONE[column], _ARGUMENT_0, any_new)
    if holes.others:  # limits of another process
        is_own = _jump(_JUMP_EQUAL, 0, 1, 0)
        code += _look_at(_PRLIMIT[column], _ARGUMENT_0, is_own)
    if holes.signals:
        code += _refuse_words(_FCNTL[column], _OWNING)
    words = (_OWNING_SOCKETS if holes.signals else ()) + (_FLAGS if holes.modes else ())
    code += _refuse_words(_IOCTL[column], words)
    return b"".join([*code, _statement(_RETURN, _ALLOW)])


def _refusals(calls: Iterable[Numbers], column: int, error: int) -> Sequence[bytes]:
    code: list[bytes] = []
    for numbers in calls:
        if (number := numbers[column]) is not None:
            code.append(_jump(_JUMP_EQUAL, number, 0, 1))
            code.append(_statement(_RETURN, _ERRNO | error))
    return code


def _look_at(number: int | None, place: int, test: bytes) -> Sequence[bytes]:
    """Refuse a call unless a test of half an argument passes over one statement."""
    if number is None:
        return ()
    return (
        _jump(_JUMP_EQUAL, number, 0, 4),
        _statement(_LOAD, place),
        test,
        _statement(_RETURN, _ERRNO | errno.EPERM),
        _statement(_RETURN, _ALLOW),
    )


def _refuse_words(number: int | None, words: Sequence[int]) -> Sequence[bytes]:
    """Refuse a call whose second argument, an int, is one of some words."""
    if number is None or not words:
        return ()
    code = [_statement(_LOAD, _ARGUMENT_1)]
    for word in words:
        code.append(_jump(_JUMP_EQUAL, word, 0, 1))
        code.append(_statement(_RETURN, _ERRNO | errno.EPERM))
    code.append(_statement(_RETURN, _ALLOW))
    return (_jump(_JUMP_EQUAL, number, 0, len(code)), *code)


def _statement(code: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, 0, 0, value)


def _jump(code: int, value: int, when_true: int, when_false: int) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, value)
