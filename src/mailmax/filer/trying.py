"""A rule is tried on a message, and nothing is done with it (RUL-5).

Theory:
    Whoever makes a rule wants to know which of its conditions held and what would be
    done. The message is given, or it is one that a user has; a stored one is judged by
    the time at which it came, a given one as if it came now. Each condition is asked by
    itself, also where one before it does not hold.

    Programs are run only where that is asked for; else it is said what they would get.

    It is done in threads of its own, with a look at the mailboxes of its own: mail is
    filed meanwhile.

Limits:
    64 MiB of a stored message; the steps that any message may take, for each condition.
    A minute for all programs, also where mail may wait longer for one.

Manual: 8.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import NamedTuple, Protocol

import msgspec

from mailmax.base.ids import UserId
from mailmax.base.units import MIB
from mailmax.filer.ruling import mail_of
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rules import (
    PROGRAMS_S,
    ConditionTried,
    RuleTried,
    Sample,
)
from mailmax.message.part import scan
from mailmax.net.children.attached import attached_files
from mailmax.net.children.directory import Given
from mailmax.net.children.job import Limits
from mailmax.policy.programs import RULE, NoAnswer, Outcome, Program, parse
from mailmax.policy.rules import summary
from mailmax.policy.rules.condition import ExternalTest
from mailmax.policy.rules.evaluate import Answers
from mailmax.policy.rules.explain import explain
from mailmax.policy.rules.rule import Rule
from mailmax.settings.field import BadValue
from mailmax.store.mailboxes.port import Mailbox, Store

_MOST_OCTETS = 64 * MIB
_PIECE_OCTETS = 256 * 1024


class Runs(Protocol):
    """Who runs a program: `net.children.runner.Programs`."""

    async def run(
        self, program: Program, files: Sequence[Given], limits: Limits
    ) -> Outcome:
        """Run a program on files."""


class Looked(NamedTuple):
    """A message, and when it came."""

    octets: bytes
    at_ms: int


async def try_rule(
    sample: Sample, open_store: Callable[[], Store], runs: Runs, timeout_s: float
) -> RuleTried | Denied:
    """Say what a rule makes of a message.

    Args:
        sample: The rule, checked already, and the message.
        open_store: Opens the mailboxes.
        runs: Runs programs, where that is wanted.
        timeout_s: How long one may take for mail.

    Raises:
        Failure: The message cannot be read.
    """
    rule = msgspec.json.decode(sample.definition, type=Rule)
    message = await asyncio.to_thread(_message_of, sample, open_store)
    if isinstance(message, Denied):
        return message
    answers: Answers = {}
    if sample.runs_programs:
        answers = await _ask_all(rule, message.octets, runs, timeout_s)
    return await asyncio.to_thread(_tried, rule, message, answers)


def _message_of(sample: Sample, open_store: Callable[[], Store]) -> Looked | Denied:
    if not sample.home:
        return Looked(sample.message, time.time_ns() // 1_000_000)
    with closing(open_store()) as store:
        found = _stored(store, sample)
    return found if isinstance(found, Denied) else Looked(*found)


async def _ask_all(rule: Rule, octets: bytes, runs: Runs, timeout_s: float) -> Answers:
    """Let its programs look at the message, as long as there is time."""
    end = time.monotonic() + PROGRAMS_S
    answers: dict[str, bool | None] = {}
    for one in rule.conditions:
        if not isinstance(one, ExternalTest) or one.command in answers:
            continue
        left_s = min(timeout_s, end - time.monotonic())
        answers[one.command] = None
        if left_s > 0:
            limits = Limits().lasting(left_s)
            answers[one.command] = await _ask(one.command, octets, runs, limits)
    return answers


async def _ask(command: str, octets: bytes, runs: Runs, limits: Limits) -> bool | None:
    """Let a program look at the message."""
    program = parse("command", command, RULE, needs_one=True)
    if isinstance(program, BadValue):
        return None
    files: Sequence[Given] = [Given(octets)]
    if not program.wants_message:
        files = await asyncio.to_thread(attached_files, octets)
    if not files:
        return False
    outcome = await runs.run(program, files, limits)
    return None if isinstance(outcome, NoAnswer) else bool(outcome.gone)


def _tried(rule: Rule, message: Looked, answers: Answers) -> RuleTried:
    mail = mail_of(scan(message.octets), message.at_ms)
    (finding,) = explain([rule], mail, answers).findings
    words = _words(rule)
    conditions = tuple(
        ConditionTried(words[f"conditions.{place}"], one.holds is True, one.why)
        for place, one in enumerate(finding.conditions)
    )
    actions = tuple(words[f"actions.{n}"] for n in range(len(rule.actions)))
    return RuleTried(rule.name, finding.fires, conditions, actions)


def _words(rule: Rule) -> dict[str, str]:
    """Return conditions and actions in words, by their paths."""
    return {one.refers_to: one.text for one in summary.pieces(rule) if one.refers_to}


def _stored(store: Store, sample: Sample) -> tuple[bytes, int] | Denied:
    """Return a message that a user has, and when it came."""
    user_id = UserId(sample.user_id)
    if not store.usage(user_id, sample.home).messages:
        return _no_message("mailbox", "the user has no mail")
    with closing(store.account(user_id, sample.home)) as account:
        if account.find(sample.mailbox) is None:
            return _no_message("mailbox", f"there is no {sample.mailbox!r}")
        account.prepare(sample.mailbox)
        with closing(account.open(sample.mailbox, read_only=True)) as mailbox:
            mailbox.refresh()
            return _read(mailbox, sample.uid)


def _read(mailbox: Mailbox, uid: int) -> tuple[bytes, int] | Denied:
    if uid not in mailbox.uids:
        return _no_message("uid", f"there is no message with the UID {uid}")
    position = mailbox.uids.index(uid)
    size = mailbox.sizes[position]
    if size > _MOST_OCTETS:
        return Denied("bad_value", "uid", "the message is too long", "try another")
    pieces = [
        mailbox.read(position, begin, _PIECE_OCTETS)
        for begin in range(0, size, _PIECE_OCTETS)
    ]
    return b"".join(pieces), mailbox.dates[position]


def _no_message(field: str, why: str) -> Denied:
    return Denied("not_found", field, why, "look in the user's mailboxes")
