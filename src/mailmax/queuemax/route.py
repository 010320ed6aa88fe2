"""From a destination to addresses to connect to.

Theory:
    Names are resolved once, here; what comes out is addresses (no rebinding later).
    `policy.exchangers` decides about MX records, `policy.targets` about addresses.

Rules:
    That a name server does not answer is transient for the domain only when no other
    host of it can be tried (TRUST C4: never a bounce). A host that the administrator
    configured is never a reason to give mail back: its name can be mended.

Standards:
    RFC 5321 §5.1.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

from mailmax.base.dns import Resolver
from mailmax.base.errors import TemporaryFailure
from mailmax.policy.exchangers import (
    Exchangers,
    Uniform,
    choose_exchangers,
    order_exchangers,
)
from mailmax.policy.outcome import Outcome, Result, permanent, transient
from mailmax.policy.routing import SMTP_PORT, Destination
from mailmax.policy.targets import may_send_to
from mailmax.queuemax.peers import Host


@dataclass(frozen=True, slots=True)
class Router:
    """Finds the way."""

    resolver: Resolver
    uniform: Uniform
    own_names: Callable[[], frozenset[str]] = frozenset
    """Host names of ours, in lower case."""
    own_addresses: Callable[[], frozenset[str]] = frozenset
    """Addresses on which we take mail ourselves."""
    port: int = SMTP_PORT
    """Of hosts that the DNS names."""

    async def find_hosts(self, destination: Destination) -> Sequence[Host] | Outcome:
        """Return addresses in the order in which to try them, or why there are none."""
        if destination.is_host:
            return await self._address_host(destination)
        try:
            answer = await self.resolver.mx(destination.host)
        except TemporaryFailure as failure:
            return transient("4.4.3", failure.text)
        names = self.own_names()
        known = order_exchangers(destination, answer, names, self.uniform)
        if isinstance(known, Outcome):
            return known
        return await self._address_exchangers(destination, known)

    async def _address_host(self, destination: Destination) -> Sequence[Host] | Outcome:
        """Return the addresses of a host that was named itself."""
        name = destination.host
        found = [name] if name.startswith("/") else await self._address(name)
        if isinstance(found, Outcome):
            return _unreachable(destination, found)
        if destination.is_configured:
            hosts = [
                Host(
                    name,
                    one,
                    destination.port,
                    True,
                    destination.tls,
                    destination.login,
                    destination.is_lmtp,
                )
                for one in found
            ]
            return hosts or _unreachable(destination, None)
        if self.own_addresses() & set(found):
            return _LOOP
        return self._allowed(name, found) or _NOWHERE

    async def _address_exchangers(
        self, destination: Destination, known: Exchangers
    ) -> Sequence[Host] | Outcome:
        names = [record.host for record in known.records]
        results = await asyncio.gather(*[self._address(name) for name in names])
        found = dict(zip(names, results, strict=True))
        own = self.own_addresses()
        ours = {
            name
            for name, addresses in found.items()
            if not isinstance(addresses, Outcome) and own.intersection(addresses)
        }
        chosen = choose_exchangers(destination, known, ours)
        if isinstance(chosen, Outcome):
            return chosen
        hosts: list[Host] = []
        trouble: Outcome | None = None
        for name in chosen:
            addresses = found[name]
            if isinstance(addresses, Outcome):
                trouble = addresses
            else:
                hosts += self._allowed(name, addresses)
        if not hosts and trouble is None and destination.is_passed_on:
            trouble = replace(_NOWHERE, result=Result.TRANSIENT, status="4.4.4")
        return hosts or trouble or _NOWHERE

    def _allowed(self, name: str, addresses: Sequence[str]) -> list[Host]:
        """Return those of a stranger's addresses that mail may go to."""
        return [Host(name, one, self.port) for one in addresses if may_send_to(one)]

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


def _unreachable(destination: Destination, trouble: Outcome | None) -> Outcome:
    """Return what it means that the administrator's own host leads nowhere now."""
    host = destination.host
    if not destination.is_configured:
        return trouble or _NOWHERE
    named = f"the {destination.title} {host}"
    if trouble is None:
        return transient("4.4.4", f"{named} has no address", host)
    return transient(trouble.status, f"{named}: {trouble.text}", host)


_LOOP = permanent("5.4.6", "mail for the domain loops back to this server")
_NOWHERE = permanent("5.4.4", "the domain has no usable mail server")
