"""Binding what the services listen on, while that is still allowed.

Theory:
    The supervisor binds every socket before it forks, keeps it open, and the roles
    inherit it: a restarted role finds the clients who knocked meanwhile, and only
    the supervisor needs the right to low ports. A role that systemd starts alone
    gets its sockets from there (LISTEN_FDS, named by FileDescriptorName).
"""

import errno
import os
import socket
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from mailmax.settings.local import ListenerSettings

SERVICES_OF: Mapping[str, tuple[str, ...]] = {
    "smtpmax": ("smtp", "submission", "submissions", "lmtp"),
    "popmax": ("pop3", "pop3s"),
    "imapmax": ("imap", "imaps"),
}
"""Which services a role serves; the other roles listen for nobody outside."""

Sockets = dict[str, list[socket.socket]]
"""Service name to its bound sockets."""

_BACKLOG = 4096
_FIRST_INHERITED_FD = 3


class CannotListenError(Exception):
    """An address is taken or not ours: names the service and the cure."""


def bind(listeners: Iterable[ListenerSettings]) -> Sockets:
    """Bind and listen; clients may knock from now on.

    Raises:
        CannotListenError: Names the service, the reason and the cure.
    """
    bound: Sockets = defaultdict(list)
    for listener in listeners:
        try:
            bound[listener.service].append(_bind_one(listener))
        except OSError as error:
            where = listener.path or f"{listener.address} port {listener.port}"
            raise CannotListenError(
                f"{listener.service}: cannot listen on {where}: {error.strerror}; "
                f"{_cure(error)}"
            ) from error
    return bound


def for_role(bound: Sockets, role: str) -> Sockets:
    """Return the sockets of one role."""
    return {name: bound.get(name, []) for name in SERVICES_OF.get(role, ())}


def from_systemd() -> Sockets | None:
    """Return the sockets that systemd opened for this process; None without any."""
    count = os.environ.get("LISTEN_FDS", "")
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not count.isdecimal():
        return None
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    bound: Sockets = defaultdict(list)
    for index in range(int(count[:4])):
        inherited = socket.socket(fileno=_FIRST_INHERITED_FD + index)
        inherited.set_inheritable(False)
        name = names[index] if index < len(names) else ""
        bound[name].append(inherited)
    return bound


def _bind_one(listener: ListenerSettings) -> socket.socket:
    if listener.path:
        return _bind_path(Path(listener.path))
    family = socket.AF_INET6 if ":" in listener.address else socket.AF_INET
    address = listener.address
    if address == "*":
        family, address = socket.AF_INET6, "::"
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            only_v6 = listener.address != "*"
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_v6)
        sock.bind((address, listener.port))
        sock.listen(_BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def _bind_path(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117)  # 0660 from the first moment on
    try:
        path.unlink(missing_ok=True)
        sock.bind(os.fsencode(path))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        if error.errno is None:  # Python's own words, when a path is too long
            raise OSError(errno.ENAMETOOLONG, str(error)) from error
        raise
    finally:
        os.umask(before)
    return sock


def _cure(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "start as root, or give the listener a port above 1023 in mailmax.toml"
    if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}:
        return "change the path of the listener in mailmax.toml"
    if error.errno == errno.EADDRNOTAVAIL:
        return "give the listener an address of this computer in mailmax.toml"
    return "stop the other program there, or change the listener in mailmax.toml"
