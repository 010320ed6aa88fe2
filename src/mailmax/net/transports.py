"""What a transport's socket can be asked and told beside reading and writing."""

import asyncio
import socket
from contextlib import suppress
from typing import Any

from mailmax.base.units import KIB

WRITE_HIGH_OCTETS = 256 * KIB
"""Who has more to say waits while so much is not yet taken by the other side."""


def host_of(name: Any) -> str:
    """Return the address in a socket name; empty for a Unix socket's."""
    if isinstance(name, tuple) and len(name) >= 2:
        return str(name[0]).removeprefix("::ffff:")
    return ""


def acknowledge(transport: asyncio.Transport) -> None:
    """Let TCP acknowledge what came now, where it can be told so."""
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family != socket.AF_UNIX:
        with suppress(OSError, AttributeError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
