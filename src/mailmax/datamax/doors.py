"""Where the hub listens on its node: a Unix socket; and who it is that came.

Rules:
    One hub a node: a lock beside the socket, held while it runs, so a stale socket is
    replaced and a living one never. The socket is its owner's only, and the peer's
    user is checked besides (TRUST L2).

See Also:
    `tls_door`, for services elsewhere.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mailmax.base.errors import PermanentFailure
from mailmax.hub.link import Link
from mailmax.policy.administration import is_own_computer
from mailmax.settings.local import LONGEST_SOCKET_OCTETS
from mailmax.store.atomic import Lock

_UCRED = struct.Struct("3i")

MakeLink = Callable[[], Link]


class UnixDoor:
    """The socket on this node."""

    def __init__(self, path: Path) -> None:
        """Name the socket."""
        self.path = path
        self._lock: Lock | None = None
        self._server: asyncio.Server | None = None

    async def open(self, make_link: MakeLink) -> None:
        """Listen.

        Raises:
            PermanentFailure: Another hub runs here, or the path cannot be used.
        """
        if len(os.fsencode(self.path)) > LONGEST_SOCKET_OCTETS:
            raise PermanentFailure(
                f"hub.address: {self.path} is too long for a socket; give at most "
                f"{LONGEST_SOCKET_OCTETS} octets"
            )
        try:
            self._lock = Lock.take(self.path.with_suffix(".lock"))
            if self._lock is None:
                raise PermanentFailure(f"another DataMax runs at {self.path}")
            self._server = await _listen(self.path, make_link)
        except OSError as error:
            raise PermanentFailure(
                f"DataMax cannot listen at {self.path}: {error.strerror}"
            ) from error

    def close(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.close()
            with suppress(OSError):
                self.path.unlink()
        if self._lock is not None:
            self._lock.release()


def is_own_user(link: Link) -> bool:
    """Tell whether the peer of a Unix socket is our user or root."""
    if link.transport is None or link.is_encrypted:
        return True
    peer = link.transport.get_extra_info("socket")
    if peer is None or peer.family != socket.AF_UNIX:
        return False
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    _, uid, _ = _UCRED.unpack(raw)
    return uid in (0, os.geteuid())


def is_at_home(link: Link) -> bool:
    """Tell whether the peer is a program of this computer."""
    if link.transport is None or not link.is_encrypted:
        return True
    peer = link.transport.get_extra_info("peername")
    own = link.transport.get_extra_info("sockname")
    if not peer or not own:
        return False  # it is gone already
    return is_own_computer(peer[0], own[0])


async def _listen(path: Path, make_link: MakeLink) -> asyncio.Server:
    door = _bind(path)
    try:
        return await asyncio.get_running_loop().create_unix_server(make_link, sock=door)
    except BaseException:
        door.close()
        raise


def _bind(path: Path) -> socket.socket:
    """Bind a socket that nobody else may reach at any moment."""
    with suppress(FileNotFoundError):
        path.unlink()
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        door.bind(str(path))
    except OSError:
        door.close()
        raise
    finally:
        os.umask(before)
    return door
