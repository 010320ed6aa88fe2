"""Who somebody waits for goes first: how the roles of a node share its processors.

Theory:
    A flood of mail keeps several processes busy at once. Each of them that wakes up
    may take the processor from whoever runs, also from IMAPMax in the middle of an
    answer, and again a moment later. Nobody waits for the filer and QueueMax: what
    they do is measured by the second; what a client asks for, by the millisecond.

Rules:
    Who works behind the scenes is *batch* work (SCHED_BATCH, sched(7)): its share of
    the processors stays the same, but when it wakes up it takes none away; it waits
    for the end of a slice. That costs nothing where a processor is free, and needs no
    privilege. Threads and programs that are started later inherit it.
    Whom nobody waits for at all has a small share beside that, of the processors and
    of the disk. But some: who holds a user's lock must come to let it go.
"""

import ctypes
import os
import platform
from contextlib import suppress

_NICE = 10
_LAST_BEST_EFFORT = (2 << 13) | 7
"""ioprio_set(2): the class "best effort", its lowest level."""
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}


def give_way() -> None:
    """Never interrupt another process; where the system cannot, nothing happens."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def go_last() -> None:
    """Take what others leave; where the system cannot, nothing happens.

    It holds for the thread that calls it, and those that this one starts.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    call = _IOPRIO_SET.get(platform.machine())
    if call is not None:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall(call, 1, 0, _LAST_BEST_EFFORT)
