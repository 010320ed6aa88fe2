"""What a rule asks for and does, as administrators give it and as it is kept.

Theory:
    One JSON object: ``name``, ``conditions``, ``actions`` (`policy.rules`). Whether a
    rule is on, and its number, are columns.

Rules:
    A key that no rule has is refused: a condition that was misspelt would hold for
    all mail. An address here is kept in lower case, so that it is found when its user
    gets another name. An answer comes from an address of the user's own; that of a
    rule for many users, from one of theirs (DECISIONS 26).

Manual: 8; DECISIONS 23, 25, 26.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection

from mailmax.datamax import forwarding, users
from mailmax.datamax.effect import denied
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rules import RULE_OCTETS
from mailmax.net.children import executable
from mailmax.policy.programs import RULE
from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.check import check
from mailmax.policy.rules.rule import Rule
from mailmax.settings.field import BadValue
from mailmax.settings.misfit import misfit
from mailmax.store.accounts.rule_units import Whose

_LETTERS = (do.RespondText, do.RespondFile, do.NoteToSelf)
_INDEX = re.compile(r"\[(\d+)\]")
_WHOLE = frozenset({"name", "conditions", "actions"})
_KEYS = {
    kind.__struct_config__.tag: {"kind", *kind.__struct_fields__}
    for union in (when.Condition, do.Action)
    for kind in union.__args__
}


def read_definition(text: str, *, is_limited: bool = False) -> Rule | Denied:
    """Read what an administrator gives.

    Args:
        text: JSON.
        is_limited: Without rights over the server: no programs, no files.
    """
    if len(text.encode("utf-8", "replace")) > RULE_OCTETS:
        cure = f"give at most {RULE_OCTETS} octets, all texts together"
        return Denied("bad_value", "rule", "it is too long", cure)
    try:
        raw = msgspec.json.decode(text)
        rule = msgspec.convert(raw, Rule)
    except msgspec.ValidationError as error:
        bad = misfit(error, "see the how-to of rules for its form")
        field = _INDEX.sub(r".\1", bad.field) or "rule"
        return Denied("bad_value", field, bad.reason, bad.cure)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        cure = "see the how-to of rules for its form"
        return Denied("bad_value", "rule", f"it cannot be read: {error}", cure)
    for key in _strange_keys(raw):
        cure = "see the how-to of rules for the keys that there are"
        return Denied("bad_value", key, "no rule has such a key", cure)
    rule = msgspec.structs.replace(rule, enabled=True, rule_id=0)
    faults = check(rule)
    if faults:
        return denied(faults[0])
    return _refused(rule, is_limited=is_limited) or rule


def parse(definition: str | bytes) -> Rule:
    """Read what is kept."""
    return msgspec.json.decode(definition, type=Rule)


def as_kept(rule: Rule) -> str:
    """Write a rule as it is kept, and shown."""
    whole = msgspec.to_builtins(rule)
    rest = {key: value for key, value in whole.items() if key in _WHOLE}
    return msgspec.json.encode(rest).decode()


def why_not_startable(rule: Rule) -> Denied | None:
    """Say which program of a rule must not be started here (TRUST J2); blocks."""
    for field, one in _programs(rule):
        bad = executable.take(f"{field}.command", one.command, RULE, needs_one=True)
        if isinstance(bad, BadValue):
            return denied(bad)
    return None


def why_limited(rule: Rule) -> Denied | None:
    """Say what of a rule is not for whoever has no rights over the server."""
    for field, _ in _programs(rule):
        return _not_allowed(field, "runs a program of the server")
    for place, action in enumerate(rule.actions):
        if isinstance(action, do.RespondFile):
            return _not_allowed(f"actions.{place}", "reads a file of the server")
    return None


def settled(tx: Connection, rule: Rule, owner: Whose) -> Rule | Denied:
    """Return a rule with its addresses in the form in which they are kept.

    Args:
        tx: The open transaction.
        rule: As it was read.
        owner: Whose it will be.
    """
    for place, action in enumerate(rule.actions):
        if not isinstance(action, _LETTERS) or not action.reply_address:
            continue
        bad = _unfit_sender(tx, action.reply_address, owner)
        if bad:
            return Denied("bad_value", f"actions.{place}.reply_address", *bad)
    return with_addresses(rule, lambda one: forwarding.canonical(tx, one))


def with_addresses(rule: Rule, change: Callable[[str], str]) -> Rule:
    """Return a rule with other addresses, each once in a list."""

    def changed(action: do.Action) -> do.Action:
        if isinstance(action, do.Forward):
            addresses = tuple(dict.fromkeys(map(change, action.addresses)))
            return msgspec.structs.replace(action, addresses=addresses)
        if isinstance(action, _LETTERS) and action.reply_address:
            address = change(action.reply_address)
            return msgspec.structs.replace(action, reply_address=address)
        return action

    return msgspec.structs.replace(rule, actions=tuple(map(changed, rule.actions)))


def forwards_of(rule: Rule) -> Iterator[str]:
    """Yield the addresses that a rule sends copies to."""
    for action in rule.actions:
        if isinstance(action, do.Forward):
            yield from action.addresses


def _refused(rule: Rule, *, is_limited: bool) -> Denied | None:
    limited = why_limited(rule) if is_limited else None
    if limited is not None:
        return limited
    for place, action in enumerate(rule.actions):
        if isinstance(action, do.RespondFile) and not action.path.startswith("/"):
            return Denied(
                "bad_value",
                f"actions.{place}.path",
                "it does not begin with a slash",
                "give the whole path on the computer of the filer",
            )
    return None


def _programs(rule: Rule) -> Iterator[tuple[str, when.ExternalTest | do.RunProgram]]:
    """Yield what runs a program, with its path."""
    for place, condition in enumerate(rule.conditions):
        if isinstance(condition, when.ExternalTest):
            yield f"conditions.{place}", condition
    for place, action in enumerate(rule.actions):
        if isinstance(action, do.RunProgram):
            yield f"actions.{place}", action


def _not_allowed(field: str, why: str) -> Denied:
    cure = "ask an administrator of the system"
    return Denied("not_allowed", field, f"it {why}", cure)


def _unfit_sender(tx: Connection, address: str, owner: Whose) -> tuple[str, str] | None:
    user = users.owner_of(tx, address)
    if owner.user_id is not None:
        is_fit = user is not None and user.id == owner.user_id
        return None if is_fit else _bad_sender(address, "is no address of the user")
    if user is None:
        return _bad_sender(address, "is no address of a user here")
    if owner.domain_id is not None and user.domain_id != owner.domain_id:
        return _bad_sender(address, "is no address of a user of the domain")
    return None


def _bad_sender(address: str, why: str) -> tuple[str, str]:
    cure = "leave it out: then it is that of whom the mail is for"
    return f"{address} {why}", cure


def _strange_keys(raw: Any) -> Iterator[str]:
    """Yield the keys that no rule has, as paths."""
    yield from sorted(raw.keys() - _WHOLE)
    for part in ("conditions", "actions"):
        for place, one in enumerate(raw.get(part, ())):
            for key in one.keys() - _KEYS[one["kind"]]:
                yield f"{part}.{place}.{key}"
