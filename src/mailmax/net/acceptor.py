"""Taking clients from a bound socket: a few in a turn, with pauses, never in a spin.

Theory:
    One reader on the loop. In each turn of it at most `step` clients are taken, so
    that a storm of new ones does not keep those who are here waiting. Who is not
    taken waits in the system's queue.

Rules:
    Where the system has no descriptor left, accepting rests and is tried again; the
    log says so once a minute, however many knock. The last ones are not for clients:
    who is here already needs some to write mail and to open mailboxes (TRUST M3).

Limits:
    64 descriptors in reserve, a quarter where there are less than 256.
"""

import asyncio
import errno
import logging
import os
import resource
import socket
from collections.abc import Callable

from mailmax.net.transports import host_of

REST_S = 0.1
RESERVE = 64
_LOG_EVERY_S = 60.0

Welcome = Callable[[socket.socket, str], None]
"""Takes a client over: its socket, IP address and port (neither on Unix sockets)."""

_log = logging.getLogger("mailmax.net")


class Acceptor:
    """Accepts on one socket."""

    __slots__ = (
        "_aside",
        "_is_wanted",
        "_logged_at",
        "_loop",
        "_resting",
        "_sock",
        "_welcome",
        "step",
    )

    def __init__(self, sock: socket.socket, welcome: Welcome, step: int) -> None:
        """Prepare; `resume` starts it.

        Args:
            sock: Bound; it is this object's from now on.
            welcome: Takes a client over; may call `pause`.
            step: Most clients in one turn.
        """
        self._sock = sock
        self._welcome = welcome
        self.step = step
        self._loop = asyncio.get_running_loop()
        self._is_wanted = False
        self._resting: asyncio.TimerHandle | None = None
        self._aside: socket.socket | None = None
        """A client whose descriptor is of the reserve; it goes on when there are
        others."""
        self._logged_at = float("-inf")
        sock.setblocking(False)

    def resume(self) -> None:
        """Accept from now on."""
        if not self._is_wanted and self._resting is None:
            if self._aside is None:
                self._loop.add_reader(self._sock, self._take_some)
            else:
                self._resting = self._loop.call_later(REST_S, self._go_on)
        self._is_wanted = True

    def pause(self) -> None:
        """Accept nobody for a while."""
        if self._is_wanted and self._resting is None:
            self._loop.remove_reader(self._sock)
        self._is_wanted = False

    def close(self) -> None:
        """Accept nobody any more."""
        self.pause()
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        if self._aside is not None:
            self._aside.close()
            self._aside = None
        self._sock.close()

    def _take_some(self) -> None:
        most = _most_for_clients()
        for _ in range(self.step):
            try:
                client, name = self._sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue  # gone before we came
            except OSError as error:
                self._rest(error.strerror or str(error))
                return
            if client.fileno() >= most:  # the lowest that was free
                self._aside = client
                self._rest(os.strerror(errno.EMFILE))
                return
            self._welcome(client, host_of(name))
            if not self._is_wanted:
                return

    def _rest(self, why: str) -> None:
        self._loop.remove_reader(self._sock)
        self._resting = self._loop.call_later(REST_S, self._go_on)
        now = self._loop.time()
        if now - self._logged_at >= _LOG_EVERY_S:
            self._logged_at = now
            _log.warning("new clients have to wait: %s", why)

    def _go_on(self) -> None:
        self._resting = None
        if not self._is_wanted:
            return
        if self._aside is not None:
            self._let_in_late(self._aside)
        if self._aside is not None:
            self._rest(os.strerror(errno.EMFILE))
        elif self._is_wanted:
            self._loop.add_reader(self._sock, self._take_some)

    def _let_in_late(self, client: socket.socket) -> None:
        """Give a client a descriptor that is not of the reserve, if there is one."""
        try:
            fresh = client.dup()
        except OSError:
            return
        if fresh.fileno() >= _most_for_clients():
            fresh.close()
            return
        fresh.setblocking(False)
        self._aside = None
        client.close()
        try:
            name = fresh.getpeername()
        except OSError:
            fresh.close()  # it has not waited
            return
        self._welcome(fresh, host_of(name))


def _most_for_clients() -> int:
    """Return the first descriptor that no client gets."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return limit - min(RESERVE, limit // 4)
