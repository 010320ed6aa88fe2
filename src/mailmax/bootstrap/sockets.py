"""Which services a role serves, and the sockets that are there before its start.

Theory:
    TCP ports are in the database (`hub.listening` opens them); only LMTP's Unix
    socket is bound before anything runs. A role that systemd starts alone gets its
    sockets from there (LISTEN_FDS): they are known by their address and port.
"""

import errno
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from mailmax.net.place import BACKLOG

SERVICES_OF: Mapping[str, tuple[str, ...]] = {
    "smtpmax": ("smtp", "submission", "submissions", "lmtp"),
    "popmax": ("pop3", "pop3s"),
    "imapmax": ("imap", "imaps"),
}
"""Which services a role serves; the others but the web listen for nobody outside."""

LISTENING = (*SERVICES_OF, "webadmin")
"""Who may ask the supervisor for sockets; of the web's, mailmax.toml tells."""

LMTP_ROLE = "smtpmax"

_FIRST_INHERITED_FD = 3


class CannotListenError(Exception):
    """A path is taken or not ours: names the service and the cure."""


def bind_lmtp(path: Path) -> socket.socket:
    """Bind LMTP's Unix socket; clients may knock from now on.

    Raises:
        CannotListenError: Names the reason and the cure.
    """
    try:
        return _bind_path(path)
    except OSError as error:
        raise CannotListenError(
            f"lmtp: cannot listen on {path}: {error.strerror}; "
            "change directories.run in mailmax.toml"
        ) from error


def from_systemd() -> list[socket.socket]:
    """Return the sockets that systemd opened for this process."""
    count = os.environ.get("LISTEN_FDS", "")
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not count.isdecimal():
        return []
    inherited = []
    for index in range(int(count[:4])):
        sock = socket.socket(fileno=_FIRST_INHERITED_FD + index)
        sock.set_inheritable(False)
        inherited.append(sock)
    return inherited


def _bind_path(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117)  # 0660 from the first moment on
    try:
        path.unlink(missing_ok=True)
        sock.bind(os.fsencode(path))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        if error.errno is None:  # Python's own words, when a path is too long
            raise OSError(errno.ENAMETOOLONG, str(error)) from error
        raise
    finally:
        os.umask(before)
    return sock
