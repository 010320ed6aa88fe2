"""Whom a role asks in the DNS: the servers of the settings, else the system's."""

import asyncio
from collections.abc import Sequence

from mailmax.net.resolver import DNS_PORT, DnsResolver, load_name_servers
from mailmax.observe.trace import Trace
from mailmax.settings.host_port import split_host_port


class NameServers:
    """A resolver that follows the settings."""

    def __init__(self, trace: Trace | None = None) -> None:
        """Begin with the system's.

        Args:
            trace: Is told what is asked and answered.
        """
        self._chosen: tuple[str, ...] = ()
        self._loop = asyncio.get_running_loop()
        self.dns = DnsResolver(load_name_servers(), trace=trace)

    def choose(self, servers: Sequence[str]) -> None:
        """Follow the settings."""
        if tuple(servers) == self._chosen:
            return
        self._chosen = tuple(servers)
        asked = [split_host_port(one) or (one, DNS_PORT) for one in servers]
        self.dns.use(asked or load_name_servers())

    def wait(self, timeout_s: float) -> None:
        """Wait so long for the answer to each question."""
        self.dns.timeout_s = timeout_s

    def close(self) -> None:
        """Let the sockets go (called from a thread; they belong to the loop)."""
        self._loop.call_soon_threadsafe(self.dns.close)
