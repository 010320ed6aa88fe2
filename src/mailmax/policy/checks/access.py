"""Checks of IP filters and bans (manual 4.8, 4.9, 5.3, 5.4).

Limits:
    A filter is compared with the first 200 before it that are more than one address.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from mailmax.policy.access import Pattern, read_pattern
from mailmax.policy.bans import bans_own
from mailmax.policy.checks.facts import Facts, FilterFact
from mailmax.policy.checks.finding import Finding, contradiction, named, risk
from mailmax.policy.reach import (
    MOST_COMPARED,
    covers,
    everybody,
    is_single,
    strangers_who_send,
)
from mailmax.settings.field import BadValue


def open_relay(facts: Facts) -> Iterator[Finding]:
    """Who is trusted sends anywhere; strangers must not be."""
    for one in facts.filters:
        match strangers_who_send(one.pattern, one.kind, one.flags):
            case "everybody":
                yield contradiction(
                    one.label,
                    f"{everybody(one.pattern)} sends anywhere without a login: an open "
                    "relay, of which spammers make use within hours",
                    f"name the addresses of your own: mailmax filter edit {one.number}",
                )
            case "many":
                yield risk(
                    one.label,
                    "very many addresses send anywhere without a login",
                    f"name the addresses of your own: mailmax filter edit {one.number}",
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
        before = next((had for had, span in wide if covers(span, pattern)), None)
        if before is not None:
            yield contradiction(
                one.label,
                f"it never matches: {before.label} before it matches all of it",
                f"move it up: mailmax filter move {one.number} PLACE; or take it away: "
                f"mailmax filter remove {one.number}",
            )
        if len(wide) < MOST_COMPARED and not is_single(pattern):
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
            whom = everybody(one.pattern)
            if one.kind == "banned" and whom and not kinds & met:
                yield contradiction(
                    one.label,
                    f"it is the first and bans {whom}: none is served",
                    "move it behind those that let in: mailmax filter move "
                    f"{one.number} PLACE",
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
