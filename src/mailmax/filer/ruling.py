"""What rules make of one message, asked user by user (manual 8; RUL-1).

Theory:
    The rules of the system, of the domain, of the user, in this order: that is what
    `policy.rules` calls levels. What a message is made of is read once, and the
    verdict of the system, or of a domain, is the same for everybody in it.

    Rules act on mail as it is filed; what comes back for another try was judged when
    it came (`base.again`). Copies that a rule forwards go the way of the user's own
    forwards: the same limits, the same end of circles (`expansion`).

Rules:
    Time is that at which the message was taken, by the server's own clock: filed
    again after a crash it is judged as before.
    A disabled user and a spam trap have no rules of their own that act.
    Of a user whose rules want a program nothing is known yet (`wanted`); whoever
    leads there waits for the answer.
    Where rules cannot be applied the mail is filed as if there were none, and the log
    says so: no message may hold up what comes behind it.

Limits:
    What the policy allows a message in steps; a list of rules that takes more counts
    up to there, and the log says so. 10,000 lists are kept ready.

Manual: 4.7, 6.4, 7.5, 8; TRUST J8.
"""

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from mailmax.base import asking
from mailmax.base.asking import Question
from mailmax.base.envelope import Envelope
from mailmax.filer.directory import Directory
from mailmax.hub.contract.rows import RuleRow, UserRow
from mailmax.message.part import Tree, scan
from mailmax.policy.rules import action as do
from mailmax.policy.rules.compiled import RuleList
from mailmax.policy.rules.evaluate import GIVEN_UP, Answer, evaluate
from mailmax.policy.rules.mail import Mail
from mailmax.policy.rules.outcome import (
    INBOX,
    Outcome,
    ProgramWanted,
    Verdict,
    decide,
)
from mailmax.policy.rules.rule import Rule

MOST_READY = 10_000

_log = logging.getLogger("mailmax.filer")


class Ruled(msgspec.Struct, frozen=True):
    """What rules say for one user."""

    outcome: Outcome
    stores: tuple[str, ...] = ()
    """Mailboxes that were asked for; empty is INBOX."""

    @property
    def discards(self) -> bool:
        """No copy is filed unless something else keeps one."""
        return not self.outcome.mailboxes


UNRULED = Ruled(Outcome())
"""For whom no rule fires."""


class Ruling:
    """The rules and one message."""

    def __init__(
        self, body: bytes | memoryview, envelope: Envelope, directory: Directory
    ) -> None:
        """Take the message; nothing of it is read before a rule asks.

        Args:
            body: Its octets.
            envelope: With when it was taken, and what programs have said.
            directory: The tables.
        """
        self._body = body
        self._at_ms = envelope.received_at_ms
        self._answers = _Answers(envelope)
        self._directory = directory
        self._mail: Mail | None = None
        self.tree: Tree | None = None
        """The scan of the message, when a rule has asked."""
        self._verdicts: dict[int, Verdict | ProgramWanted] = {}
        """By the number of the first rule of a list."""
        self._wanted: dict[int, Question] = {}
        """By user."""
        self._ruled: dict[int, Ruled] = {}

    @property
    def is_idle(self) -> bool:
        """Tell whether there are no rules at all."""
        return not self._directory.has_rules()

    def of(self, user: UserRow) -> Ruled:
        """Return what rules say for a user."""
        if self.is_idle:
            return UNRULED
        found = self._ruled.get(user.user_id)
        if found is None:
            found = self._ruled[user.user_id] = self._soundly(user)
        return found

    @property
    def wants_programs(self) -> bool:
        """Tell whether programs have to be asked before all is known."""
        return bool(self._wanted)

    def wanted(self, user: UserRow) -> Question | None:
        """Return the program that has to be asked before a user's rules are known."""
        return self._wanted.get(user.user_id)

    def takes_out(self, user: UserRow) -> bool:
        """Tell whether attached files are taken out of a user's copy."""
        return self.of(user).outcome.discards_attachments

    # Inside

    def _soundly(self, user: UserRow) -> Ruled:
        try:
            return self._rule(user)
        except Exception:  # noqa: BLE001 - one message would hold up all that follow
            _log.critical("the rules for %s end by a bug", user.address, exc_info=True)
            return UNRULED

    def _rule(self, user: UserRow) -> Ruled:
        lists = [rows for rows in self._directory.rules_for(user) if rows]
        if not lists:
            return UNRULED
        levels: list[Verdict] = []
        for rows in lists:
            found = self._judged(rows)
            if isinstance(found, ProgramWanted):
                self._wanted[user.user_id] = Question(found.command, found.can_wait)
                return UNRULED
            levels.append(found)
            if found.terminates or found.given_up is not None:
                break
        outcome = decide(levels)
        if not (outcome.fired or outcome.exceeded or outcome.given_up):
            return UNRULED
        _warn(user, outcome)
        fired = [rule for level in levels for rule in level.fired]
        stores = any(
            isinstance(action, do.Store) for rule in fired for action in rule.actions
        )
        folders = tuple(map(_folder, outcome.mailboxes)) if stores else ()
        return Ruled(outcome, folders)

    def _judged(self, rows: Sequence[RuleRow]) -> Verdict | ProgramWanted:
        number = rows[0].rule_id
        found = self._verdicts.get(number)
        if found is None:
            if self._mail is None:
                self.tree = scan(bytes(self._body))
                self._mail = mail_of(self.tree, self._at_ms)
            found = evaluate(_READY.list_of(rows), self._mail, self._answers)
            self._verdicts[number] = found
        return found


