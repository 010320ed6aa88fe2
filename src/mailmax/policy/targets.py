"""Which addresses mail may be sent to when a stranger's DNS names them.

Theory:
    The owner of a domain chooses what its MX points to. Loopback, link-local (cloud
    metadata), unspecified, multicast and reserved addresses, also when wrapped in
    IPv6, would let him talk to services of this machine. Hosts that an administrator
    of the system configured are exempt. Private networks are not refused: a site may
    well have its mail servers there.

Standards:
    RFC 6890 (special addresses), RFC 4291 §2.5.5.2 (IPv4-mapped), RFC 6052 (NAT64),
    RFC 3056 (6to4), RFC 4380 (Teredo).
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


def may_send_to(address: str) -> bool:
    """Tell whether a stranger may direct our mail to an address."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = _unwrap(ip)
        if inner is not None:
            ip = inner
        elif ip.is_site_local:
            return False
    return not (
        ip.is_loopback
        or ip.is_link_local
        or ip.is_unspecified
        or ip.is_multicast
        or ip.is_reserved
        or (isinstance(ip, IPv4Address) and ip.packed[0] == 0)
    )


def parse_literal(domain: str) -> str | None:
    """Return the address in an address literal, or None where it is none.

    Refs:
        RFC 5321 §4.1.3.
    """
    if not (domain.startswith("[") and domain.endswith("]")):
        return None
    text = domain[1:-1]
    if text[:5].lower() == "ipv6:":
        text = text[5:]
    elif ":" in text:
        return None
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _unwrap(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if any."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
