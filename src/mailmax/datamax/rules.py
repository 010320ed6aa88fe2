"""Rules: add, list, show, change, switch, move, delete. Units of work.

Rules:
    A definition is checked as a whole before it is kept (`rule_definitions`). New
    rules go last unless a place is given. Positions grow from 1 and may have gaps;
    places are counted. A rule that is off is no business of the services.

    Whoever has no rights over the server itself can neither make nor change, switch,
    move nor delete a rule that runs its programs or reads its files (DECISIONS 25).

Manual: 4.7, 6.4, 7.5, 8; TRUST J8.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection

from mailmax.datamax import domain_values, forwarding, rule_definitions, users
from mailmax.datamax.effect import Effect, denied, not_found
from mailmax.datamax.places import NO_PLACE, read_place
from mailmax.datamax.rows import rule_row
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rules import (
    LISTED_OCTETS,
    MOST_RULES,
    MOST_RULES_OF_USER,
    AddRule,
    ChangeRule,
    CountRuleHits,
    DeleteRule,
    ListRules,
    MoveRule,
    RuleOwner,
    RulePage,
    RuleShown,
    RuleView,
    ShowRule,
    SwitchRule,
)
from mailmax.policy.rules.rule import Rule
from mailmax.policy.rules.summary import summary
from mailmax.settings.field import BadValue
from mailmax.store.accounts import hit_units, rule_units, schema, units
from mailmax.store.accounts.rule_units import Whose

_SUMMARY = 300
"""Characters of a summary in a list."""


def whose(tx: Connection, owner: RuleOwner) -> Whose | Denied:
    """Return whose list is meant."""
    if owner.scope == "system":
        return Whose()
    if owner.scope == "domain":
        domain = domain_values.find(tx, owner.name)
        return domain if isinstance(domain, Denied) else Whose(domain_id=domain.id)
    user = users.find(tx, owner.name)
    return user if isinstance(user, Denied) else Whose(user_id=user.id)


def find_rule(
    tx: Connection, rule_id: int, owner: RuleOwner | None
) -> units.AnyRow | Denied:
    """Return the rule that was named, if it is in the list that was named."""
    row = rule_units.rule_by_id(tx, rule_id)
    if row is None:
        return not_found("rule", f"rule {rule_id}")
    if owner is None:
        return row
    named = whose(tx, owner)
    if isinstance(named, Denied):
        return named
    if rule_units.whose(row) != named:
        return not_found("rule", f"rule {rule_id} of {owner.name or 'the system'}")
    return row


# Looking


def list_rules(tx: Connection, request: ListRules) -> RulePage | Denied:
    """Return one page."""
    owner = whose(tx, request.owner)
    if isinstance(owner, Denied):
        return owner
    begin = read_place(request.after)
    if begin is None:
        return NO_PLACE
    end = begin + max(1, min(request.limit, PAGE_ROWS))
    rows = rule_units.rules_of(tx, owner)
    views = tuple(
        _view(row, place, _SUMMARY)
        for place, row in enumerate(rows[begin:end], begin + 1)
    )
    return RulePage(views, str(end) if len(rows) > end else "")


def show_rule(tx: Connection, request: ShowRule) -> RuleShown | Denied:
    """Return all of one rule."""
    row = find_rule(tx, request.rule_id, request.owner)
    if isinstance(row, Denied):
        return row
    order = [one.id for one in rule_units.rules_of(tx, rule_units.whose(row))]
    view = _view(row, order.index(row.id) + 1)
    return RuleShown(_owner_of(tx, row), view, row.definition)


def _view(row: units.AnyRow, place: int, most: int | None = None) -> RuleView:
    words = summary(rule_definitions.parse(row.definition))
    definition = ""
    if most is not None:  # in a list
        words = words if len(words) <= most else words[: most - 1] + "…"
        is_short = len(row.definition.encode()) <= LISTED_OCTETS
        definition = row.definition if is_short else ""
    return RuleView(
        rule_id=row.id,
        place=place,
        name=row.name,
        is_enabled=row.is_enabled,
        summary=words,
        hits=row.hits,
        last_hit_at=row.last_hit_at,
        definition=definition,
    )


def _owner_of(tx: Connection, row: units.AnyRow) -> RuleOwner:
    if row.user_id is not None:
        return RuleOwner("user", rule_units.name_of(tx, row))
    if row.domain_id is not None:
        return RuleOwner("domain", rule_units.name_of(tx, row))
    return RuleOwner("system")


# Changing


def add_rule(tx: Connection, request: AddRule) -> Effect | Denied:
    """Add a rule."""
    owner = whose(tx, request.owner)
    if isinstance(owner, Denied):
        return owner
    new = _checked(tx, request.definition, owner, is_limited=request.is_limited)
    if isinstance(new, Denied):
        return new
    if request.place < 0:
        return _no_place()
    count, last = rule_units.end_of_rules(tx, owner)
    most = MOST_RULES if owner.user_id is None else MOST_RULES_OF_USER
    if count >= most:
        return Denied(
            "conflict",
            "rule",
            f"the list has {count} rules, the most that it may have",
            "take some away that are not needed",
        )
    number = rule_units.insert_rule(
        tx,
        owner,
        position=last + 1,
        is_enabled=request.is_enabled,
        **new.columns,
    )
    effect = _effect(tx, number, new.note)
    if 0 < request.place <= count:
        moved = _put(tx, rule_units.rule_by_id(tx, number), request.place - 1)
        return replace(moved, note=effect.note)
    return effect


def change_rule(tx: Connection, request: ChangeRule) -> Effect | Denied:
    """Give a rule another name, other conditions and actions."""
    row = _to_change(tx, request)
    if isinstance(row, Denied):
        return row
    owner, is_limited = rule_units.whose(row), request.is_limited
    new = _checked(tx, request.definition, owner, is_limited=is_limited)
    if isinstance(new, Denied):
        return new
    rule_units.change_rule(tx, row.id, **new.columns)
    return _effect(tx, row.id, new.note)


def switch_rule(tx: Connection, request: SwitchRule) -> Effect | Denied:
    """Let a rule be asked, or not."""
    row = _to_change(tx, request)
    if isinstance(row, Denied):
        return row
    rule_units.change_rule(tx, row.id, is_enabled=request.is_enabled)
    return _effect(tx, row.id)


def delete_rule(tx: Connection, request: DeleteRule) -> Effect | Denied:
    """Take a rule away."""
    row = _to_change(tx, request)
    if isinstance(row, Denied):
        return row
    rule_units.delete_rule(tx, row.id)
    return Effect(row.id, gone_rules=(row.id,))


def move_rule(tx: Connection, request: MoveRule) -> Effect | Denied:
    """Put a rule elsewhere in its list."""
    row = _to_change(tx, request)
    if isinstance(row, Denied):
        return row
    if request.place < 0 or (not request.place and not request.steps):
        return _no_place()
    if request.place:
        return _put(tx, row, request.place - 1)
    order = [one.id for one in rule_units.rules_of(tx, rule_units.whose(row))]
    return _put(tx, row, order.index(row.id) + request.steps)


def count_hits(tx: Connection, request: CountRuleHits) -> None:
    """Count what has fired; who is gone is counted no more."""
    rows = [(one.rule_id, one.hits, one.last_at) for one in request.rows]
    hit_units.add_hits(tx, schema.rules, rows)


# Inside


def _to_change(
    tx: Connection, request: ChangeRule | SwitchRule | MoveRule | DeleteRule
) -> units.AnyRow | Denied:
    """Return the rule that was named, if who asks may have a hand in it."""
    row = find_rule(tx, request.rule_id, request.owner)
    if isinstance(row, Denied) or not request.is_limited:
        return row
    kept = rule_definitions.parse(row.definition)
    return rule_definitions.why_limited(kept) or row


class _New(NamedTuple):
    columns: dict[str, str]
    note: str


def _checked(
    tx: Connection, text: str, owner: Whose, *, is_limited: bool
) -> _New | Denied:
    rule = rule_definitions.read_definition(text, is_limited=is_limited)
    if isinstance(rule, Denied):
        return rule
    unfit = rule_definitions.why_not_startable(rule)
    if unfit is not None:
        return unfit
    rule = rule_definitions.settled(tx, rule, owner)
    if isinstance(rule, Denied):
        return rule
    columns = {"name": rule.name, "definition": rule_definitions.as_kept(rule)}
    return _New(columns, _note_on(tx, rule))


def _note_on(tx: Connection, rule: Rule) -> str:
    missing = forwarding.missing(tx, rule_definitions.forwards_of(rule))
    return "; ".join(f"there is no {one} here" for one in missing)


def _put(tx: Connection, row: units.AnyRow | None, wanted: int) -> Effect:
    """Let a rule stand at a place, counted from 0; those between move by one."""
    if row is None:
        return Effect()
    order = list(rule_units.rules_of(tx, rule_units.whose(row)))
    positions = [one.position for one in order]
    at = next(index for index, one in enumerate(order) if one.id == row.id)
    wanted = min(max(wanted, 0), len(order) - 1)
    order.insert(wanted, order.pop(at))
    moved = {
        one.id: position
        for one, position in zip(order, positions, strict=True)
        if one.position != position
    }
    rule_units.set_positions(tx, moved)
    note = f"it is in place {wanted + 1} of {len(order)}"
    effect = effect_on(tx, {row.id, *moved})
    return replace(effect, item_id=row.id, note=note)


def effect_on(tx: Connection, numbers: Collection[int]) -> Effect:
    """Return what services must hear of some rules."""
    rows = list(rule_units.rules_by_id(tx, sorted(numbers)))
    return Effect(
        rules=tuple(rule_row(row) for row in rows if row.is_enabled),
        gone_rules=tuple(row.id for row in rows if not row.is_enabled),
    )


def _effect(tx: Connection, number: int, note: str = "") -> Effect:
    return replace(effect_on(tx, {number}), item_id=number, note=note)


def _no_place() -> Denied:
    return denied(BadValue("place", "it is no place", "give 1 for the first"))
