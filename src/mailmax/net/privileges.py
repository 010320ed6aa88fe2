"""Giving up what a role does not need.

Theory:
    The supervisor alone keeps root, to bind low ports. A role becomes the service
    user, or, where there is none, stays who it is without any capability. Both can
    gain nothing back (no_new_privs), leave no core file and cannot be traced.
    What the service user may not reach is asked of the kernel, by a child that has
    become that user.

Standards:
    TRUST L3 and L4: order setgroups, setgid, setuid; every step is verified.
"""

import ctypes
import os
import pwd
import resource
import signal
import struct
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_KEEPCAPS = 8
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAPSET_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
_MAY_BIND = 1 << 10
"""CAP_NET_BIND_SERVICE."""
_PIPE_OCTETS = 4096
"""Written and read at once (POSIX PIPE_BUF)."""


def drop(user: str, *, may_bind: bool = False) -> None:
    """Give up root and everything that could bring it back.

    Args:
        user: Name of the service user; empty to stay, without capabilities.
        may_bind: Keep the right to low ports: nobody else binds them for us.

    Raises:
        LookupError: There is no such user.
        OSError: The system refused; the process must not go on.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.geteuid() == 0:
        if user and user != "root":
            _prctl(libc, _PR_SET_KEEPCAPS, may_bind)
            _become(user)
            if may_bind:
                _set_capabilities(libc, _MAY_BIND)
        else:
            _drop_capabilities(libc, _MAY_BIND if may_bind else 0)
    _prctl(libc, _PR_SET_NO_NEW_PRIVS, 1)
    _prctl(libc, _PR_SET_DUMPABLE, 0)


def stop_with_parent() -> None:
    """Have this process asked to stop when its supervisor is gone.

    Changing the user forgets it, so it comes after `drop`.
    """
    _prctl(ctypes.CDLL(None, use_errno=True), _PR_SET_PDEATHSIG, signal.SIGTERM)


def own_entry() -> pwd.struct_passwd:
    """Return who we are; a number without a name is its own name."""
    uid = os.geteuid()
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return pwd.struct_passwd((str(uid), "x", uid, os.getegid(), "", "/", ""))


def closed_to(user: pwd.struct_passwd, *paths: Path) -> Path | None:
    """Return the first directory on the way to `paths` that a user may not enter.

    Call it before any thread is started: it forks.
    """
    steps = [step for path in paths for step in (*reversed(path.parents), path)]
    if user.pw_uid == os.geteuid():
        return next((step for step in steps if not os.access(step, os.X_OK)), None)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
            os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
            closed = [not os.access(step, os.X_OK) for step in steps]
            os.write(write, bytes(closed)[:_PIPE_OCTETS])
        finally:
            os._exit(0)
    os.close(write)
    answer = os.read(read, _PIPE_OCTETS)
    os.close(read)
    os.waitpid(child, 0)
    return steps[answer.index(1)] if 1 in answer else None


def _become(name: str) -> None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError as error:
        raise LookupError(
            f"run_as: there is no user {name!r} on this machine"
        ) from error
    os.setgroups([])
    os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
    os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
    if os.getgroups() or os.getresuid() != (entry.pw_uid,) * 3:
        raise PermissionError("the role could not give up root")


def _drop_capabilities(libc: ctypes.CDLL, kept: int) -> None:
    """Stay uid 0, but as nobody special: files are reached by their mode only."""
    for capability in range(_LAST_CAPABILITY + 1):
        if kept >> capability & 1:
            continue
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # beyond the kernel's last one
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    _set_capabilities(libc, kept)


def _set_capabilities(libc: ctypes.CDLL, kept: int) -> None:
    """Keep some of those that we have, and no other."""
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPSET_VERSION_3, 0))
    held = ctypes.create_string_buffer(24)
    if libc.capget(header, held) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    kept &= struct.unpack("=6I", held.raw[:24])[1]
    sets = ctypes.create_string_buffer(struct.pack("=6I", kept, kept, 0, 0, 0, 0))
    if libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _prctl(libc: ctypes.CDLL, option: int, value: int) -> None:
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
