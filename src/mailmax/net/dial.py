"""Opening connections to other servers.

Theory:
    The caller resolves a name once and connects to that very address, so nothing can
    be rebound between the check and the connection. Addresses that a stranger may
    not name are refused before a socket exists (`policy.targets`); hosts that an
    administrator configured are exempt.

Limits:
    30 s to connect (Postfix smtp_connect_timeout).

Standards:
    RFC 5321 §5.1.
"""

import asyncio
import socket
from dataclasses import dataclass
from typing import Final, TypeVar

from mailmax.net.link import Link
from mailmax.policy.targets import may_send_to

CONNECT_S: Final = 30.0

LinkT = TypeVar("LinkT", bound=Link)


class ForbiddenTarget(ConnectionError):
    """The address is not one that a stranger may name (TRUST C4, C5)."""


@dataclass(frozen=True, slots=True)
class Dialer:
    """Opens connections from one local address."""

    local_address: str = ""
    """Empty: the system chooses."""
    connect_s: float = CONNECT_S

    async def dial(
        self, link: LinkT, address: str, port: int, *, is_configured: bool = False
    ) -> LinkT:
        """Connect a link.

        Args:
            link: Not yet connected.
            address: An IP address, not a name; or the path of a socket, which only
                an administrator can have named.
            port: Where to.
            is_configured: An administrator named this host.

        Returns:
            The link, connected.

        Raises:
            ForbiddenTarget: See `policy.targets`.
            OSError: It could not be connected in time.
        """
        if not is_configured and not may_send_to(address):
            raise ForbiddenTarget("the address may not be connected to")
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self.connect_s):
            if address.startswith("/"):
                await loop.create_unix_connection(lambda: link, address)
                link.peer = address
                return link
            await loop.create_connection(
                lambda: link,
                address,
                port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                local_addr=self._source(address),
            )
        link.peer = address
        return link

    def _source(self, address: str) -> tuple[str, int] | None:
        """Return the local address, where it is of the same family."""
        if self.local_address and (":" in self.local_address) == (":" in address):
            return (self.local_address, 0)
        return None
