"""Which listening addresses cannot have the same port.

Manual: 1.3 ("as long as the port is not already in use"), 5.1.
"""

import ipaddress

ANY = "*"


def canonical_address(text: str) -> str | None:
    """Return a listening address in its one form; None when it is none.

    ``::`` and ``0.0.0.0`` stay what they are: any address of one family.
    """
    text = text.strip()
    if text == ANY:
        return ANY
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    if getattr(address, "scope_id", None) is not None:
        return None  # the number of an interface is nothing that lasts
    return str(mapped or address)


def overlap(one: str, other: str) -> bool:
    """Tell whether somebody who listens at one address is in the way at another."""
    if ANY in (one, other) or one == other:
        return True
    first, second = ipaddress.ip_address(one), ipaddress.ip_address(other)
    if first.version != second.version:
        return False
    return first.is_unspecified or second.is_unspecified
