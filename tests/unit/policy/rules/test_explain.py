"""Rules that are tried: which conditions held, and what was found (RUL-5)."""

import pytest

from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.explain import explain
from mailmax.policy.rules.mail import LIST_STEPS
from mailmax.policy.rules.outcome import ConditionFinding, RuleFinding
from mailmax.policy.rules.rule import Rule
from rule_mail import PLAIN, mail, named

ANY = (when.AnyMessage(),)
SCAN = "/usr/bin/scan %M"


def findings(*conditions: when.Condition, octets: bytes = PLAIN, answers=None):
    verdict = explain([Rule("a", conditions)], mail(octets), answers or {})
    return verdict.findings[0].conditions


def test_every_condition_says_what_it_found():
    found = findings(
        when.Size("less", 10), when.Date("on", "2024-02-29"), when.DayOfWeek("on", 6),
        when.Time("on", "13:30"), when.Header("subject", "won"), when.Header("X"),
        when.AttachmentName("a"), when.FileType("b"), when.Body("lottery"),
        when.WholeMail("nothing"), when.AnyMessage(), when.Size(),
    )  # fmt: skip

    came = "it came on Thursday, 2024-02-29, at 13:30"
    size = f"the message has {len(PLAIN)} octets"
    assert found == (
        ConditionFinding(False, size),
        ConditionFinding(True, came),
        ConditionFinding(False, came),
        ConditionFinding(True, came),
        ConditionFinding(True, "You won"),
        ConditionFinding(False, "there is no such header"),
        ConditionFinding(False, "there is no attachment"),
        ConditionFinding(False, "there is no attachment"),
        ConditionFinding(True),
        ConditionFinding(False),
        ConditionFinding(True),
        ConditionFinding(False, size),
    )


def test_files_and_headers_are_listed():
    octets = b"Received: a\r\n" * 5 + named("a.exe", "b.txt")

    files, headers = findings(
        when.FileType("exe"), when.Header("Received"), octets=octets
    )

    assert files.why == "a.exe; b.txt"
    assert headers.why == "a; a; a; and 2 more"


def test_a_text_that_is_too_long_says_so():
    (found,) = findings(when.Body("end"), octets=PLAIN + b"word " * 300_000 + b"end")

    assert found == ConditionFinding(
        False, "only the beginning of the text was searched"
    )


def test_programs_are_not_run():
    test = when.ExternalTest(SCAN)
    size = mail().size_octets
    would = f"it would get the whole message of {size:,} octets"

    assert findings(test) == (
        ConditionFinding(None, f"the program was not run; {would}"),
    )
    for answer, words in [
        (True, "the program removed a file"),
        (False, "it removed no file"),
        (None, "the program failed"),
    ]:
        found = findings(test, answers={SCAN: answer})
        assert found == (ConditionFinding(answer, words),)


def test_it_is_said_which_files_a_program_would_get():
    none = findings(when.ExternalTest("/bin/scan %F"))
    some = findings(when.ExternalTest("/bin/scan %F"), octets=named("a.pdf"))

    assert "an empty directory" in none[0].why
    assert some[0].why.endswith("it would get a.pdf")


@pytest.mark.parametrize(("failing", "holds"), [("true", True), ("false", False)])
def test_a_program_that_failed_counts_as_its_rule_says(failing, holds):
    words = f"the program failed, which counts as {failing}"

    found = findings(when.ExternalTest(SCAN, failing), answers={SCAN: None})

    assert found == (ConditionFinding(holds, words),)


def test_a_rule_whose_program_was_not_run_does_not_fire():
    rules = [Rule("a", (when.ExternalTest(SCAN),)), Rule("b", ANY)]

    verdict = explain(rules, mail(), {})

    assert [one.fires for one in verdict.findings] == [False, True]
    assert verdict.fired == (rules[1],)


def test_every_rule_is_told_of():
    rules = [
        Rule("off", ANY, enabled=False, rule_id=1),
        Rule("no", (when.Body("nothing"),), rule_id=2),
        Rule("end", ANY, (do.TerminateOtherRules(),), rule_id=3),
        Rule("late", ANY, rule_id=4),
        Rule("empty", rule_id=5),
    ]
    holds = (ConditionFinding(True),)

    verdict = explain(rules, mail(), {})

    assert verdict.findings == (
        RuleFinding(1, "off", False, "it is switched off", holds),
        RuleFinding(2, "no", False, "", (ConditionFinding(False),)),
        RuleFinding(3, "end", True, "", holds),
        RuleFinding(4, "late", False, "the rule end ends all others", holds),
        RuleFinding(5, "empty", False, "the rule end ends all others", ()),
    )
    assert verdict.fired == (rules[2],)
    assert verdict.terminates


def test_steps_end_here_too():
    rules = [Rule(f"r{n}", ANY, rule_id=n) for n in range(LIST_STEPS + 2)]

    verdict = explain(rules, mail(), {})

    assert verdict.exceeded == rules[LIST_STEPS]
    assert verdict.findings[LIST_STEPS - 1].fires
    assert [one.why for one in verdict.findings[LIST_STEPS:]] == 2 * [
        "the rules before it took too many steps"
    ]
