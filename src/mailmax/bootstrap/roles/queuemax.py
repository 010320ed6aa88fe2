"""Builds QueueMax."""

import secrets
import time
from collections.abc import Sequence
from random import SystemRandom

from mailmax.base.dns import Answer, MxRecord
from mailmax.bootstrap.member import Member
from mailmax.bootstrap.node import Node, Service, hostname_of
from mailmax.net.resolver import DNS_PORT, DnsResolver, load_name_servers
from mailmax.net.tls import opportunistic_context
from mailmax.queuemax.service import Options, QueueService, Stores, World
from mailmax.settings.local import split_host_port
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.queue.store import QueueStore


async def build(node: Node) -> Service:
    """Join the hub and put QueueMax together."""
    hub = node.hub("queuemax")
    await hub.start()
    paths = node.local.paths
    queue = QueueStore(paths.queue)
    reader = JournalReader(paths.root, ("filer",), queue.position)
    writer = JournalWriter(paths.root, "queuemax")
    resolver = SettingsResolver()
    service = QueueService(
        hub,
        Stores(queue, reader, writer),
        World(_Clock(), _Random(), resolver, resolver.use),
        Options(hostname_of(hub)(), tls=opportunistic_context()),
    )
    return Member(hub, [resolver, service], [reader.close, writer.close, queue.close])


class SettingsResolver:
    """The resolver, with the name servers of the settings (`base.dns.Resolver`)."""

    def __init__(self) -> None:
        """Begin with the system's own name servers."""
        self._servers = load_name_servers()
        self._resolver = DnsResolver(self._servers)

    def use(self, names: Sequence[str]) -> None:
        """Ask these from now on; empty means the system's own."""
        servers = [split_host_port(name) or (name, DNS_PORT) for name in names]
        servers = servers or load_name_servers()
        if servers != self._servers:
            self._servers = servers
            former, self._resolver = self._resolver, DnsResolver(servers)
            former.close()  # what it was asking is asked again by a later try

    async def start(self) -> None:
        """Nothing to do: sockets are opened by the first question."""

    async def stop(self) -> None:
        """Let the sockets go."""
        self._resolver.close()

    async def mx(self, name: str) -> Answer[MxRecord]:
        """See `DnsResolver`."""
        return await self._resolver.mx(name)

    async def a(self, name: str) -> Answer[str]:
        """See `DnsResolver`."""
        return await self._resolver.a(name)

    async def aaaa(self, name: str) -> Answer[str]:
        """See `DnsResolver`."""
        return await self._resolver.aaaa(name)

    async def ptr(self, address: str) -> Answer[str]:
        """See `DnsResolver`."""
        return await self._resolver.ptr(address)

    async def txt(self, name: str) -> Answer[bytes]:
        """See `DnsResolver`."""
        return await self._resolver.txt(name)


class _Clock:
    """The machine's clocks."""

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never run backward."""
        return time.monotonic()


class _Random:
    """The system's randomness."""

    def __init__(self) -> None:
        self._source = SystemRandom()

    def token(self, octets: int) -> bytes:
        """Return unguessable octets."""
        return secrets.token_bytes(octets)

    def uniform(self, low: float, high: float) -> float:
        """Return a number between the two."""
        return self._source.uniform(low, high)
