"""Taking clients from a bound socket: a few in a turn, with pauses, never in a spin.

Theory:
    One reader on the loop. In each turn of it at most `step` clients are taken, so
    that a storm of new ones does not keep those who are here waiting. Who is not
    taken waits in the system's queue.

Rules:
    Where the system has no descriptor left, accepting rests and is tried again; the
    log says so once a minute, however many knock (TRUST M3).
"""

import asyncio
import logging
import socket
from collections.abc import Callable

from mailmax.net.transports import host_of

REST_S = 0.25
_LOG_EVERY_S = 60.0

Welcome = Callable[[socket.socket, str], None]
"""Takes a client over: its socket, IP address and port (neither on Unix sockets)."""

_log = logging.getLogger("mailmax.net")


class Acceptor:
    """Accepts on one socket."""

    __slots__ = (
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
        self._logged_at = float("-inf")
        sock.setblocking(False)

    def resume(self) -> None:
        """Accept from now on."""
        if not self._is_wanted and self._resting is None:
            self._loop.add_reader(self._sock, self._take_some)
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
        self._sock.close()

    def _take_some(self) -> None:
        for _ in range(self.step):
            try:
                client, name = self._sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue  # gone before we came
            except OSError as error:
                self._rest(error)
                return
            self._welcome(client, host_of(name))
            if not self._is_wanted:
                return

    def _rest(self, why: OSError) -> None:
        self._loop.remove_reader(self._sock)
        self._resting = self._loop.call_later(REST_S, self._go_on)
        now = self._loop.time()
        if now - self._logged_at >= _LOG_EVERY_S:
            self._logged_at = now
            _log.warning("new clients have to wait: %s", why.strerror)

    def _go_on(self) -> None:
        self._resting = None
        if self._is_wanted:
            self._loop.add_reader(self._sock, self._take_some)
