"""The hub's port for services of other computers.

Theory:
    A bound socket, an acceptor that keeps descriptors back (`net.acceptor`), and
    strangers counted from accept on until they have joined (`strangers`).

Rules:
    TCP is never in the clear (HUB-2). Whoever knocks here keeps nobody from the Unix
    socket, the hub from its database, or services of other addresses from coming in.

Limits:
    Ten seconds for the handshake; then `member.STRANGER_S`.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from mailmax.base.errors import PermanentFailure
from mailmax.datamax.strangers import Strangers
from mailmax.hub.link import Link
from mailmax.net.acceptor import Acceptor
from mailmax.net.place import BACKLOG
from mailmax.settings.host_port import split_host_port

HANDSHAKE_S = 10.0
STEP = 16
"""Strangers that are accepted in one turn."""

_NOT_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})

MakeLink = Callable[[], Link]


class TlsDoor:
    """The port for services on other computers."""

    def __init__(self, listen: str, certificate: Path, private_key: Path) -> None:
        """Take address and certificate.

        Raises:
            PermanentFailure: The certificate cannot be used.
        """
        self._listen = listen
        try:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_3
            self._tls.load_cert_chain(certificate, private_key)
            self.certificate = _first_certificate(certificate)
        except (OSError, ValueError) as error:
            raise PermanentFailure(
                f"the certificate in {certificate} cannot be used: {error}"
            ) from error
        self.strangers: Strangers[Link] = Strangers()
        self._acceptors: list[Acceptor] = []
        self._entering: dict[Link, asyncio.Task[object]] = {}
        self._make_link: MakeLink

    async def open(self, make_link: MakeLink) -> None:
        """Listen.

        Raises:
            PermanentFailure: The address cannot be used.
        """
        place = split_host_port(self._listen)
        if place is None:
            raise PermanentFailure(f"hub.listen: {self._listen!r} is no HOST:PORT")
        self._make_link = make_link
        try:
            socks = await _bind(*place)
        except OSError as error:
            raise PermanentFailure(
                f"DataMax cannot listen at {self._listen}: {error.strerror}"
            ) from error
        self._acceptors = [Acceptor(sock, self._welcome, STEP) for sock in socks]
        for acceptor in self._acceptors:
            acceptor.resume()

    def let_go(self, link: Link) -> None:
        """It has joined, or is gone: it is no stranger at this door any more."""
        self.strangers.leave(link)

    def close(self) -> None:
        """Listen no longer; who is in the handshake is put out."""
        for acceptor in self._acceptors:
            acceptor.close()
        for entering in tuple(self._entering.values()):
            entering.cancel()

    # One stranger

    def _welcome(self, client: socket.socket, address: str) -> None:
        link = self._make_link()
        slowest = self.strangers.enter(link, address)
        if slowest is not None:
            self._put_out(slowest)
        loop = asyncio.get_running_loop()
        entering: asyncio.Task[object] = loop.create_task(
            loop.connect_accepted_socket(
                lambda: link,
                client,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=HANDSHAKE_S,
            )
        )
        self._entering[link] = entering
        entering.add_done_callback(lambda done: self._entered(done, link, client))

    def _put_out(self, link: Link) -> None:
        entering = self._entering.get(link)
        if entering is not None:
            entering.cancel()
        else:
            link.give_up("too many strangers, and this one slow")

    def _entered(
        self, entering: "asyncio.Task[object]", link: Link, client: socket.socket
    ) -> None:
        del self._entering[link]
        if entering.cancelled() or entering.exception() is not None:
            client.close()  # a task that never ran has given it to nobody
            self.let_go(link)


async def _bind(host: str, port: int) -> list[socket.socket]:
    """Bind every address of a name that this computer has.

    Raises:
        OSError: There is none, or it cannot be used.
    """
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    socks: list[socket.socket] = []
    missing = OSError(errno.EADDRNOTAVAIL, f"{host} has no address")
    try:
        for family, _, _, _, name in dict.fromkeys(found):
            try:
                sock = socket.create_server(name, family=family, backlog=BACKLOG)
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise
                missing = error
            else:
                socks.append(sock)
    except BaseException:
        for sock in socks:
            sock.close()
        raise
    if not socks:
        raise missing
    return socks


def _first_certificate(file: Path) -> bytes:
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    _, _, rest = file.read_text("ascii").partition(begin)
    body, _, _ = rest.partition(end)
    return ssl.PEM_cert_to_DER_cert(f"{begin}{body}{end}")
