"""Clients that take nothing of what they are sent are cut off (TRUST M1).

Theory:
    A client that reads slowly takes a few octets now and then; one that holds a
    session on purpose takes none. The transport's own buffer moves in large steps,
    because the system takes megabytes from it at once; so what the system holds
    unacknowledged counts too (SIOCOUTQ, tcp(7)).

Limits:
    Some octet must be taken in each 60 s while there is any to take.
"""

import asyncio
import fcntl
import struct
import termios
from contextlib import suppress
from typing import Protocol

STALL_S = 60.0
"""How long a client may take nothing at all of what waits for it."""


class Sender(Protocol):
    """Whoever sends to a client."""

    @property
    def transport(self) -> asyncio.Transport | None:
        """The way to the client; None when it is gone."""

    @property
    def held_back(self) -> object | None:
        """What waits until the client takes something; another one each time."""

    def abort(self) -> None:
        """Cut the client off."""


class StallWatch:
    """Looks now and then whether a client has taken anything."""

    __slots__ = ("_before", "_sender", "_timer")

    def __init__(self, sender: Sender) -> None:
        """Look in a while; only for who sends and waits, or closes."""
        self._sender = sender
        self._before = self._now()
        self._timer: asyncio.TimerHandle | None = self._later()

    @property
    def is_over(self) -> bool:
        """Nothing is watched any more."""
        return self._timer is None

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(STALL_S, self._look)

    def _now(self) -> tuple[object | None, int]:
        transport = self._sender.transport
        octets = 0 if transport is None else unsent(transport)
        return self._sender.held_back, octets

    def _look(self) -> None:
        self._timer = None
        sender, (waiter, octets) = self._sender, self._before
        transport = sender.transport
        if transport is None or not (sender.held_back or transport.is_closing()):
            return
        now, left = self._before = self._now()
        if waiter is now and left >= octets:
            sender.abort()
        else:
            self._timer = self._later()


def unsent(transport: asyncio.Transport) -> int:
    """Return the octets that the other side has not acknowledged."""
    octets = transport.get_write_buffer_size()
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):
            held = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0" * 4)
            octets += int(struct.unpack("i", held)[0])
    return octets
