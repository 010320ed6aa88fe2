"""How many addresses a filter has, and whether it lets strangers send anywhere.

Manual: 4.8, 5.4.
"""

import math
from typing import Literal

from mailmax.policy.access import EVERYBODY, MAY_RELAY, Pattern, Span, read_pattern
from mailmax.settings.field import BadValue

MOST_COMPARED = 200
"""With so many filters before it that are more than one address one is compared."""
_WIDE = 1 << 16
"""More IPv4 addresses than one site has, or that many networks of IPv6."""


def _patterns(*texts: str) -> tuple[Pattern, ...]:
    found = map(read_pattern, texts)
    return tuple(one for one in found if isinstance(one, Pattern))


_PRIVATE = _patterns(
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8"),
    *("100.64.0.0/10", "169.254.0.0/16", "::1", "fc00::/7", "fe80::/10"),
)
"""Addresses that nobody has on the Internet (RFC 6890)."""

Strangers = Literal["none", "many", "everybody"]


def strangers_who_send(pattern: str, kind: str, flags: int) -> Strangers:
    """Tell whom a filter lets send anywhere without a login.

    Args:
        pattern: As it is written.
        kind: Of the filter.
        flags: Of a custom one.
    """
    found = read_pattern(pattern)
    sends = kind == "trusted" or flags & MAY_RELAY
    if not sends or isinstance(found, BadValue):
        return "none"
    if any(covers(private, found) for private in _PRIVATE):
        return "none"
    if everybody(pattern):
        return "everybody"
    return "many" if how_many(found) > _WIDE else "none"


def everybody(text: str) -> str:
    """Name whom a filter matches, when that is everybody, at least of one kind."""
    found = read_pattern(text)
    if isinstance(found, BadValue):
        return ""
    four, sixteen = found.four == EVERYBODY.four, found.sixteen == EVERYBODY.sixteen
    if four and sixteen:
        return "everybody"
    if four:
        return "everybody with an IPv4 address"
    return "everybody with an IPv6 address" if sixteen else ""


def covers(wide: Pattern, narrow: Pattern) -> bool:
    """Tell whether all addresses of one filter are in another."""
    pairs = ((wide.four, narrow.four), (wide.sixteen, narrow.sixteen))
    return all(_holds(outer, inner) for outer, inner in pairs if inner is not None)


def is_single(pattern: Pattern) -> bool:
    """Tell whether a filter has one address only."""
    spans = pattern.four if pattern.four is not None else (pattern.sixteen or ())
    return all(low == high for low, high in spans)


def _holds(outer: tuple[Span, ...] | None, inner: tuple[Span, ...]) -> bool:
    return outer is not None and all(
        low <= first and last <= high
        for (low, high), (first, last) in zip(outer, inner, strict=True)
    )


def how_many(pattern: Pattern) -> int:
    """Return how many addresses of IPv4 or networks (/64) of IPv6 a filter has."""
    spans = pattern.four if pattern.four is not None else (pattern.sixteen or ())[:8]
    return math.prod(high - low + 1 for low, high in spans)
