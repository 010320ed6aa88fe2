"""Programs that rules want: who waits for one, and what is merely run.

Theory:
    A recipient whose rules, or the rules of any user that its forwards lead to, want
    to know what a program says goes to the queue as it is (`base.asking`); the others
    are filed at once. What is merely run goes to the queue as well, beside the mail.

Rules:
    All that ask the same program in the same round wait in one entry: it is run once
    for them.
    Beyond `asking.MOST_ROUNDS` what is still asked counts as given up.

Manual: 8.1.8, 8.2.6; DECISIONS 24, 28.
"""

from collections.abc import Callable, Iterator, Sequence

from mailmax.base import asking
from mailmax.base.asking import Question
from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.filer.expansion import Spread
from mailmax.filer.ruling import Ruling
from mailmax.hub.contract.rows import UserRow
from mailmax.policy.rules.outcome import Outcome

Local = Sequence[tuple[Recipient, UserRow]]
Waiting = dict[Question, list[Recipient]]


def part_waiting(
    local: Local, ruling: Ruling, spread: Callable[[Local], Spread]
) -> tuple[Local, Waiting]:
    """Part recipients that can be filed for from those that wait for a program.

    Args:
        local: Recipients here and their users.
        ruling: What rules say of the message.
        spread: Follows the forwards of some of them.
    """
    ready: list[tuple[Recipient, UserRow]] = []
    waiting: Waiting = {}
    for one in local:
        wanted = (ruling.wanted(user) for user in spread([one]).reached)
        question = next(filter(None, wanted), None)
        if question is None:
            ready.append(one)
        else:
            waiting.setdefault(question, []).append(one[0])
    return ready, waiting


def questions(
    envelope: Envelope, origin: Origin, waiting: Waiting
) -> Iterator[Envelope]:
    """Yield the envelopes by which programs are asked.

    Args:
        envelope: Of the message, as the filer got it.
        origin: Of the message.
        waiting: What is asked, and for whom.
    """
    for question, recipients in waiting.items():
        yield asking.waiting(envelope, origin, tuple(recipients), question)


def runs(
    envelope: Envelope, origin: Origin, ruled: Sequence[tuple[UserRow, Outcome]]
) -> Iterator[Envelope]:
    """Yield the envelopes by which programs are merely run.

    Args:
        envelope: Of the message.
        origin: Of the message.
        ruled: Users for whom rules fired, and what these ask for.
    """
    by_command: dict[str, list[Recipient]] = {}
    for user, outcome in ruled:
        for program in outcome.programs:
            whose = by_command.setdefault(program.command, [])
            whose.append(Recipient(user.address, user.user_id))
    for command, recipients in by_command.items():
        yield asking.running(envelope, origin, tuple(recipients), command)
