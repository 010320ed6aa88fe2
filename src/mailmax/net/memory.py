"""Giving memory back that clients have left behind.

Theory:
    Each TLS client makes and frees buffers of very different sizes, and those that
    stay lie scattered between the freed ones. glibc keeps such holes and finds few new
    uses for them: measured with waves of a thousand clients each wave cost 5 KiB a
    client more than the one before it. Given back to the system after clients have
    come or gone, the holes cost nothing, and every wave the same.

Rules:
    Done in a thread, seldom, and only after many clients: it takes milliseconds.
    Where the C library cannot do it, nothing happens.

Limits:
    After 200 clients that came or went, at most every 5 s.
"""

import asyncio
import ctypes

MANY = 200
PAUSE_S = 5.0

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


class Tidier:
    """Counts clients, and gives memory back once many have come or gone."""

    def __init__(self) -> None:
        """Start with none; used on one loop."""
        self.times = 0
        """How often memory was given back."""
        self._moved = 0
        self._timer: asyncio.TimerHandle | None = None
        self._trimming: asyncio.Future[None] | None = None

    def note(self) -> None:
        """One client more came or went."""
        self._moved += 1
        if self._moved >= MANY and self._timer is None and _trim is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(PAUSE_S, self._tidy)

    def _tidy(self) -> None:
        self._moved = 0
        self._timer = None
        self.times += 1
        loop = asyncio.get_running_loop()
        self._trimming = loop.run_in_executor(None, _give_back)

    def stop(self) -> None:
        """Give nothing back any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _give_back() -> None:
    if _trim is not None:
        _trim(0)
