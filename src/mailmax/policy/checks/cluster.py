"""Checks of the cluster (manual 2.3.2, 4.1)."""

from collections import Counter
from collections.abc import Iterator

from mailmax.policy.checks.facts import Facts
from mailmax.policy.checks.finding import Finding, contradiction, named, risk
from mailmax.policy.recipients import CLUSTERED_KIND


def member_never_seen(facts: Facts) -> Iterator[Finding]:
    """While one is not heard of, mail for unknown names is put off."""
    for member in facts.hub.members:
        if member.is_in_sync:
            continue
        since = "was not heard of for too long" if member.is_seen else "was never seen"
        why = f" ({member.trouble})" if member.trouble else ""
        yield risk(
            f"cluster member {member.name}",
            f"it {since}{why}: mail for unknown names in clustered domains is put off",
            "look whether it runs and hub.listen is set there, correct it here with "
            f"mailmax cluster change {member.name}, or remove it",
        )


def member_of_same_name(facts: Facts) -> Iterator[Finding]:
    """Each system of a cluster has a name of its own (GEN-1)."""
    told = [one.system_name for one in facts.hub.members if one.system_name]
    count = Counter([facts.hub.system_name, *told])
    for member in facts.hub.members:
        name = member.system_name
        if name and count[name] > 1:
            whose = "this system" if name == facts.hub.system_name else "another member"
            yield contradiction(
                f"cluster member {member.name}",
                f"it calls itself {name}, as {whose} does",
                "give one of the two another: mailmax config set system_name NAME",
            )


def clustered_alone(facts: Facts) -> Iterator[Finding]:
    """A clustered domain is shared with somebody."""
    shared = {name for one in facts.hub.members for name in one.domains}
    if any(not one.is_seen for one in facts.hub.members):
        return  # who knows what that one has
    for domain in facts.domains:
        names = {domain.name, *domain.aliases}
        if domain.kind == CLUSTERED_KIND and shared.isdisjoint(names):
            yield risk(
                f"domain {domain.name}: kind",
                "it is clustered, and no member of the cluster has such a domain",
                "let it be clustered on another member (mailmax cluster list), or: "
                f"mailmax domain set {domain.name} kind=normal",
            )


CHECKS = named(member_never_seen, member_of_same_name, clustered_alone)
