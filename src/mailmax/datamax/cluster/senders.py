"""The IP addresses that the mail of members comes from, as far as names tell.

Rules:
    Never one of this computer: programs here are no other system.
    A name that cannot be looked up keeps what it had.

Limits:
    Looked up when a member is set or joins, then each minute.
"""

import asyncio
import ipaddress
from collections.abc import Iterable

LOOK_UP_S = 5.0


class Senders:
    """Names and what they stand for."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._known: dict[str, frozenset[str]] = {}

    async def look_up(self, hosts: Iterable[str]) -> None:
        """Ask for the addresses of hosts; those not named any more are forgotten."""
        wanted = set(hosts)
        self._known = {host: self._known.get(host, frozenset()) for host in wanted}
        await asyncio.gather(*map(self._ask, wanted))

    def of(self, hosts: Iterable[str]) -> tuple[str, ...]:
        """Return the known addresses of some hosts."""
        found = (self._known.get(host, frozenset()) for host in hosts)
        return tuple(sorted(frozenset[str]().union(*found)))

    async def _ask(self, host: str) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LOOK_UP_S):
                rows = await loop.getaddrinfo(host, None)
        except (OSError, TimeoutError, UnicodeError):
            return
        found = {str(row[4][0]).partition("%")[0] for row in rows}
        self._known[host] = frozenset(filter(is_elsewhere, found))


def is_elsewhere(address: str) -> bool:
    """Tell whether an IP address may be another computer's."""
    found = ipaddress.ip_address(address)
    return not (found.is_loopback or found.is_unspecified)
