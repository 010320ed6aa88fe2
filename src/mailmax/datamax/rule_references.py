"""Rules of others that name a user's address: found, redirected, cut. Units of work.

Theory:
    Rules name addresses inside their definitions. They are sought there as text and
    then read: lists of rules are short, deletes and new names are rare.

Rules:
    A forward whose last address goes would be a rule that says something else than it
    was meant to; such a rule is switched off and kept as it was (DECISIONS 23).
"""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Connection

from mailmax.datamax import rule_definitions
from mailmax.policy.rules import action as do
from mailmax.policy.rules.rule import Rule
from mailmax.store.accounts import rule_units, units


def forwarding_to(
    tx: Connection, addresses: Sequence[str]
) -> dict[int, tuple[units.AnyRow, Rule]]:
    """Return the rules that forward to one of some addresses, by their numbers."""
    return {
        row.id: (row, rule)
        for row, rule in _naming(tx, addresses)
        if not set(rule_definitions.forwards_of(rule)).isdisjoint(addresses)
    }


def redirect(tx: Connection, old: str, new: str) -> set[int]:
    """Let rules name another address; return their numbers."""
    touched = set()
    for row, rule in list(_naming(tx, [old])):
        after = rule_definitions.with_addresses(
            rule, lambda one: new if one == old else one
        )
        if after != rule:
            _keep(tx, row.id, after)
            touched.add(row.id)
    return touched


def cut(tx: Connection, addresses: Sequence[str]) -> set[int]:
    """Let no rule forward to some addresses; return the numbers of those that did."""
    found = forwarding_to(tx, addresses)
    for number, (_, rule) in found.items():
        after = _without(rule, frozenset(addresses))
        if after is None:
            rule_units.change_rule(tx, number, is_enabled=False)
        else:
            _keep(tx, number, after)
    return set(found)


def _naming(
    tx: Connection, addresses: Sequence[str]
) -> Iterator[tuple[units.AnyRow, Rule]]:
    seen = set()
    for address in addresses:
        for row in rule_units.naming(tx, address):
            if row.id not in seen:
                seen.add(row.id)
                yield row, rule_definitions.parse(row.definition)


def _without(rule: Rule, gone: frozenset[str]) -> Rule | None:
    """Return a rule without some forwards; None where one would lead nowhere."""
    actions: list[do.Action] = []
    for action in rule.actions:
        if isinstance(action, do.Forward):
            left = tuple(one for one in action.addresses if one not in gone)
            if not left:
                return None
            actions.append(msgspec.structs.replace(action, addresses=left))
        else:
            actions.append(action)
    return msgspec.structs.replace(rule, actions=tuple(actions))


def _keep(tx: Connection, number: int, rule: Rule) -> None:
    rule_units.change_rule(tx, number, definition=rule_definitions.as_kept(rule))
