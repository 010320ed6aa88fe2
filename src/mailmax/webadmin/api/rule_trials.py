"""Trying a rule on a message: pasted, or one that a user has (RUL-5).

Rules:
    Nothing is done with the message; it is read by the filer, for the hub. Whose it is
    must be somebody whom the caller may see, and who may not more than the caller.
    What is pasted gets the line ends of mail.

Manual: 8.
"""

import re
from http import HTTPStatus
from typing import Any

import msgspec

from mailmax.hub.contract.rules import RuleOwner, RuleTried, StoredMessage, TryRule
from mailmax.webadmin.api.rank import check_rank
from mailmax.webadmin.authorize import Allowed, OfUser, decide
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.problems import Problem, not_found

_LINE_END = re.compile(r"\r\n|\r|\n")


class RuleBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name, conditions and actions of a rule; docs/howto/rules.md has their forms."""

    name: str
    conditions: list[dict[str, Any]]
    """Each says its ``kind``; all must hold."""
    actions: list[dict[str, Any]]
    """Each says its ``kind``; all are done."""


class MessageOfUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message that a user has."""

    address: str
    mailbox: str
    uid: int


class RuleTrial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule and a message: one of the first two, and one of the next two."""

    number: int = 0
    """A rule of the list."""
    rule: RuleBody | None = None
    """One that is not kept."""
    message: str = ""
    """Whole, as mail programs save it."""
    stored: MessageOfUser | None = None
    runs_programs: bool = False
    """Let programs of its conditions look at the message."""


class TriedCondition(msgspec.Struct, frozen=True):
    """One condition, and whether it held."""

    words: str
    held: bool
    why: str


class TriedRule(msgspec.Struct, frozen=True):
    """What a rule makes of a message."""

    fires: bool
    conditions: list[TriedCondition]
    actions: list[str]
    """What would be done, or would if it fired."""


def definition_of(body: RuleBody) -> str:
    """Return a rule as the hub takes it; it checks what is in it."""
    whole = {
        "name": body.name,
        "conditions": body.conditions,
        "actions": body.actions,
    }
    return msgspec.json.encode(whole).decode()


async def try_rule(call: Call, trial: RuleTrial, owner: RuleOwner) -> TriedRule:
    """Have the hub try a rule.

    Args:
        call: The request.
        trial: What it says.
        owner: In whose list a rule is sought that is named by its number.

    Raises:
        Problem: There is not one rule and one message, or they are not the caller's.
    """
    _check_one("rule", bool(trial.number), trial.rule is not None)
    _check_one("message", bool(trial.message), trial.stored is not None)
    await _check_stored(call, trial.stored)
    request = TryRule(
        rule_id=max(0, trial.number),
        definition="" if trial.rule is None else definition_of(trial.rule),
        message=_LINE_END.sub("\r\n", trial.message).encode("utf-8"),
        stored=_stored(trial.stored),
        owner=owner,
        runs_programs=trial.runs_programs,
    )
    tried = await call.carry_out(request, RuleTried)
    conditions = [
        TriedCondition(one.words, one.held, one.why) for one in tried.conditions
    ]
    return TriedRule(tried.fires, conditions, list(tried.actions))


def _check_one(what: str, *given: bool) -> None:
    """Refuse none, and both."""
    if sum(given) != 1:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        detail = f"there is not one {what} to try"
        hint = f"give one {what}, in one of the two ways"
        raise Problem(status, "bad_value", detail, what, hint)


async def _check_stored(call: Call, stored: MessageOfUser | None) -> None:
    if stored is None:
        return
    whose = OfUser(stored.address, is_own=True)
    if decide(call.principal, "rules:write", whose) is not Allowed.YES:
        raise not_found("there is no such message here")
    await check_rank(call, stored.address)


def _stored(said: MessageOfUser | None) -> StoredMessage | None:
    return None if said is None else StoredMessage(said.address, said.mailbox, said.uid)
