"""DNS block lists: what to ask about a client, and what the answer means.

Theory:
    A list is a zone; the client's address, reversed, is looked up in it. An address
    in 127.0.0.0/8 says *listed*, a TXT record beside it says why. Whatever else comes
    back (a search page's address, a parked domain) says nothing.

    A list may be dead or broken: it must list the test address and must not list
    127.0.0.1. One that fails this is out of use until it passes (TRUST M8): an
    expired zone that answers everything would refuse all mail.

Rules:
    Silence is never a listing.

Standards:
    RFC 5782 §2.1 (queries and answers), §2.3 (TXT), §5 (test entries).

Manual: 4.2; DECISIONS 30.
"""

import ipaddress
from collections.abc import Sequence

_LISTED = ipaddress.ip_network("127.0.0.0/8")
_COMPLAINTS = ipaddress.ip_network("127.255.255.0/24")
"""Here lists say that they were asked wrongly or too often, not that one is listed."""
TEST_LISTED = "127.0.0.2"
TEST_FREE = "127.0.0.1"
LONGEST_REASON = 200


def is_address(text: str) -> bool:
    """Tell whether that can be looked up: an IPv4 or IPv6 address."""
    return question(text, "") is not None


def question(address: str, zone: str) -> str | None:
    """Return the name to look up; None for what is no IP address.

    Args:
        address: The client's, IPv4 or IPv6.
        zone: Of the list.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return _name(ip, zone)


def probes(zone: str) -> tuple[str, str]:
    """Return what to look up of a list: what it lists, and what it must not."""
    listed, free = (
        _name(ipaddress.ip_address(address), zone)
        for address in (TEST_LISTED, TEST_FREE)
    )
    return listed, free


def _name(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, zone: str) -> str:
    labels, _, _ = ip.reverse_pointer.removesuffix(".arpa").rpartition(".")
    return f"{labels}.{zone}"


def is_listing(addresses: Sequence[str]) -> bool:
    """Tell whether the addresses of an answer say *listed*."""
    for text in addresses:
        try:
            ip = ipaddress.ip_address(text)
        except ValueError:
            continue
        if ip in _LISTED and ip not in _COMPLAINTS:
            return True
    return False


def trouble_of(test_listed: Sequence[str], test_free: Sequence[str]) -> str:
    """Say why a list cannot be believed; empty: it can.

    Args:
        test_listed: What it says of 127.0.0.2, which every list lists.
        test_free: What it says of 127.0.0.1, which none does.

    Refs:
        RFC 5782 §5.
    """
    if is_listing(test_free):
        return f"it lists {TEST_FREE}, which none may: it would refuse everybody"
    if not is_listing(test_listed):
        return f"it does not list {TEST_LISTED}, as every list does: it may be gone"
    return ""


def reason(zone: str, texts: Sequence[bytes]) -> str:
    """Return the list's own words, fit for a reply; else which list it was."""
    for octets in texts:
        text = octets.decode("ascii", "replace")
        words = "".join(c if " " <= c <= "~" else "?" for c in text).strip()
        if words:
            return words[:LONGEST_REASON]
    return f"listed by {zone}"
