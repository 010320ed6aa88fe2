"""Lists of rules applied to a message: order, ends, programs, steps."""

import copy
import time
from datetime import UTC

import pytest

from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.compiled import RuleList
from mailmax.policy.rules.evaluate import GIVEN_UP, evaluate
from mailmax.policy.rules.mail import LIST_STEPS, MESSAGE_STEPS, Mail
from mailmax.policy.rules.outcome import ProgramWanted, Verdict
from mailmax.policy.rules.rule import Rule
from rule_mail import PLAIN, mail, named

ANY = (when.AnyMessage(),)
NEVER = (when.Body("no such text"),)
SCAN = "/usr/bin/scan %M"
END = (do.TerminateOtherRules(),)
DISCARD = (do.Discard(),)


def rule(name: str, conditions=ANY, actions=DISCARD, **more) -> Rule:
    return Rule(name, conditions, actions, **more)


def verdict(rules: list[Rule], message: Mail | None = None, answers=None) -> Verdict:
    found = evaluate(RuleList(rules), message or mail(), answers or {})
    assert isinstance(found, Verdict)
    return found


def names(found: Verdict) -> list[str]:
    return [one.name for one in found.fired]


def test_rules_fire_in_their_order():
    found = verdict([rule("b"), rule("no", NEVER), rule("a")])

    assert names(found) == ["b", "a"]
    assert found == Verdict(found.fired)


@pytest.mark.manual("8")
def test_all_conditions_must_hold():
    won, lost = when.Header("Subject", "won"), when.Header("Subject", "lost")

    found = verdict(
        [rule("a", (won, lost)), rule("b", (won, *ANY)), rule("c", (lost,))]
    )

    assert names(found) == ["b"]


def test_nothing_is_decoded_for_a_rule_that_fails_anyhow():
    message = mail()

    verdict([rule("a", (when.WholeMail("x"), when.Body("x"), when.Size()))], message)

    assert message.text._body is None
    assert message.text._header is None


def test_what_is_off_or_unfinished_does_not_fire():
    rules = [
        rule("off", enabled=False),
        rule("no condition", ()),
        rule("unfinished", (when.AnyMessage(), when.Size())),
    ]

    assert names(verdict(rules)) == []


@pytest.mark.manual("4.7")
def test_a_rule_ends_those_behind_it():
    ends = rule("a", ANY, (*END, do.Store("x")))

    found = verdict([rule("no", NEVER, END), rule("first"), ends, rule("last")])

    assert names(found) == ["first", "a"]
    assert found.terminates


def test_a_program_is_asked_for_when_all_else_holds():
    test = when.ExternalTest(SCAN)
    rules = [rule("no", (test, *NEVER)), rule("a", (test, *ANY)), rule("b", (test,))]
    message = mail()

    asked = evaluate(RuleList(rules), message, {})
    found = verdict(rules, message, {SCAN: True})

    assert asked == ProgramWanted(SCAN, rules[1])
    assert names(found) == ["a", "b"]


def test_a_program_that_removed_nothing():
    rules = [rule("a", (when.ExternalTest(SCAN),)), rule("b")]

    assert names(verdict(rules, answers={SCAN: False})) == ["b"]


@pytest.mark.parametrize("answer", [None, GIVEN_UP])
def test_a_program_that_failed_counts_as_its_rule_says(answer):
    """DECISIONS 28."""
    rules = [
        rule("a", (when.ExternalTest(SCAN, "true"),)),
        rule("b", (when.ExternalTest(SCAN, "false"),)),
        rule("c"),
    ]
    asked = evaluate(RuleList(rules), mail(), {})

    assert asked == ProgramWanted(SCAN, rules[0], can_wait=False)
    assert names(verdict(rules, answers={SCAN: answer})) == ["a", "c"]


def test_where_nothing_is_said_it_is_asked_again_and_then_the_list_ends():
    """What the rules behind it would have done, nobody knows."""
    rules = [rule("a"), rule("b", (when.ExternalTest(SCAN),)), rule("c")]

    again = evaluate(RuleList(rules), mail(), {SCAN: None})
    found = verdict(rules, answers={SCAN: GIVEN_UP})

    assert again == ProgramWanted(SCAN, rules[1])
    assert found == Verdict((rules[0],), given_up=rules[1])


def test_programs_are_asked_one_by_one():
    other = "/usr/bin/other %F"
    rules = [rule("a", (when.ExternalTest(SCAN), when.ExternalTest(other)))]
    compiled = RuleList(rules)

    assert evaluate(compiled, mail(), {}) == ProgramWanted(SCAN, rules[0])
    assert evaluate(compiled, mail(), {SCAN: True}) == ProgramWanted(other, rules[0])
    assert evaluate(compiled, mail(), {SCAN: False}) == Verdict()


def test_a_program_behind_the_end_is_not_asked_for():
    rules = [rule("a", ANY, END), rule("b", (when.ExternalTest(SCAN),))]

    assert verdict(rules).terminates


def test_too_many_steps_end_a_list():
    rules = [rule("first"), *(LIST_STEPS * [rule("no", NEVER)]), rule("last")]

    found = verdict(rules)

    assert names(found) == ["first"]
    assert found.exceeded == rule("no", NEVER)
    assert not found.terminates


