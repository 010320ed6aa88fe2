"""Mail whose rules want a program: how the filer and QueueMax speak of it.

Theory:
    Nothing in a journal waits (DESIGN 3), so what a rule asks of a program goes to the
    queue, and filing goes on when it comes back with the answer::

        filer     a rule wants a program: into filer.0, step "program 1", as it is
        QueueMax  runs it; it failed: later, by the retry table; an answer: into
                  queuemax.0 with it
        filer     files; or another program is wanted: step "program 2" ...

    Nothing was done for these recipients before, so filing goes on from the beginning,
    with what is known of programs. A program that a rule merely runs goes to the queue
    beside the mail, as "run …", and never comes back.

    The origin stays, so nothing is filed twice. The step is part of the queue's keys,
    hence a replay of the same round is known there, and a new one is a new entry. The
    step that the message had before stands behind, and is given back with the answers:
    what is sent on then has the key that it would have had at once.

Rules:
    Nobody hears of a program that was merely run: its mail is delivered already.
"""

import hashlib
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from mailmax.base.envelope import Envelope, Origin, Recipient

MOST_ROUNDS: Final = 100
"""Programs that are asked about one message for one recipient, one after another."""

Said = Literal["true", "false", "failed", "given_up"]
"""``failed``: once; ``given_up``: as often as mail is tried."""

_WAITS: Final = "program "
_RUNS: Final = "run "
_FACTS: Final = "program."
_COMMAND: Final = "program.command"
_CAN_WAIT: Final = "program.can_wait"
_ANSWER: Final = "program.answer."
_SAID: Final[Mapping[str, Said]] = {
    "true": "true",
    "false": "false",
    "failed": "failed",
    "given_up": "given_up",
}
_NEVER: Final = "NEVER"
_DIGITS: Final = 3


class Question(NamedTuple):
    """A program that is to be asked."""

    command: str
    can_wait: bool
    """Should it fail, it is asked again later."""


def round_of(step: str) -> int:
    """Return the how many-th program is asked; 0 for any other step."""
    digits = step.removeprefix(_WAITS).partition(" ")[0]
    if not step.startswith(_WAITS) or not 0 < len(digits) <= _DIGITS:
        return 0
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def is_run(step: str) -> bool:
    """Tell whether a program is merely to be run."""
    return step.startswith(_RUNS)


def concerns_program(step: str) -> bool:
    """Tell whether QueueMax has to run a program for it."""
    return is_run(step) or round_of(step) > 0


def waiting(
    envelope: Envelope, origin: Origin, recipients: tuple[Recipient, ...], of: Question
) -> Envelope:
    """Return the envelope that asks a program.

    Args:
        envelope: Of the message, as the filer got it.
        origin: Of the message.
        recipients: Those whose rules want to know, with their users.
        of: What is asked.
    """
    facts = {**envelope.facts, _COMMAND: of.command}
    facts.pop(_CAN_WAIT, None)
    if of.can_wait:
        facts[_CAN_WAIT] = "yes"
    number = round_of(envelope.step) + 1
    step = f"{_WAITS}{number} {_step_before(envelope.step)}".rstrip()
    return msgspec.structs.replace(
        envelope, recipients=recipients, origin=origin, step=step, facts=facts
    )


def running(
    envelope: Envelope, origin: Origin, recipients: tuple[Recipient, ...], command: str
) -> Envelope:
    """Return the envelope by which a program is merely run, once for all recipients.

    Args:
        envelope: Of the message.
        origin: Of the message.
        recipients: Those whose rules run it, with their users.
        command: Its line.
    """
    silent = tuple(
        Recipient(one.address, one.user_id, notify=_NEVER) for one in recipients
    )
    return msgspec.structs.replace(
        envelope,
        reverse_path="",
        recipients=silent,
        origin=origin,
        step=f"{_RUNS}{_name_of(command)}",
        facts={_COMMAND: command, _CAN_WAIT: "yes"},
        wishes=None,
    )


def question_of(envelope: Envelope) -> Question:
    """Return what is asked."""
    facts = envelope.facts
    return Question(facts.get(_COMMAND, ""), _CAN_WAIT in facts)


def answered(envelope: Envelope, said: Said) -> Envelope:
    """Return the envelope with the answer to what it asks."""
    key = _ANSWER + _name_of(question_of(envelope).command)
    return msgspec.structs.replace(envelope, facts={**envelope.facts, key: said})


def answer_to(envelope: Envelope, command: str) -> Said | None:
    """Return what a program has said of a message; None: it was not asked yet."""
    return _SAID.get(envelope.facts.get(_ANSWER + _name_of(command), ""))


def is_first(envelope: Envelope) -> bool:
    """Tell whether no program was asked about the message yet."""
    return not round_of(envelope.step)


def without_program(envelope: Envelope) -> Envelope:
    """Return the envelope as it was before any program was asked."""
    if is_first(envelope):
        return envelope
    facts = {
        name: value
        for name, value in envelope.facts.items()
        if not name.startswith(_FACTS)
    }
    step = _step_before(envelope.step)
    return msgspec.structs.replace(envelope, step=step, facts=facts)


def _step_before(step: str) -> str:
    """Return the step without what says of programs."""
    if not round_of(step):
        return step
    return step.removeprefix(_WAITS).partition(" ")[2]


def _name_of(command: str) -> str:
    octets = command.encode("utf-8", "surrogatepass")
    return hashlib.sha256(octets).hexdigest()[:32]
