"""Checks of IP filters and bans (manual 4.8, 4.9, 5.3, 5.4).

Limits:
    A filter is compared with the first 200 before it that are more than one address.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import groupby

from mailmax.policy.access import EVERYBODY, MAY_RELAY, Pattern, Span, read_pattern
from mailmax.policy.bans import bans_own
from mailmax.policy.checks.facts import Facts, FilterFact
from mailmax.policy.checks.finding import Finding, contradiction, named, risk
from mailmax.settings.field import BadValue

MOST_COMPARED = 200
_WIDE = 1 << 16
"""More IPv4 addresses than one site has, or that many networks of IPv6."""
_PRIVATE = tuple(
    found
    for found in map(
        read_pattern,
        (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8"),
            *("100.64.0.0/10", "169.254.0.0/16", "::1", "fc00::/7", "fe80::/10"),
        ),
    )
    if isinstance(found, Pattern)
)
"""Addresses that nobody has on the Internet (RFC 6890)."""


def open_relay(facts: Facts) -> Iterator[Finding]:
    """Who is trusted sends anywhere; strangers must not be."""
    for one in facts.filters:
        pattern = read_pattern(one.pattern)
        sends = one.kind == "trusted" or one.flags & MAY_RELAY
        if not sends or isinstance(pattern, BadValue):
            continue
        if any(_covers(private, pattern) for private in _PRIVATE):
            continue
        if everybody := _everybody(pattern):
            yield contradiction(
                one.label,
                f"{everybody} sends anywhere without a login: an open relay, of which "
                "spammers make use within hours",
                "name the addresses of your own: mailmax filter edit",
            )
        elif _how_many(pattern) > _WIDE:
            yield risk(
                one.label,
                "very many addresses send anywhere without a login",
                "name the addresses of your own: mailmax filter edit",
            )


def filter_without_effect(facts: Facts) -> Iterator[Finding]:
    """The first filter that matches decides; others behind it never do."""
    for _, filters in groupby(facts.filters, lambda one: one.connection):
        yield from _hidden(filters)


def _hidden(filters: Iterable[FilterFact]) -> Iterator[Finding]:
    """Look through one list."""
    wide: list[tuple[FilterFact, Pattern]] = []
    for one in filters:
        pattern = read_pattern(one.pattern)
        if isinstance(pattern, BadValue):
            continue
        before = next((had for had, span in wide if _covers(span, pattern)), None)
        if before is not None:
            yield contradiction(
                one.label,
                f"it never matches: {before.label} before it matches all of it",
                "move it up: mailmax filter move; or remove it",
            )
        if len(wide) < MOST_COMPARED and not _is_single(pattern):
            wide.append((one, pattern))


def everybody_banned(facts: Facts) -> Iterator[Finding]:
    """Nobody gets in."""
    for _, filters in groupby(facts.filters, lambda one: one.connection):
        met: set[int] = set()
        for one in filters:
            pattern = read_pattern(one.pattern)
            if isinstance(pattern, BadValue):
                continue
            spans = (pattern.four, pattern.sixteen)
            kinds = {len(octets) for octets in spans if octets is not None}
            everybody = _everybody(pattern)
            if one.kind == "banned" and everybody and not kinds & met:
                yield contradiction(
                    one.label,
                    f"it is the first and bans {everybody}: none is served",
                    "move it behind those that let in: mailmax filter move",
                )
            met |= kinds


def own_domain_banned(facts: Facts) -> Iterator[Finding]:
    """A ban of a domain of ours hits mail from those who do not log in."""
    names = {
        name for domain in facts.domains for name in (domain.name, *domain.aliases)
    }
    for ban in facts.bans:
        if bans_own(ban.value, names):
            of = f" of {ban.connection}" if ban.connection else ""
            yield risk(
                f"ban{of} ({ban.value})",
                "it is a domain here: mail of its users is refused unless they log in",
                f"mailmax ban remove {ban.value}",
            )


CHECKS = named(open_relay, filter_without_effect, everybody_banned, own_domain_banned)


def _everybody(pattern: Pattern) -> str:
    """Name whom it matches, when that is everybody, at least of one kind."""
    four, sixteen = (
        pattern.four == EVERYBODY.four,
        pattern.sixteen == EVERYBODY.sixteen,
    )
    if four and sixteen:
        return "everybody"
    if four:
        return "everybody with an IPv4 address"
    return "everybody with an IPv6 address" if sixteen else ""


def _covers(wide: Pattern, narrow: Pattern) -> bool:
    """Tell whether all addresses of one filter are in another."""
    pairs = ((wide.four, narrow.four), (wide.sixteen, narrow.sixteen))
    return all(_holds(outer, inner) for outer, inner in pairs if inner is not None)


def _holds(outer: tuple[Span, ...] | None, inner: tuple[Span, ...]) -> bool:
    return outer is not None and all(
        low <= first and last <= high
        for (low, high), (first, last) in zip(outer, inner, strict=True)
    )


def _is_single(pattern: Pattern) -> bool:
    spans = pattern.four if pattern.four is not None else (pattern.sixteen or ())
    return all(low == high for low, high in spans)


def _how_many(pattern: Pattern) -> int:
    """Return how many addresses of IPv4 or networks (/64) of IPv6 a filter has."""
    spans = pattern.four if pattern.four is not None else (pattern.sixteen or ())[:8]
    return math.prod(high - low + 1 for low, high in spans)
