"""An address and port to listen on, and what stands in the way of it.

Rules:
    ``*`` is every address of both families, in one socket. The same words for a
    trouble wherever it is met: they are shown to the administrator.

Manual: 5.1, 5.5.
"""

import errno
import ipaddress
import os
import socket
from typing import NamedTuple

from mailmax.settings.host_port import HIGHEST_PORT

ANY = "*"
BACKLOG = 4096

_WORDS = {
    errno.EADDRINUSE: "another program has that port",
    errno.EADDRNOTAVAIL: "that is no address of this computer",
    errno.EACCES: "only root, or who has CAP_NET_BIND_SERVICE, may have that port",
    errno.EPIPE: "the supervisor does not answer",
    errno.ERANGE: "there is no such port",
}


class Place(NamedTuple):
    """Where to listen."""

    address: str
    """IPv4 or IPv6 in its shortest form, or ``*``."""
    port: int

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


class Trouble(NamedTuple):
    """Why nobody listens there."""

    number: int
    """An `errno`."""

    @property
    def reason(self) -> str:
        """The same for people."""
        return _WORDS.get(self.number) or os.strerror(self.number)

    @property
    def is_elsewhere(self) -> bool:
        """The address may be another computer's."""
        return self.number == errno.EADDRNOTAVAIL


def is_address(text: str) -> bool:
    """Tell whether that is an IP address in its shortest form, or ``*``."""
    try:
        return text == ANY or str(ipaddress.ip_address(text)) == text
    except ValueError:
        return False


def is_of_this_computer(address: str) -> bool:
    """Tell whether programs of this computer may listen at an address.

    Those that mean any address may be listened at everywhere.
    """
    if address == ANY:
        return True
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as sock:
            sock.bind((address, 0))
    except OSError as error:
        return error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
    return True


def bind(place: Place) -> socket.socket | Trouble:
    """Bind and listen; clients may knock from now on."""
    if not 0 < place.port <= HIGHEST_PORT:
        return Trouble(errno.ERANGE)
    is_v4 = ":" not in place.address and place.address != ANY
    sock = None
    try:
        sock = socket.socket(socket.AF_INET if is_v4 else socket.AF_INET6)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if not is_v4:
            only_v6 = place.address != ANY
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_v6)
        sock.bind(("::" if place.address == ANY else place.address, place.port))
        sock.listen(BACKLOG)
    except OSError as error:
        if sock is not None:
            sock.close()
        return Trouble(error.errno or errno.EINVAL)
    return sock


def place_of(sock: socket.socket) -> Place | None:
    """Return where a bound socket listens; None when it is no TCP socket."""
    if sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return None
    address, port = sock.getsockname()[:2]
    if address == "::" and not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
        address = ANY
    return Place(address, port)
