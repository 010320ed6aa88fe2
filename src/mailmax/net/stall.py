"""How much of what was sent has not arrived yet.

Theory:
    A client that reads slowly takes a few octets now and then; one that holds a
    session on purpose takes none. The transport's own buffer moves in large steps,
    because the system takes megabytes from it at once; so what the system holds
    unacknowledged counts too (SIOCOUTQ, tcp(7)).
"""

import asyncio
import fcntl
import struct
import termios
from contextlib import suppress

STALL_S = 60.0
"""How long a client may take nothing at all of what waits for it."""


def unsent(transport: asyncio.Transport) -> int:
    """Return the octets that the other side has not acknowledged."""
    octets = transport.get_write_buffer_size()
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):
            held = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0" * 4)
            octets += int(struct.unpack("i", held)[0])
    return octets