def mail_of(tree: Tree, at_ms: int) -> Mail:
    """Return a message as rules look at it, by the clock of this computer."""
    arrived = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone()
    return Mail(tree, len(tree.octets), at_ms, arrived.tzinfo or UTC)


class _Answers(Mapping[str, Answer]):
    """What an envelope tells of programs; after too many rounds all are given up."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self._is_last = asking.round_of(envelope.step) >= asking.MOST_ROUNDS

    def __contains__(self, command: object) -> bool:
        said = asking.answer_to(self._envelope, str(command))
        return self._is_last or said is not None

    def __getitem__(self, command: str) -> Answer:
        said = asking.answer_to(self._envelope, command)
        if said in {"true", "false"}:
            return said == "true"
        if self._is_last or said == "given_up":
            return GIVEN_UP
        if said is None:
            raise KeyError(command)
        return None

    def __iter__(self) -> Iterator[str]:
        return iter(())  # names of commands are not kept, only looked up

    def __len__(self) -> int:
        return 0


def _warn(user: UserRow, outcome: Outcome) -> None:
    """Tell the log where rules were given up, or asked for too much."""
    for rule in outcome.exceeded:
        _log.warning(
            "rules for %s are given up at rule %d: a message takes too many steps",
            user.address,
            rule.rule_id,
        )
    if outcome.left_out:
        _log.warning(
            "rules for %s ask for more than one message may have: %d left out",
            user.address,
            outcome.left_out,
        )
    if outcome.given_up is not None:
        _log.warning(
            "rules for %s are given up at rule %d, its program has failed too often: "
            "the message goes to INBOX",
            user.address,
            outcome.given_up.rule_id,
        )


class _Ready:
    """Lists that are ready to be applied; the least used ones are forgotten."""

    def __init__(self) -> None:
        self._lists: OrderedDict[int, tuple[Sequence[RuleRow], RuleList]] = (
            OrderedDict()
        )

    def list_of(self, rows: Sequence[RuleRow]) -> RuleList:
        """Return a list; the same as before while the rows are the same object."""
        number = rows[0].rule_id
        known = self._lists.get(number)
        if known is not None and known[0] is rows:
            self._lists.move_to_end(number)
            return known[1]
        ready = RuleList([read_rule(row) for row in rows])
        self._lists[number] = rows, ready
        self._lists.move_to_end(number)
        if len(self._lists) > MOST_READY:
            self._lists.popitem(last=False)
        return ready


_READY = _Ready()


def read_rule(row: RuleRow) -> Rule:
    """Return a rule of the tables as it is applied."""
    rule = msgspec.json.decode(row.definition, type=Rule)
    return msgspec.structs.replace(rule, enabled=True, rule_id=row.rule_id)


def _folder(mailbox: str) -> str:
    return "" if mailbox == INBOX else mailbox
