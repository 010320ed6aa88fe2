"""Builds WebAdmin.

Rules:
    On loopback it speaks HTTP, elsewhere TLS alone: a password never goes over a
    network in the clear. An address that cannot be had is said and keeps the others
    from nothing; without any the role ends, to be tried again.
"""

import asyncio
import logging
import socket
import ssl

from mailmax.base.errors import TemporaryFailure
from mailmax.bootstrap.member import Member
from mailmax.bootstrap.node import Node, Service, hostname_of
from mailmax.hub.contract.web import WEBADMIN
from mailmax.net.place import Place, Trouble
from mailmax.settings.web import is_loopback
from mailmax.webadmin.proxies import networks_of
from mailmax.webadmin.service import Options, WebService

RELOAD_S = 60.0

_log = logging.getLogger("webadmin")


async def build(node: Node) -> Service:
    """Join the hub and put the service together."""
    hub = node.hub(WEBADMIN, frozenset({"settings", "domains"}))
    await hub.start()
    sockets = await _open(node)
    needs_tls = any(is_encrypted for _, is_encrypted in sockets)
    tls = node.tls() if needs_tls else None
    hostname = hostname_of(hub)
    own = frozenset(node.local.web_names)

    def names() -> frozenset[str]:
        return own | {hostname().lower()}

    proxies = networks_of(node.local.web_proxies)
    service = WebService(hub, Options(sockets, tls, names, proxies))
    renewing = [] if tls is None else [_Renewing(node, tls)]
    return Member(hub, [service, *renewing])


async def _open(node: Node) -> list[tuple[socket.socket, bool]]:
    opened: list[tuple[socket.socket, bool]] = []
    for address, port in node.local.web_listen:
        place = Place(address, port)
        found = await node.source.open(place)
        if isinstance(found, Trouble):
            _log.critical("cannot listen on %s: %s", place, found.reason)
        else:
            opened.append((found, not is_loopback(address)))
    node.source.settle()
    if not opened and node.local.web_listen:
        raise TemporaryFailure("no address of [web] listen can be used")
    return opened


class _Renewing:
    """Takes up a new certificate for those who come from then on."""

    def __init__(self, node: Node, tls: ssl.SSLContext) -> None:
        self._paths = node.local.paths
        self._tls = tls
        self._seen = self._look()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look now and then."""
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(RELOAD_S)
            self.renew()

    def renew(self) -> None:
        """Load the certificate when its files have changed."""
        now = self._look()
        if now == self._seen:
            return
        self._seen = now
        try:
            self._tls.load_cert_chain(
                self._paths.certificate, self._paths.private_key, lambda: ""
            )
        except OSError as error:
            _log.critical("the new certificate cannot be used: %s", error)
        else:
            _log.info("a new certificate is shown from now on")

    def _look(self) -> tuple[int, ...]:
        try:
            files = (self._paths.certificate, self._paths.private_key)
            return tuple(path.stat().st_mtime_ns for path in files)
        except OSError:
            return ()
