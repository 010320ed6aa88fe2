"""What administrators ask about rules (manual 8), and what the filer tells of them.

Theory:
    A list belongs to the system, to a domain, or to a user (`RuleOwner`). A rule has
    a number of its own in all lists; its name, conditions and actions are one JSON
    object (`policy.rules`), which is checked as a whole.

    A refusal is a `Denied` with field, reason and cure.

Rules:
    Of what comes in `codec.OnBehalf`, the hub itself sets `is_limited`: unless who
    acts administers the system, it holds, whatever the web says.

Limits:
    10,000 rules in a list, 1,000 in a user's; 32 kB of a rule; 4 MiB of a message that
    a rule is tried on.

Manual: 4.7, 6.4, 7.5, 8.
"""

from typing import Final, Literal

import msgspec

from mailmax.base.units import KIB, MIB
from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.message import Denied, Done, Message, Request

MOST_RULES: Final = 10_000
MOST_RULES_OF_USER: Final = 1_000
RULE_OCTETS: Final = 32 * KIB
SAMPLE_OCTETS: Final = 4 * MIB
LISTED_OCTETS: Final = 1_000
"""Of a rule that stands whole in a list."""
MOST_HITS: Final = 1_000
"""Rules in one `CountRuleHits`."""

RuleScope = Literal["system", "domain", "user"]


class RuleOwner(msgspec.Struct, frozen=True, array_like=True):
    """Whose list of rules."""

    scope: RuleScope
    name: str = ""
    """Of the domain; the user's address; empty for the system."""


class RuleView(msgspec.Struct, frozen=True, array_like=True):
    """A rule as an administrator sees it in a list."""

    rule_id: int
    place: int
    """1 is asked first."""
    name: str
    is_enabled: bool
    summary: str
    """In words; the beginning of a long one."""
    hits: int
    """How often it has fired."""
    last_hit_at: float
    """Unix time; 0: never."""
    definition: str = ""
    """JSON, for who says it in other words; empty where it is longer than
    `LISTED_OCTETS`."""


class RulePage(Message, frozen=True, array_like=True, tag=260):
    """Part of a list, in its order."""

    rows: tuple[RuleView, ...]
    next: str = ""


class RuleShown(Message, frozen=True, array_like=True, tag=261):
    """All of one rule."""

    owner: RuleOwner
    view: RuleView
    """With the whole summary."""
    definition: str
    """JSON."""


class ListRules(Request[RulePage | Denied], frozen=True, array_like=True, tag=262):
    """The rules of a list after a place."""

    owner: RuleOwner
    after: str = ""
    limit: int = PAGE_ROWS


class ShowRule(Request[RuleShown | Denied], frozen=True, array_like=True, tag=263):
    """All of one rule."""

    rule_id: int
    owner: RuleOwner | None = None
    """In whose list it must be; None: in any."""


class AddRule(Request[Changed | Denied], frozen=True, array_like=True, tag=264):
    """A new rule."""

    owner: RuleOwner
    definition: str
    """JSON, with the name."""
    place: int = 0
    """Where it shall stand, from 1; beyond the end, or 0: last."""
    is_enabled: bool = True
    is_limited: bool = False
    """For somebody who has no rights over the server itself: no programs and no
    files of the server (DECISIONS 25)."""


class ChangeRule(Request[Changed | Denied], frozen=True, array_like=True, tag=265):
    """Another name, conditions and actions for a rule."""

    rule_id: int
    definition: str
    owner: RuleOwner | None = None
    """In whose list it must be; None: in any."""
    is_limited: bool = False
    """As in `AddRule`; nor may the rule have had such things before."""


class SwitchRule(Request[Changed | Denied], frozen=True, array_like=True, tag=266):
    """Ask a rule, or leave it out."""

    rule_id: int
    is_enabled: bool
    owner: RuleOwner | None = None
    """In whose list it must be; None: in any."""
    is_limited: bool = False
    """As in `ChangeRule`: such a rule is left as it is."""


class MoveRule(Request[Changed | Denied], frozen=True, array_like=True, tag=267):
    """Ask a rule earlier or later."""

    rule_id: int
    place: int = 0
    """Where it shall stand, from 1; beyond the end: last. 0: by `steps`."""
    steps: int = 0
    """Places down the list; below zero: up."""
    owner: RuleOwner | None = None
    """In whose list it must be; None: in any."""
    is_limited: bool = False
    """As in `ChangeRule`: such a rule is left as it is."""


class DeleteRule(Request[Changed | Denied], frozen=True, array_like=True, tag=268):
    """Take a rule away."""

    rule_id: int
    owner: RuleOwner | None = None
    """In whose list it must be; None: in any."""
    is_limited: bool = False
    """As in `ChangeRule`: such a rule is left as it is."""


# Trying


class StoredMessage(msgspec.Struct, frozen=True, array_like=True):
    """A message that a user has."""

    address: str
    """The user's."""
    mailbox: str
    uid: int


PROGRAMS_S = 60.0
"""What the programs of a rule that is tried may take together: somebody waits."""


class TryRule(Request["RuleTried | Denied"], frozen=True, array_like=True, tag=269):
    """What would a rule make of a message? Nothing is done with it (RUL-5)."""

    rule_id: int = 0
    """0: one that is not saved, see `definition`."""
    definition: str = ""
    message: bytes = b""
    stored: StoredMessage | None = None
    """In place of `message`."""
    owner: RuleOwner | None = None
    """In whose list the rule must be; None: in any."""
    is_limited: bool = False
    """As in `AddRule`; it cannot run programs either."""
    runs_programs: bool = False
    """Let the programs of its conditions look at the message; else it is said what
    they would be given."""


class Sample(Request["RuleTried | Denied"], frozen=True, array_like=True, tag=270):
    """Hub to the filer: the same, with all that names were looked up for."""

    definition: str
    message: bytes = b""
    user_id: int = 0
    home: str = ""
    mailbox: str = ""
    uid: int = 0
    runs_programs: bool = False


class ConditionTried(msgspec.Struct, frozen=True, array_like=True):
    """One condition, and whether it held."""

    words: str
    held: bool
    why: str = ""
    """What was found, in words."""


class RuleTried(Message, frozen=True, array_like=True, tag=271):
    """What a rule makes of a message."""

    name: str
    fires: bool
    conditions: tuple[ConditionTried, ...]
    actions: tuple[str, ...]
    """In words: what would be done, or would if it fired."""


# Hits


class RuleHit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A rule has fired."""

    rule_id: int
    hits: int
    last_at: float
    """Unix time."""


class CountRuleHits(Request[Done], frozen=True, array_like=True, tag=272):
    """The filer tells what has fired since it told last."""

    rows: tuple[RuleHit, ...]
