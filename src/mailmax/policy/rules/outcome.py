"""What rules say about a message: findings, a verdict of each list, the outcome.

Theory:
    A list of rules (the system's, a domain's, a user's) gives a `Verdict`; those of
    the three levels that concern a recipient become one `Outcome` by `decide`. The
    verdict of the system is the same for all recipients of a message, that of a domain
    for all in it.

    ===================  =====================================================
    actions              what is filed here
    ===================  =====================================================
    none                 INBOX
    store, …             those mailboxes, and INBOX only if it is among them
    discard              nothing, but what a store says
    forward and others   as if they were not there
    ===================  =====================================================

    Where a program has failed for good nobody knows what the rules would have said:
    none behind it counts, and INBOX is among the mailboxes.

Rules:
    Each mailbox, each address and each program once, in the order of the rules.

Limits:
    A recipient's outcome has at most 100 mailboxes, 1,000 addresses, 20 replies, 20
    notes and 20 programs; `Outcome.left_out` counts the others.

Manual: 8, 8.1.8.1, 8.2; DECISIONS 24.
"""

from collections.abc import Iterable, Sequence

import msgspec

from mailmax.base.address import lower_ascii
from mailmax.policy.rules import action as do
from mailmax.policy.rules.rule import Rule

INBOX = "INBOX"
MOST_MAILBOXES = 100
MOST_FORWARDS = 1_000
MOST_LETTERS = 20
MOST_PROGRAMS = 20


class ConditionFinding(msgspec.Struct, frozen=True, array_like=True):
    """What came of one condition."""

    holds: bool | None
    """None: nobody knows; it is unfinished, or its program gave no answer."""
    why: str = ""
    """What was found, in words."""


class RuleFinding(msgspec.Struct, frozen=True, array_like=True):
    """What came of one rule."""

    rule_id: int
    name: str
    fires: bool
    why: str = ""
    """Why it was not looked at, where it was not."""
    conditions: tuple[ConditionFinding, ...] = ()


class ProgramWanted(msgspec.Struct, frozen=True):
    """No verdict yet: a program has to be run first, and what it did be told."""

    command: str
    """Of a `condition.ExternalTest`."""
    rule: Rule
    """That asks for it."""
    can_wait: bool = True
    """Should it fail, it is to be asked again."""


class Verdict(msgspec.Struct, frozen=True):
    """What a list of rules says."""

    fired: tuple[Rule, ...] = ()
    """In the order of the list."""
    terminates: bool = False
    """The last of them ends all rules."""
    exceeded: Rule | None = None
    """At which the message had taken too many steps; no rule from there on counts."""
    findings: tuple[RuleFinding, ...] = ()
    """One for each rule, where they were asked for."""
    given_up: Rule | None = None
    """Whose program has failed for good; no rule from there on counts."""


class Reply(msgspec.Struct, frozen=True):
    """An answer to the sender."""

    rule_id: int
    action: do.RespondText | do.RespondFile


class Note(msgspec.Struct, frozen=True):
    """A note to the recipient."""

    rule_id: int
    rule_name: str
    action: do.NoteToSelf


class Program(msgspec.Struct, frozen=True):
    """A program to be run."""

    rule_id: int
    command: str


class Outcome(msgspec.Struct, frozen=True):
    """What is to be done with a message for one recipient."""

    mailboxes: tuple[str, ...] = (INBOX,)
    """Where it is filed; none: nowhere."""
    forwards: tuple[str, ...] = ()
    discards_attachments: bool = False
    replies: tuple[Reply, ...] = ()
    notes: tuple[Note, ...] = ()
    programs: tuple[Program, ...] = ()
    fired: tuple[int, ...] = ()
    """Ids of the rules that did, for their counters."""
    exceeded: tuple[Rule, ...] = ()
    """Where lists of rules were given up."""
    left_out: int = 0
    """Actions beyond the limits."""
    given_up: Rule | None = None
    """Whose program has failed for good: a copy is in INBOX, whatever else holds."""


def decide(levels: Sequence[Verdict]) -> Outcome:
    """Put the verdicts of a recipient's levels together.

    Args:
        levels: Of the system, the domain and the user, in this order; those behind
            one that terminates do not count and may be missing.
    """
    counted = list(_until_terminated(levels))
    fired = [rule for level in counted for rule in level.fired]
    deeds = _Deeds()
    for rule in fired:
        for action in rule.actions:
            deeds.add(rule, action)
    outcome = deeds.outcome(
        tuple(rule.rule_id for rule in fired),
        tuple(level.exceeded for level in counted if level.exceeded is not None),
    )
    given_up = counted[-1].given_up if counted else None
    if given_up is None:
        return outcome
    boxes = tuple(dict.fromkeys((INBOX, *outcome.mailboxes)))
    return msgspec.structs.replace(outcome, mailboxes=boxes, given_up=given_up)


def mailbox_of(name: str) -> str:
    """Return the mailbox that a name means; blank is INBOX, in any case."""
    first, slash, rest = name.strip().partition("/")
    return (
        f"{INBOX}{slash}{rest}"
        if first.upper() in {"", INBOX}
        else first + slash + rest
    )


def _until_terminated(levels: Iterable[Verdict]) -> Iterable[Verdict]:
    for level in levels:
        yield level
        if level.terminates or level.given_up is not None:
            return


class _Deeds:
    """The actions of the rules that fired, each once."""

    def __init__(self) -> None:
        self._mailboxes: dict[str, None] = {}
        self._forwards: dict[str, str] = {}
        self._replies: list[Reply] = []
        self._notes: list[Note] = []
        self._programs: dict[str, Program] = {}
        self._discards = self._discards_attachments = False

    def add(  # noqa: C901 - one row a kind
        self, rule: Rule, action: do.Action
    ) -> None:
        match action:
            case do.Store():
                self._mailboxes.setdefault(mailbox_of(action.mailbox))
            case do.Forward():
                for address in action.addresses:
                    self._forwards.setdefault(lower_ascii(address), address)
            case do.RespondText() | do.RespondFile():
                self._replies.append(Reply(rule.rule_id, action))
            case do.NoteToSelf():
                self._notes.append(Note(rule.rule_id, rule.name, action))
            case do.RunProgram():
                program = Program(rule.rule_id, action.command)
                self._programs.setdefault(action.command, program)
            case do.Discard():
                self._discards = True
            case do.DiscardAttachment():
                self._discards_attachments = True
            case do.TerminateOtherRules():
                pass

    def outcome(self, fired: tuple[int, ...], exceeded: tuple[Rule, ...]) -> Outcome:
        mailboxes = tuple(self._mailboxes)
        if not mailboxes and not self._discards:
            mailboxes = (INBOX,)
        kept = Outcome(
            mailboxes[:MOST_MAILBOXES],
            tuple(self._forwards.values())[:MOST_FORWARDS],
            self._discards_attachments,
            tuple(self._replies[:MOST_LETTERS]),
            tuple(self._notes[:MOST_LETTERS]),
            tuple(self._programs.values())[:MOST_PROGRAMS],
            fired,
            exceeded,
        )
        left_out = sum(
            max(0, many - most)
            for many, most in (
                (len(mailboxes), MOST_MAILBOXES),
                (len(self._forwards), MOST_FORWARDS),
                (len(self._replies), MOST_LETTERS),
                (len(self._notes), MOST_LETTERS),
                (len(self._programs), MOST_PROGRAMS),
            )
        )
        return msgspec.structs.replace(kept, left_out=left_out)
