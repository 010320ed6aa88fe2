"""What forwards and rules make of a message for a user, without doing it."""

from collections.abc import Iterator
from typing import NamedTuple

from mailmax.filer.directory import Directory
from mailmax.filer.ruling import mail_of, read_rule
from mailmax.hub.contract.probes import FiredRule, Probe, ProbeReason
from mailmax.hub.contract.rows import FORWARDS, RuleRow, UserRow
from mailmax.hub.contract.rules import RuleScope
from mailmax.message.part import scan
from mailmax.policy.rules import action as do
from mailmax.policy.rules.compiled import RuleList
from mailmax.policy.rules.evaluate import evaluate
from mailmax.policy.rules.outcome import INBOX, ProgramWanted, Verdict, decide


class Foreseen(NamedTuple):
    """What becomes of a message for a user."""

    mailboxes: tuple[str, ...] = (INBOX,)
    """Where it is filed; none: nowhere."""
    reason: ProbeReason = ""
    addresses: tuple[str, ...] = ()
    """Where the user has it forwarded to."""
    rules: tuple[FiredRule, ...] = ()
    """Those that fire."""


def foresee(user: UserRow, probe: Probe, directory: Directory) -> Foreseen:
    """Say what forwards and rules make of a message, without doing it.

    `expansion` does it; it is a little more: a forward that cannot be made, or not
    today, leaves the copy where it is. So what is foreseen is no more than a reason.
    """
    levels = _levels(user, probe, directory)
    if isinstance(levels, ProgramWanted):
        return Foreseen(reason="program")
    outcome = decide(levels)
    fired = [rule for level in levels for rule in level.fired]
    stores = any(isinstance(one, do.Store) for rule in fired for one in rule.actions)
    row = directory.forwards_of(user.user_id) if user.flags & FORWARDS else None
    own = () if row is None else row.addresses
    goes = row is not None and bool(own) and not row.keeps_copy and not stores
    if outcome.mailboxes and not goes:
        return Foreseen(outcome.mailboxes)
    is_forwarded = bool(own or outcome.forwards)
    reason: ProbeReason = "forwarded" if is_forwarded else "discarded"
    rules = tuple(_named(frozenset(outcome.fired), user, directory))
    return Foreseen((), reason, tuple(own), rules)


def _levels(
    user: UserRow, probe: Probe, directory: Directory
) -> list[Verdict] | ProgramWanted:
    """Return what the rules of the system, the domain and the user say."""
    levels: list[Verdict] = []
    if not directory.has_rules():
        return levels
    mail = mail_of(scan(probe.text), probe.at_ms)
    for rows in filter(None, directory.rules_for(user)):
        found = evaluate(RuleList([read_rule(row) for row in rows]), mail, {})
        if isinstance(found, ProgramWanted):
            return found
        levels.append(found)
        if found.terminates or found.given_up is not None:
            break
    return levels


def _named(
    fired: frozenset[int], user: UserRow, directory: Directory
) -> Iterator[FiredRule]:
    for rows in directory.rules_for(user):
        for row in rows:
            if row.rule_id in fired:
                yield FiredRule(_scope_of(row), row.name)


def _scope_of(row: RuleRow) -> RuleScope:
    if row.user_id:
        return "user"
    return "domain" if row.domain_id else "system"
