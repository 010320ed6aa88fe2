"""The walls around a program, put up from the inside: namespaces, mounts, and the rest.

Theory:
    Who runs a program is the services' user already, and can become nobody else. What
    is left to do without any privilege: namespaces of a user namespace (where the
    kernel and whoever started us allow it), read-only mounts in it, rlimits,
    no_new_privs, Landlock, a filter of system calls. What is missing is made up for
    by the next: `holes` says how.

Rules:
    After `become`, nothing but exec follows.

Standards:
    user_namespaces(7), pid_namespaces(7), landlock(7), seccomp(2).
"""

import os
import resource
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from mailmax.net.children import landlock, seccomp, system
from mailmax.net.children.job import Job, Means
from mailmax.net.children.landlock import Reach

FILES, SCRATCH, NAMES = "files", "scratch", "names.json"
"""What is in a program's directory."""

_NOBODY = 65_534
_NAMESPACES = (
    system.CLONE_NEWUSER
    | system.CLONE_NEWPID
    | system.CLONE_NEWNET
    | system.CLONE_NEWIPC
    | system.CLONE_NEWUTS
    | system.CLONE_NEWNS
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_SHARED_USER_PROCESSES = 1_000
"""Without a user namespace all that the services run counts, too."""


def look() -> Means:
    """Return what this computer has, by trying it in a child."""
    version = landlock.abi()
    child = os.fork()
    if child == 0:
        code = 0
        with suppress(BaseException):
            enter_namespaces()
            code = 1
            make_read_only("/")
            code = 2
        os._exit(code)
    _, status = os.waitpid(child, 0)
    reached = os.waitstatus_to_exitcode(status)
    return Means(
        namespaces=reached >= 1,
        mounts=reached >= 2,
        landlock=version,
        seccomp=seccomp.is_possible() and _has_seccomp(),
    )


def enter_namespaces() -> None:
    """Live in namespaces of one's own; the next child is the first process there.

    Raises:
        OSError: That is not allowed.
    """
    uid, gid = os.geteuid(), os.getegid()
    with suppress(OSError):  # else the maps are root's
        system.prctl(system.PR_SET_DUMPABLE, 1)
    system.unshare(_NAMESPACES)
    own = Path("/proc/self")
    own.joinpath("setgroups").write_text("deny")
    own.joinpath("uid_map").write_text(f"{_NOBODY} {uid} 1")
    own.joinpath("gid_map").write_text(f"{_NOBODY} {gid} 1")


def make_read_only(but: str) -> None:
    """Have everything read-only, but one directory, in which nothing can be executed.

    Args:
        but: That directory; ``/`` for none.

    Raises:
        OSError: That is not allowed, or the kernel is older than 5.12.
    """
    system.mount("", "/", "", system.MS_REC | system.MS_PRIVATE)
    if but != "/":
        system.mount(but, but, "", system.MS_BIND)
    system.mount_setattr("/", system.MOUNT_ATTR_RDONLY, recursive=True)
    if but != "/":
        harmless = (
            system.MOUNT_ATTR_NOSUID
            | system.MOUNT_ATTR_NODEV
            | system.MOUNT_ATTR_NOEXEC
        )
        system.mount_setattr(but, harmless, system.MOUNT_ATTR_RDONLY)


def holes(means: Means) -> seccomp.Holes:
    """Return what the filter has to stand in for."""
    return seccomp.Holes(
        others=not means.namespaces,
        signals=not means.namespaces and means.landlock < landlock.SCOPES,
        truncates=not means.mounts and means.landlock < landlock.TRUNCATES,
        modes=not means.mounts,
    )


def become(job: Job, means: Means, output: int, failing: int) -> None:
    """Be the program, with walls all around; never returns.

    Args:
        job: What to run.
        means: What there is to build walls of.
        output: Where it writes.
        failing: Told what went wrong; closed by success.
    """
    try:
        _prepare(job, means, output, failing)
        os.execve(job.words[0], list(job.words), _environment(job.directory))  # noqa: S606
    except OSError as error:
        os.write(failing, os.fsencode(error.strerror or str(error)))
    except BaseException as error:  # noqa: BLE001 - a child's last words
        os.write(failing, os.fsencode(repr(error))[:200])
    finally:
        os._exit(127)


def _prepare(job: Job, means: Means, output: int, failing: int) -> None:
    system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    nothing = os.open("/dev/null", os.O_RDWR)
    for standard, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, standard)
    _close_all_but(failing)
    os.chdir(f"{job.directory}/{FILES}")
    os.umask(0o077)
    _limit(job, means)
    for number in signal.valid_signals():
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    system.give_up_capabilities()
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    if means.landlock:
        landlock.restrict(_reach(job))
    if means.seccomp:
        system.install_filter(seccomp.build(holes(means), system.machine()))


def _close_all_but(kept: int) -> None:
    """Close every file from 3 on; a range without end would be closed one by one."""
    try:
        numbers = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
    except OSError:
        numbers = list(range(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))
    for number in numbers:
        if number > 2 and number != kept:
            with suppress(OSError):
                os.close(number)


def _reach(job: Job) -> Reach:
    own = (f"{job.directory}/{FILES}", f"{job.directory}/{SCRATCH}")
    readable: Sequence[str] = (*job.readable, f"{job.directory}/{NAMES}")
    return Reach(own, readable, _DEVICES)


def _limit(job: Job, means: Means) -> None:
    limits = job.limits
    processes = limits.processes
    if not means.namespaces:
        processes += _SHARED_USER_PROCESSES
    for which, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_AS, 2 * limits.memory_octets),
        (resource.RLIMIT_FSIZE, limits.file_octets),
        (resource.RLIMIT_NOFILE, limits.descriptors),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_RTPRIO, 0),
    ):
        _, hard = resource.getrlimit(which)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        later = most + (which == resource.RLIMIT_CPU)  # the signal that says why
        beyond = later if hard == resource.RLIM_INFINITY else min(later, hard)
        resource.setrlimit(which, (most, beyond))


def _environment(directory: str) -> dict[str, str]:
    scratch = f"{directory}/{SCRATCH}"
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": scratch,
        "TMPDIR": scratch,
        "MAILMAX_NAMES": f"{directory}/{NAMES}",
    }


def _has_seccomp() -> bool:
    return Path("/proc/self/status").read_text().find("\nSeccomp:") >= 0
