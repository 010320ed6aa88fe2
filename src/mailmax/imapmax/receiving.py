"""A message that is being appended: its octets, as they come.

Theory:
    One that comes too slowly is ended like a slow DATA of SMTP: octets now and then
    would hold memory for ever. What finds no memory any more is let go of, and the
    rest passes by; the client learns it at the end.

Limits:
    100 octets a second, taken over the time that silence may last (TRUST 3): so a
    message has its size in hundreds of seconds, and no more.
"""

import asyncio
import zlib
from collections.abc import Callable

from mailmax.base.units import KIB
from mailmax.imapmax.arrivals import Arrivals
from mailmax.wire.imap.commands.append import Append

SLOWEST_OCTETS_S = 100
_PIECE_OCTETS = 4 * KIB
"""Smaller ones are put together: each would weigh more than what is in it."""


class Receiving:
    """Collects one message."""

    __slots__ = (
        "_arrivals",
        "_held",
        "_left",
        "_left_before",
        "_pieces",
        "_timer",
        "_user_id",
        "command",
        "crc",
        "has_nul",
        "is_refused",
    )

    def __init__(self, command: Append, user_id: int, arrivals: Arrivals) -> None:
        """Start with nothing.

        Args:
            command: What was announced.
            user_id: Whose it is.
            arrivals: Where it is counted.
        """
        self.command = command
        self.crc = 0
        """Plain CRC-32 of what came (TRUST D9)."""
        self.has_nul = False
        self.is_refused = False
        """There was no memory for it."""
        self._user_id = user_id
        self._arrivals = arrivals
        self._held = 0
        """Counted so far."""
        self._left = self._left_before = command.size
        self._pieces: list[bytes | bytearray] = []
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_whole(self) -> bool:
        """All octets came."""
        return not self._left

    def take(self, octets: bytes) -> None:
        """Keep the next octets."""
        self._left -= len(octets)
        if self.is_refused:
            return
        if not self._count(len(octets)):
            self.is_refused = True
            self._let_go()
            return
        self._keep(octets)
        self.crc = zlib.crc32(octets, self.crc)
        self.has_nul = self.has_nul or b"\0" in octets

    def _count(self, octets: int) -> bool:
        """Count octets in; False where there is no room for them."""
        arrivals, size = self._arrivals, self.command.size
        if arrivals.is_small(size):
            return True
        if not arrivals.has_room(self._user_id, size, octets):
            return False
        arrivals.take(self._user_id, octets)
        self._held += octets
        return True

    def _keep(self, octets: bytes) -> None:
        if len(octets) >= _PIECE_OCTETS or not self._pieces:
            self._pieces.append(octets)
            return
        last = self._pieces[-1]
        if isinstance(last, bytearray) and len(last) < _PIECE_OCTETS:
            last += octets
        else:
            self._pieces.append(bytearray(octets))

    def body(self) -> bytes:
        """Return the whole message."""
        return b"".join(self._pieces)

    def watch(self, window_s: float, on_slow: Callable[[], None]) -> None:
        """Look now and then whether enough came.

        Args:
            window_s: What is averaged.
            on_slow: Called once when it did not.
        """
        loop = asyncio.get_running_loop()

        def look() -> None:
            self._timer = None
            if self.is_whole:
                return
            if self._left_before - self._left < SLOWEST_OCTETS_S * window_s:
                on_slow()
                return
            self._left_before = self._left
            self._timer = loop.call_later(window_s, look)

        self._timer = loop.call_later(window_s, look)

    def stop(self) -> None:
        """It is over: let go of the octets."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._let_go()

    def _let_go(self) -> None:
        self._pieces.clear()
        self._arrivals.give_back(self._user_id, self._held)
        self._held = 0
