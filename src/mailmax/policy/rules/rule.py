"""A rule: when all its conditions hold, all its actions are done.

Rules:
    The order of a list of rules is the order in which they are applied.

Manual: 8.
"""

from functools import lru_cache

import msgspec

from mailmax.policy.rules.action import Action, Forward
from mailmax.policy.rules.condition import Condition


class Rule(msgspec.Struct, frozen=True):
    """One rule of the system, of a domain or of a user."""

    name: str = ""
    """For people alone."""
    conditions: tuple[Condition, ...] = ()
    actions: tuple[Action, ...] = ()
    enabled: bool = True
    rule_id: int = 0
    """Given by the database; 0: a rule that is not kept yet."""


@lru_cache(10_000)
def may_forward(definition: bytes) -> bool:
    """Tell whether a rule, as it is kept (JSON), sends copies to others."""
    rule = msgspec.json.decode(definition, type=Rule)
    return any(isinstance(one, Forward) for one in rule.actions)
