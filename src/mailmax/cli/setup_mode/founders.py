"""The wizard's way to the process that founds: orders out, news in.

See Also:
    `setup_mode.start`: the other end of both lines.
"""

import asyncio
import socket

from mailmax.cli.answers import Answers
from mailmax.cli.setup_mode.told import (
    MISTAKE,
    MOST_OCTETS,
    Refused,
    Told,
    decode,
    encode,
)

_LEFT = b"\1"


class Founders:
    """Both lines."""

    def __init__(self, orders: socket.socket, answers: socket.socket) -> None:
        """Take them over."""
        self._orders = orders
        self._answers = answers
        for line in (orders, answers):
            line.setblocking(False)

    async def found(self, wanted: Answers) -> Told:
        """Have a system founded; nothing of it runs before `start`."""
        order = encode(wanted)
        if len(order) > MOST_OCTETS:
            return Refused("users", "that is too much at once", "add some later")
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._orders, order)
        return await self._hear(loop)

    async def start(self) -> Told:
        """Have it started, and wait until it runs; the wizard's port is free."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._answers, _LEFT)
        return await self._hear(loop)

    async def _hear(self, loop: asyncio.AbstractEventLoop) -> Told:
        octets = await loop.sock_recv(self._answers, MOST_OCTETS)
        return decode(octets) if octets else MISTAKE
