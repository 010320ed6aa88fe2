"""The hub's desk for rules: what administrators ask, and what the filer tells of hits.

Theory:
    A rule is tried where mail is filed and mailboxes are: the filer is asked
    (`Sample`), whether the rule is kept already or not.

Manual: 4.7, 6.4, 7.5, 8.
"""

from typing import Protocol

from sqlalchemy import Connection

from mailmax.datamax import rule_definitions, rules, users
from mailmax.datamax.changes import Changes
from mailmax.datamax.desk import Answers
from mailmax.hub.contract import rules as asked
from mailmax.hub.contract.message import Denied, Done, Message
from mailmax.hub.contract.relayed import Passed
from mailmax.store.accounts.database import Database


class PassOn(Protocol):
    """`RelayDesk.pass_on`."""

    async def __call__(
        self, role: str, name: str, request: Passed, *, takes_s: float
    ) -> Message:
        """Let a service answer, by its role and its name."""


class RuleDesk:
    """Answers what is asked about rules."""

    def __init__(self, database: Database, changes: Changes, pass_on: PassOn) -> None:
        """Take what it needs."""
        self._database = database
        self._changes = changes
        self._pass_on = pass_on

    def answers(self) -> Answers:
        """Return who answers what."""
        change = self._changes.carry_out
        read = self._database.read
        return {
            asked.ListRules: lambda one: read(rules.list_rules, one),
            asked.ShowRule: lambda one: read(rules.show_rule, one),
            asked.AddRule: lambda one: change(rules.add_rule, one),
            asked.ChangeRule: lambda one: change(rules.change_rule, one),
            asked.SwitchRule: lambda one: change(rules.switch_rule, one),
            asked.MoveRule: lambda one: change(rules.move_rule, one),
            asked.DeleteRule: lambda one: change(rules.delete_rule, one),
            asked.TryRule: self._try,
            asked.CountRuleHits: self._count,
        }

    async def _try(self, request: asked.TryRule) -> Message:
        sample = await self._database.read(_sample_of, request)
        if isinstance(sample, Denied):
            return sample
        takes_s = asked.PROGRAMS_S if sample.runs_programs else 0.0
        return await self._pass_on("filer", "the filer", sample, takes_s=takes_s)

    async def _count(self, request: asked.CountRuleHits) -> Done:
        await self._database.write(rules.count_hits, request)
        return Done()


def _sample_of(tx: Connection, request: asked.TryRule) -> asked.Sample | Denied:
    """Return what the filer is asked. A unit of work."""
    if request.runs_programs and request.is_limited:
        cure = "ask an administrator of the system, or try it without"
        return Denied("not_allowed", "runs_programs", "programs are the server's", cure)
    definition = _definition(tx, request)
    if isinstance(definition, Denied):
        return definition
    stored = request.stored
    if stored is None:
        if len(request.message) > asked.SAMPLE_OCTETS:
            cure = f"give at most {asked.SAMPLE_OCTETS} octets, or one that is stored"
            return Denied("bad_value", "message", "it is too long", cure)
        return asked.Sample(
            definition, request.message, runs_programs=request.runs_programs
        )
    user = users.find(tx, stored.address)
    if isinstance(user, Denied):
        return user
    return asked.Sample(
        definition,
        user_id=user.id,
        home=user.home,
        mailbox=stored.mailbox,
        uid=stored.uid,
        runs_programs=request.runs_programs,
    )


def _definition(tx: Connection, request: asked.TryRule) -> str | Denied:
    if request.rule_id:
        row = rules.find_rule(tx, request.rule_id, request.owner)
        return row if isinstance(row, Denied) else str(row.definition)
    rule = rule_definitions.read_definition(
        request.definition, is_limited=request.is_limited
    )
    return rule if isinstance(rule, Denied) else rule_definitions.as_kept(rule)
