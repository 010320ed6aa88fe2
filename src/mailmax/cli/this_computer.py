"""What there is to see of this computer, and what programs are contained with here.

Rules:
    Looked at before anything else: to see what the services' user may do, it forks.
"""

import os
from collections.abc import Sequence
from dataclasses import replace

from mailmax.bootstrap import this_computer
from mailmax.net import privileges
from mailmax.net.children import cage
from mailmax.net.children.guarding import serious
from mailmax.net.children.job import PACKET_OCTETS, Means
from mailmax.policy.checks.node import NodeFacts
from mailmax.settings.local import LocalSettings


def look(local: LocalSettings) -> NodeFacts:
    """Look at all of it; change nothing."""
    return replace(this_computer.look(local), uncontained=_uncontained(local))


def _uncontained(local: LocalSettings) -> Sequence[str]:
    """Return what external programs are not contained with, if any have run."""
    try:
        if not any(local.paths.working.iterdir()):
            return ()
    except OSError:  # no services have run, or it is the directories' trouble
        return ()
    return serious(_means_of(local.run_as))


def _means_of(user: str) -> Means:
    """Return what there is to contain programs with, for the services' user."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            privileges.drop(user)
            os.write(write, cage.look().packed())
        finally:
            os._exit(0)
    os.close(write)
    packet = os.read(read, PACKET_OCTETS)
    os.close(read)
    os.waitpid(child, 0)
    return Means.unpacked(packet) if packet else Means()