def test_ten_thousand_rules_fit():
    rules = [rule("no", (when.Header("Subject", str(n)),)) for n in range(LIST_STEPS)]

    assert verdict(rules).exceeded is None


def test_lists_have_steps_of_their_own_and_all_lists_have_some():
    message = mail()
    full = RuleList(LIST_STEPS * [rule("no", NEVER)])
    lists = [copy.copy(full) for _ in range(MESSAGE_STEPS // LIST_STEPS)]

    found = [evaluate(one, message, {}) for one in lists]
    last = verdict([rule("a")], message)

    assert found == [Verdict()] * len(lists)
    assert last.exceeded == rule("a")


def test_a_list_that_is_asked_again_costs_once():
    rules = RuleList([*((LIST_STEPS - 2) * [rule("no", NEVER)]), rule("a")])
    message = mail()

    for _ in range(9):
        found = evaluate(rules, message, {})

    assert found == Verdict((rule("a"),))
    assert verdict([rule("b")], message) == Verdict((rule("b"),))


def test_a_list_that_is_asked_again_has_the_steps_it_had():
    message = mail()
    full = RuleList(LIST_STEPS * [rule("no", NEVER)])
    lists = [copy.copy(full) for _ in range(MESSAGE_STEPS // LIST_STEPS)]

    for one in [*lists, *lists]:
        assert evaluate(one, message, {}) == Verdict()


@pytest.mark.parametrize(
    ("octets", "make"),
    [
        (b"\r\n" + b"ax" * 520_000, lambda n: when.Body("a", whole_word=n > 0)),
        (b"\r\n" + b"a" * 20_000, lambda n: when.Body("b" * 60 + str(n))),
        (
            b"X: " + b"a" * 20_000 + b"\r\n\r\n",
            lambda n: when.Header("X", "b" * 60 + str(n)),
        ),
        (b"X: a\r\n" * 4_000 + b"\r\n", lambda n: when.Header("X", str(n))),
        (b"\r\n" + b"a" * 1_000_000, lambda n: when.Body(f"b{n}")),
        (
            named(*("a" * 900 for _ in range(100))),
            lambda n: when.AttachmentName(f"*b{n}"),
        ),
    ],
    ids=["words", "short text", "long field", "many fields", "long text", "names"],
)
def test_what_takes_long_costs_more_steps(octets, make):
    """A tenth of the rules that there may be; ordinary mail has steps for all."""
    rules = [rule("a", (make(n),)) for n in range(1_000)]

    assert verdict(rules, mail(octets)).exceeded is not None
    assert verdict(rules).exceeded is None


_LINE = b"a" * 900 + b"\r\n"
_NEEDLES = ["a" * 50 + "b" + "a" * 40, "ab", "b", "a" * 900 + "b", "*a" * 500, "a"]
_PARTS = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 500_000
_HOSTILE = {
    "short": b"Subject: " + b"a" * 2_400 + b"\r\n\r\n" + _LINE * 27,
    "long": b"Subject: " + b"a" * 90_000 + b"\r\n\r\n" + _LINE * 1_200,
    "many fields": b"Subject: s\r\n" * 5_000 + b"\r\n" + b"a x" * 400_000,
    "html": b"Content-Type: text/html\r\n\r\n" + b"<a>x&amp;" * 120_000,
    "accents": b"Subject: s\r\n\r\n" + "ä\u0323\u0301".encode() * 180_000,
    "names": named(*("a" * 900 for _ in range(900))),
    "deep": b"Content-Type: message/rfc822\r\n\r\n" * 100_000,
    "parts": _PARTS,
}


@pytest.fixture(scope="module")
def hostile_lists() -> list[RuleList]:
    """Make more lists than a message has steps for."""
    rules = [
        rule("no", (condition,))
        for number in range(555)
        for needle in _NEEDLES
        for condition in (
            when.Header("Subject", needle + str(number), whole_word=number % 2 == 0),
            when.WholeMail(needle[number % 7 :] + "!", whole_word=number % 3 == 0),
            when.AttachmentName(needle + "*c", whole_word=number % 5 == 0),
        )
    ]
    ready = RuleList(rules)
    return [copy.copy(ready) for _ in range(6)]


@pytest.mark.parametrize("name", _HOSTILE)
def test_hostile_rules_on_hostile_mail_end(hostile_lists, name):
    """TRUST J8: 10,000 rules; four times the two seconds, in this thread's time."""
    octets = _HOSTILE[name]
    begin = time.thread_time()

    message = Mail(octets, len(octets), 0, UTC)
    found = [evaluate(rules, message, {}) for rules in hostile_lists]

    assert time.thread_time() - begin < 8
    assert all(isinstance(one, Verdict) and one.fired == () for one in found)


def test_a_hundred_megabytes_are_looked_at_as_far_as_said():
    octets = PLAIN + b"word " * 20_000_000 + b"lost"
    begin = time.thread_time()

    found = verdict(
        [rule("a", (when.Body("lost"),)), rule("b", (when.Body("lottery"),))],
        Mail(octets, len(octets), 0, UTC),
    )

    assert names(found) == ["b"]
    assert time.thread_time() - begin < 4
