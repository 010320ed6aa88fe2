"""From a destination to addresses to connect to.

Theory:
    Names are resolved once, here; what comes out is addresses (no rebinding later).
    `policy.routing` decides about MX records, `policy.targets` about addresses.

Rules:
    That a name server does not answer is transient for the domain only when no other
    host of it can be tried (TRUST C4: never a bounce). A host that the administrator
    configured is never a reason to give mail back: its name can be mended.

Standards:
    RFC 5321 §5.1.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from mailmax.base.dns import Resolver
from mailmax.base.errors import TemporaryFailure
from mailmax.policy.outcome import Outcome, permanent, transient
from mailmax.policy.routing import SMTP_PORT, Destination, Uniform, order_hosts
from mailmax.policy.targets import may_send_to
from mailmax.queuemax.peers import Host


@dataclass(frozen=True, slots=True)
class Router:
    """Finds the way."""

    resolver: Resolver
    uniform: Uniform
    own_names: frozenset[str] = frozenset()
    """Host names of ours, in lower case."""
    own_addresses: Callable[[], frozenset[str]] = frozenset
    """Addresses on which we take mail ourselves."""
    port: int = SMTP_PORT
    """Of hosts that the DNS names."""

    async def find_hosts(self, destination: Destination) -> Sequence[Host] | Outcome:
        """Return addresses in the order in which to try them, or why there are none."""
        if destination.is_host:
            return await self._address_all(destination, (destination.host,))
        try:
            answer = await self.resolver.mx(destination.host)
        except TemporaryFailure as failure:
            return transient("4.4.3", failure.text)
        names = order_hosts(destination.host, answer, self.own_names, self.uniform)
        if isinstance(names, Outcome):
            return names
        return await self._address_all(destination, names)

    async def _address_all(
        self, destination: Destination, names: Sequence[str]
    ) -> Sequence[Host] | Outcome:
        port = destination.port if destination.is_configured else self.port
        found = await asyncio.gather(*[self._address(name) for name in names])
        trouble: Outcome | None = None
        hosts: list[Host] = []
        for name, addresses in zip(names, found, strict=True):
            if isinstance(addresses, Outcome):
                trouble = addresses
                continue
            if not destination.is_configured and self.own_addresses() & set(addresses):
                trouble = trouble or _LOOP
                break  # we are an exchanger ourselves: only better ones count
            hosts += [
                Host(name, address, port, destination.is_configured)
                for address in addresses
                if destination.is_configured or may_send_to(address)
            ]
        if hosts:
            return hosts
        if destination.is_configured:
            return _unreachable(destination.host, trouble)
        return trouble or permanent("5.4.4", "the domain has no usable mail server")

    async def _address(self, name: str) -> Sequence[str] | Outcome:
        try:
            return [str(ip_address(name))]
        except ValueError:
            pass
        results = await asyncio.gather(
            self.resolver.a(name), self.resolver.aaaa(name), return_exceptions=True
        )
        addresses: list[str] = []
        trouble: Outcome | None = None
        for result in results:
            if isinstance(result, TemporaryFailure):
                trouble = transient("4.4.3", result.text)
            elif isinstance(result, BaseException):
                raise result
            else:
                addresses += result.records
        if not addresses and trouble is not None:
            return trouble
        return addresses


def _unreachable(host: str, trouble: Outcome | None) -> Outcome:
    """Return what it means that the administrator's own host leads nowhere now."""
    if trouble is None:
        return transient("4.4.4", f"the smart host {host} has no address", host)
    return transient(trouble.status, f"the smart host {host}: {trouble.text}", host)


_LOOP = permanent("5.4.6", "mail for the domain loops back to this server")
