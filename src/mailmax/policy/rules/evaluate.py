"""What a list of rules says about a message.

Theory:
    The rules are asked in order; the first that fires and terminates is the last that
    is asked. An external test needs a program to be run, which is not done here: the
    answer is then a `ProgramWanted`. The caller has it run and asks again with what
    came of it, until there is a verdict; what was found before is known to the `Mail`.

    =============  ==================================================================
    ``True``       the program removed a file
    ``False``      it ended and removed none
    ``None``       it failed: the condition says what that counts as, or that it is
                   to be asked again
    ``GIVEN_UP``   it was tried as often as mail is: the condition says what that
                   counts as, or the list ends there and the mail goes to INBOX
    =============  ==================================================================

Rules:
    A program is asked for only when all else that its rule asks holds. One command is
    run once for a message, however many rules name it.

Limits:
    `mail.LIST_STEPS`: beyond it no further rule counts, and the verdict says where.

Manual: 4.7, 8; DECISIONS 24, 28.
"""

from collections.abc import Mapping
from typing import Final, Literal

from mailmax.policy.rules import condition as when
from mailmax.policy.rules.compiled import CompiledRule, RuleList
from mailmax.policy.rules.mail import Mail, TooManySteps
from mailmax.policy.rules.outcome import ProgramWanted, Verdict
from mailmax.policy.rules.rule import Rule

GIVEN_UP: Final = "given_up"
Answer = bool | Literal["given_up"] | None
Answers = Mapping[str, Answer]
"""What came of programs, by their commands."""


class _GivenUp(Exception):
    """A program has failed for good, and its rule does not say what that means."""


def evaluate(rules: RuleList, mail: Mail, answers: Answers) -> Verdict | ProgramWanted:
    """Apply a list of rules to a message.

    Args:
        rules: Of one scope.
        mail: The same for every list and every time it is asked.
        answers: What is known of programs; nothing at first.

    Returns:
        The verdict, or which program has to be run before.
    """
    fired: list[Rule] = []
    mail.begin(rules)
    try:
        for one in rules.rules:
            holds = _holds(one, mail, answers)
            if isinstance(holds, ProgramWanted):
                return holds
            if holds:
                fired.append(one.rule)
                if one.terminates:
                    return Verdict(tuple(fired), terminates=True)
    except TooManySteps:
        return Verdict(tuple(fired), exceeded=one.rule)
    except _GivenUp:
        return Verdict(tuple(fired), given_up=one.rule)
    finally:
        mail.end(rules)
    return Verdict(tuple(fired))


def _holds(one: CompiledRule, mail: Mail, answers: Answers) -> bool | ProgramWanted:
    for test in one.tests:
        mail.spend()
        if not test(mail):
            return False
    for asked in one.programs:
        holds = _answered(asked, answers)
        if holds is None:
            can_wait = asked.failing == "try_again"
            return ProgramWanted(asked.command, one.rule, can_wait)
        if not holds:
            return False
    return True


def _answered(asked: when.ExternalTest, answers: Answers) -> bool | None:
    """Return what a program said, or counts as; None: it has to be asked."""
    if asked.command not in answers:
        return None
    answer = answers[asked.command]
    if isinstance(answer, bool):
        return answer
    if asked.failing != "try_again":
        return asked.failing == "true"
    if answer is None:
        return None
    raise _GivenUp
