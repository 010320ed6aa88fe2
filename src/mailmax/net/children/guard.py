"""The guard: a small process of its own that starts programs for a role.

Theory:
    A role has threads, many open files and much memory: a bad place to fork from. The
    guard is a fresh Python that has none of them. For each job that a role sends it
    forks a warden (`warden`), which answers over a line of its own.

    role --job, line--> guard --fork--> warden --> (first process of the namespaces)
                                                     --> program

Rules:
    It has no privilege, no file of the role and no environment. It ends when the role
    does; so does every warden, and with it its program.
"""

import array
import gc
import os
import signal
import socket
from contextlib import suppress

from mailmax.net.children import cage, system, warden
from mailmax.net.children.job import PACKET_OCTETS, Job, Report


def main(number: int) -> None:
    """Serve a role until it hangs up.

    Args:
        number: The socket to the role, open already.
    """
    with suppress(OSError):
        os.setsid()  # signals of a terminal are the role's to judge
    os.umask(0o077)
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    means = cage.look()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for wardens
    gc.freeze()
    with socket.socket(fileno=number) as role:
        role.send(means.packed())
        while (found := _receive(role)) is not None:
            job, line = found
            if os.fork() == 0:
                role.close()
                warden.run(job, line, means)
            line.close()


def _receive(role: socket.socket) -> tuple[Job, socket.socket] | None:
    """Wait for a job; None when the role is gone."""
    room = socket.CMSG_SPACE(array.array("i", [0]).itemsize)
    packet, extra, _, _ = role.recvmsg(PACKET_OCTETS, room)
    if not packet:
        return None
    numbers = array.array("i")
    for _, _, octets in extra:
        numbers.frombytes(octets)
    line = socket.socket(fileno=numbers[0])
    try:
        return Job.unpacked(packet), line
    except (ValueError, TypeError, KeyError) as error:  # a mistake of ours
        line.send(Report("broken", reason=str(error)).packed())
        raise
