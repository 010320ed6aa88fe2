"""Whence a request came, where a proxy stands between.

Rules:
    What a client says of it is believed from listed proxies alone, and of each only
    the one hop before it: the list is read from its end (TRUST I9).

Standards: RFC 7239 §7.4 (what X-Forwarded-For is worth).
"""

import ipaddress
from collections.abc import Collection

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Networks = Collection[Network]


def networks_of(texts: Collection[str]) -> tuple[Network, ...]:
    """Read addresses and networks, as they are written in mailmax.toml."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def client_of(peer: str, forwarded: str, proxies: Networks) -> str:
    """Return the address of the client, as far as it can be known.

    Args:
        peer: The address that the connection comes from.
        forwarded: ``X-Forwarded-For``; empty without.
        proxies: Who is believed.
    """
    for claimed in reversed(forwarded.split(",")):
        if not _is_listed(peer, proxies):
            break
        try:
            peer = ipaddress.ip_address(claimed.strip()).compressed
        except ValueError:
            break
    return peer


def _is_listed(peer: str, proxies: Networks) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in proxies)
