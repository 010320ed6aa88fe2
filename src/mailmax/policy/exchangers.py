"""Which mail exchangers of a domain to try, and in which order.

Theory:
    What the DNS says becomes a list, best first, exchangers of equal preference in
    any order; then we ourselves are left out, by name and by address, and with us
    those that may send to us:

    ==============  =====================================================
    domain          who is tried
    ==============  =====================================================
    somebody's      all; where we are listed, those strictly better
    backup          those strictly better than us; the domain's priority
                    stands in where we are not listed (DECISIONS 19)
    etrn            the best that are not we (DECISIONS 18)
    ==============  =====================================================

Rules:
    The null MX and a domain that does not exist are permanent; that nobody answered
    is not seen here (it is a TemporaryFailure of the resolver). A domain whose mail
    we agreed to pass on is not given up for what its DNS lacks today.

Limits:
    20 hosts tried (TRUST C4; Postfix smtp_mx_address_limit 5).

Standards:
    RFC 5321 §5.1 (MX order, implicit MX, loops), RFC 7505 (null MX), RFC 3463.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from mailmax.base.dns import Answer, MxRecord
from mailmax.policy.outcome import Outcome, permanent, transient
from mailmax.policy.routing import Destination

MAX_HOSTS = 20

Uniform = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Exchangers:
    """Whom to look for, best first."""

    records: tuple[MxRecord, ...]
    """Each host once."""
    is_listed: bool = False
    """We are one of those that the DNS names, and are left out already."""


def order_exchangers(
    destination: Destination,
    answer: Answer[MxRecord],
    own_names: frozenset[str],
    uniform: Uniform,
) -> Exchangers | Outcome:
    """Return the exchangers to look for, or why there are none.

    Args:
        destination: A domain, no host.
        answer: What the DNS says of it.
        own_names: Host names of ours, in lower case.
        uniform: A random number between two, for exchangers of equal preference.

    Refs:
        RFC 5321 §5.1, RFC 7505 §3.
    """
    if not answer.exists:
        text = "the domain does not exist"
        if destination.is_passed_on:
            return transient("4.4.4", text)
        return permanent("5.1.2", text)
    found = [record for record in answer.records if record.host]
    if answer.records and not found:
        return permanent("5.1.10", "the domain accepts no mail (null MX)")
    if not found:
        found = [MxRecord(0, destination.host)]  # the implicit MX
    ours = own_names.intersection(record.host for record in found)
    left = _leave_out(destination, found, ours)
    if not left:
        return _nobody_else(destination)
    shuffled = sorted(left, key=lambda record: (record.preference, uniform(0.0, 1.0)))
    once: dict[str, MxRecord] = {}
    for record in shuffled:
        once.setdefault(record.host, record)
    return Exchangers(tuple(once.values())[:MAX_HOSTS], bool(ours))


def choose_exchangers(
    destination: Destination, known: Exchangers, ours: Collection[str]
) -> tuple[str, ...] | Outcome:
    """Return the hosts to try, now that their addresses are known.

    Args:
        destination: As it was ordered for.
        known: What `order_exchangers` returned.
        ours: Those of these hosts that have an address of ours.
    """
    left = _leave_out(destination, known.records, ours)
    if destination.priority and not (ours or known.is_listed):
        left = [one for one in left if one.preference < destination.priority]
    if destination.is_best_other and left:
        left = [one for one in left if one.preference == left[0].preference]
    return tuple(one.host for one in left) if left else _nobody_else(destination)


def _leave_out(
    destination: Destination,
    records: Collection[MxRecord],
    ours: Collection[str],
) -> list[MxRecord]:
    """Return who is left without us, and without those who may send to us."""
    if destination.is_best_other or not ours:
        return [record for record in records if record.host not in ours]
    limit = min(record.preference for record in records if record.host in ours)
    return [record for record in records if record.preference < limit]


def _nobody_else(destination: Destination) -> Outcome:
    if destination.is_passed_on:
        return transient("4.4.4", "the domain has no better mail server than this one")
    return permanent("5.4.6", "mail for the domain loops back to this server")
