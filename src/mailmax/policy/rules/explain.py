"""Which conditions of which rules hold for a message, and what was found (RUL-5).

Theory:
    Nothing is left out for speed: every condition of every rule is asked, also of
    those that are switched off or come after the end of all rules, while there are
    steps. The verdict is that of `evaluate`, as far as programs are answered.

Manual: 8.
"""

from collections.abc import Iterable, Sequence

from mailmax.message import encoded_words
from mailmax.message.header import unfold
from mailmax.policy.programs import is_for_message
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.compiled import RuleList, test_of
from mailmax.policy.rules.evaluate import Answers, evaluate
from mailmax.policy.rules.mail import Mail, TooManySteps
from mailmax.policy.rules.outcome import (
    ConditionFinding,
    ProgramWanted,
    RuleFinding,
    Verdict,
)
from mailmax.policy.rules.rule import Rule
from mailmax.policy.rules.summary import DAYS, short

_SHOWN = 3
_NOT_RUN = "the program was not run"


def explain(rules: Sequence[Rule], mail: Mail, answers: Answers) -> Verdict:
    """Apply a list of rules to a message, and say what came of each.

    Args:
        rules: Of one scope, in order; they may be unfinished.
        mail: The message.
        answers: What came of programs; one that is missing counts as failed.
    """
    known = {
        command: False if answer is None else answer
        for command, answer in answers.items()
    }
    verdict = _verdict(rules, mail, known)
    reached = verdict.fired[-1] if verdict.terminates else verdict.exceeded
    findings: list[RuleFinding] = []
    why = ""
    mail.begin(findings)
    for rule in rules:
        if rule is verdict.exceeded:
            why = "the rules before it took too many steps"
        findings.append(_finding(rule, mail, answers, why))
        if rule is reached and not why:
            why = f"the rule {short(rule.name)} ends all others"
    return Verdict(verdict.fired, verdict.terminates, verdict.exceeded, tuple(findings))


def _verdict(rules: Sequence[Rule], mail: Mail, answers: Answers) -> Verdict:
    known = dict(answers)
    compiled = RuleList(rules)
    verdict = evaluate(compiled, mail, known)
    while isinstance(verdict, ProgramWanted):
        known[verdict.command] = False
        verdict = evaluate(compiled, mail, known)
    return verdict


def _finding(rule: Rule, mail: Mail, answers: Answers, why: str) -> RuleFinding:
    found = tuple(_condition(one, mail, answers) for one in rule.conditions)
    if not why and not rule.enabled:
        why = "it is switched off"
    holds = bool(found) and all(one.holds for one in found)
    return RuleFinding(rule.rule_id, rule.name, holds and not why, why, found)


def _condition(
    condition: when.Condition, mail: Mail, answers: Answers
) -> ConditionFinding:
    if isinstance(condition, when.ExternalTest):
        return _program(condition, mail, answers)
    try:
        return ConditionFinding(test_of(condition)(mail), _seen(condition, mail))
    except TooManySteps:
        return ConditionFinding(None, "it took too many steps")


def _program(
    asked: when.ExternalTest, mail: Mail, answers: Answers
) -> ConditionFinding:
    if asked.command not in answers:
        would = f"it would get {_given(asked.command, mail)}"
        return ConditionFinding(None, f"{_NOT_RUN}; {would}")
    answer = answers[asked.command]
    if isinstance(answer, bool):
        words = "the program removed a file" if answer else "it removed no file"
        return ConditionFinding(answer, words)
    if asked.failing == "try_again":
        return ConditionFinding(None, "the program failed")
    words = f"the program failed, which counts as {asked.failing}"
    return ConditionFinding(asked.failing == "true", words)


def _given(command: str, mail: Mail) -> str:
    """Say what a program gets."""
    if is_for_message(command):
        return f"the whole message of {mail.size_octets:,} octets"
    names = (one.name or "a file without a name" for one in mail.text.files)
    return _listed(names, "an empty directory: there is no attachment")


def _seen(condition: when.Condition, mail: Mail) -> str:
    """Say what was looked at."""
    match condition:
        case when.Size():
            return f"the message has {mail.size_octets:,} octets"
        case when.Date() | when.DayOfWeek() | when.Time():
            clock = f"{mail.minute // 60:02}:{mail.minute % 60:02}"
            return f"it came on {DAYS[mail.day - 1]}, {mail.date}, at {clock}"
        case when.Header():
            return _listed(_values(mail, condition.name), "there is no such header")
        case when.AttachmentName() | when.FileType():
            names = (one.name or "a file without a name" for one in mail.text.files)
            return _listed(names, "there is no attachment")
        case when.Body() | when.WholeMail() if mail.text.is_cut:
            return "only the beginning of the text was searched"
        case _:
            return ""


def _values(mail: Mail, name: str) -> Iterable[str]:
    raw = mail.text.raw_values(name.strip().lower().encode("utf-8", "replace"))
    return (encoded_words.decode(unfold(one)) for one in raw)


def _listed(texts: Iterable[str], none: str) -> str:
    found = list(texts)
    more = len(found) - _SHOWN
    shown = "; ".join(short(text) for text in found[:_SHOWN]) or none
    return f"{shown}; and {more} more" if more > 0 else shown
