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
"""

import os
from contextlib import suppress


def give_way() -> None:
    """Never interrupt another process; where the system cannot, nothing happens."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
