"""Where a role gets its listening sockets: from the supervisor, systemd, or itself.

Theory:
    Who runs under the supervisor asks its keeper. Who runs alone has sockets that
    systemd opened, found by their address and port, and binds the others itself,
    which needs CAP_NET_BIND_SERVICE for low ports.

Rules:
    A socket of systemd cannot be closed for good, only made deaf: clients are refused
    by the system, and it hears again when it is opened again.

See Also:
    `net.keeper`, for the packets.
"""

import asyncio
import contextlib
import errno
import socket
from collections import deque
from collections.abc import Iterable
from typing import Protocol

from mailmax.net.place import BACKLOG, Place, Trouble, bind, place_of

_MOST_AT_ONCE = 50
"""Questions on their way: far less than what fits into the line."""


class Source(Protocol):
    """Gives listening sockets."""

    async def open(self, place: Place) -> socket.socket | Trouble:
        """Return a socket that listens there; the caller's to close."""

    def close(self, place: Place) -> None:
        """Nobody listens there any more; the caller's socket is closed already."""

    def settle(self) -> None:
        """All that is wanted now has been asked for."""


class KeptSockets:
    """Asks the supervisor."""

    def __init__(self, line: socket.socket) -> None:
        """Take this role's line to the keeper."""
        self._line = line
        self._line.setblocking(False)
        self._waiting: deque[asyncio.Future[socket.socket | Trouble]] = deque()
        self._unsaid: deque[bytes] = deque()
        self._few = asyncio.Semaphore(_MOST_AT_ONCE)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_cut = False

    async def open(self, place: Place) -> socket.socket | Trouble:
        """Return a socket that listens there."""
        async with self._few:
            self._say(f"open {place.address} {place.port}")
            if self._is_cut:
                return Trouble(errno.EPIPE)
            answer = asyncio.get_running_loop().create_future()
            self._waiting.append(answer)
            found: socket.socket | Trouble = await answer
            return found

    def close(self, place: Place) -> None:
        """Let the supervisor close it, too."""
        self._say(f"close {place.address} {place.port}")

    def settle(self) -> None:
        """Let the supervisor close what a former process of this role had."""
        self._say("settled")

    def _say(self, words: str) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._line, self._hear)
        self._unsaid.append(words.encode())
        if len(self._unsaid) == 1:
            self._say_more()

    def _say_more(self) -> None:
        """Send what waits, in its order, as long as there is room."""
        loop = asyncio.get_running_loop()
        while self._unsaid and not self._is_cut:
            try:
                self._line.send(self._unsaid[0])
            except BlockingIOError:
                loop.add_writer(self._line, self._say_more)
                return
            except OSError:
                self._give_up()
                return
            self._unsaid.popleft()
        loop.remove_writer(self._line)

    def _hear(self) -> None:
        try:
            octets, fds, _, _ = socket.recv_fds(self._line, 64, 1)
        except BlockingIOError:
            return
        except OSError:
            octets, fds = b"", []
        if not octets:
            self._give_up()
            return
        answer = self._waiting.popleft()
        given = socket.socket(fileno=fds[0]) if fds else _trouble_of(octets)
        if not answer.cancelled():
            answer.set_result(given)
        elif isinstance(given, socket.socket):
            given.close()

    def _give_up(self) -> None:
        """The supervisor has hung up."""
        self._is_cut = True
        self._unsaid.clear()
        if self._loop is not None:
            self._loop.remove_reader(self._line)
            self._loop.remove_writer(self._line)
        while self._waiting:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_result(Trouble(errno.EPIPE))


def _trouble_of(answer: bytes) -> Trouble:
    """Read why there is no socket; an "ok" has lost it for want of a descriptor."""
    words = answer.split()
    return Trouble(int(words[1]) if len(words) > 1 else errno.EMFILE)


class OwnSockets:
    """Uses what systemd opened; binds the rest."""

    def __init__(self, inherited: Iterable[socket.socket] = ()) -> None:
        """Take the sockets that were inherited."""
        named = ((place_of(sock), sock) for sock in inherited)
        self._inherited = {place: sock for place, sock in named if place is not None}
        self._unasked = set(self._inherited)

    async def open(self, place: Place) -> socket.socket | Trouble:
        """Return a socket that listens there."""
        sock = self._inherited.get(place)
        if sock is None:
            return bind(place)
        self._unasked.discard(place)
        sock.listen(BACKLOG)  # it may have been made deaf
        return sock.dup()

    def close(self, place: Place) -> None:
        """Refuse who comes to a socket of systemd; others are closed already."""
        sock = self._inherited.get(place)
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def settle(self) -> None:
        """Refuse who comes to sockets that nobody here wants."""
        for place in self._unasked:
            self.close(place)
        self._unasked.clear()
