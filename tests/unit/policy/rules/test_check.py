"""What is wrong with a rule, where, and what to do about it (RUL-4)."""

import msgspec
import pytest

from mailmax.policy.rules import action as do
from mailmax.policy.rules import check as checking
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.check import check
from mailmax.policy.rules.rule import Rule

WHOLE = Rule("Spam", (when.AnyMessage(),), (do.Discard(),))


def faults(*conditions: when.Condition) -> list[str]:
    rule = msgspec.structs.replace(WHOLE, conditions=conditions)
    return [fault.field for fault in check(rule)]


def faults_of(*actions: do.Action) -> list[str]:
    rule = msgspec.structs.replace(WHOLE, actions=actions)
    return [fault.field for fault in check(rule)]


@pytest.mark.manual("8")
def test_a_rule_needs_a_name_a_condition_and_an_action():
    assert check(WHOLE) == []
    assert [one.field for one in check(Rule())] == ["name", "conditions", "actions"]
    assert [
        one.field for one in check(Rule(" \t", WHOLE.conditions, WHOLE.actions))
    ] == ["name"]


def test_a_fault_says_what_and_what_to_do():
    rule = msgspec.structs.replace(WHOLE, conditions=(when.Header("Subject:"),))

    (fault,) = check(rule)

    assert str(fault) == (
        "conditions.0.name: a header's name has no colon; leave the colon out: it ends "
        "the name in mail"
    )


def test_a_name_is_one_line():
    rule = msgspec.structs.replace(WHOLE, name="a\nb")

    assert [fault.field for fault in check(rule)] == ["name"]


@pytest.mark.parametrize(
    "condition",
    [
        when.Size("equal", 0),
        when.Size("between", 5, 5),
        when.Size("less", 5, -1),
        when.Date("on", "2024-02-29"),
        when.Date("between", "2024-01-01", "2024-01-01"),
        when.DayOfWeek("on", 1),
        when.DayOfWeek("between", 7, 1),
        when.Time("on", "00:00"),
        when.Time("between", "23:59", "00:00"),
        when.Header("Subject"),
        when.Header("X-!#$%&'*+-.^_`{|}~", "a|b"),
        when.Body("|"),
        when.WholeMail("(a|b)*["),
        when.AttachmentName("*a*a*a*.exe"),
        when.FileType(".tar.gz"),
        when.AnyMessage(),
        when.ExternalTest("/usr/bin/scan --quiet %F"),
        when.ExternalTest("/usr/bin/scan %M"),
    ],
)
def test_what_is_finished_has_no_faults(condition):
    assert faults(condition) == []


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        (when.Size(), "octets"),
        (when.Size("equal", -1), "octets"),
        (when.Size("equal", 1 << 60), "octets"),
        (when.Size("between", 1), "upper_octets"),
        (when.Size("between", 2, 1), "upper_octets"),
        (when.Date(), "date"),
        (when.Date("on", "2023-02-29"), "date"),
        (when.Date("on", "29.2.2024"), "date"),
        (when.Date("on", "20240229"), "date"),
        (when.Date("on", "2024-02-29T00:00"), "date"),
        (when.Date("on", "٢٠٢٤-02-29"), "date"),
        (when.Date("between", "2024-02-29"), "last_date"),
        (when.Date("between", "2024-02-29", "2024-02-28"), "last_date"),
        (when.DayOfWeek(), "day"),
        (when.DayOfWeek("on", 0), "day"),
        (when.DayOfWeek("on", 8), "day"),
        (when.DayOfWeek("between", 1, 8), "last_day"),
        (when.DayOfWeek("between", 1), "last_day"),
        (when.Time(), "time"),
        (when.Time("on", "24:00"), "time"),
        (when.Time("on", "7:00"), "time"),
        (when.Time("on", "07:60"), "time"),
        (when.Time("on", "07:00:00"), "time"),
        (when.Time("on", "07:00\n"), "time"),
        (when.Time("between", "07:00"), "last_time"),
        (when.Header(), "name"),
        (when.Header(" ", "text"), "name"),
        (when.Header("Subject:"), "name"),
        (when.Header("A\r\nB"), "name"),
        (when.Header("A B"), "name"),
        (when.Header("Größe"), "name"),
        (when.Header("A" * 999), "name"),
        (when.Header("A", " "), "text"),
        (when.Header("A", "b" * 1001), "text"),
        (when.Body(), "text"),
        (when.Body(" \r\n"), "text"),
        (when.Body("b" * 1001), "text"),
        (when.WholeMail(), "text"),
        (when.AttachmentName(), "text"),
        (when.FileType(), "extension"),
        (when.FileType(" . "), "extension"),
        (when.FileType("a/b"), "extension"),
        (when.FileType("a\0"), "extension"),
        (when.ExternalTest(), "command"),
        (when.ExternalTest("/usr/bin/scan"), "command"),
        (when.ExternalTest("/usr/bin/scan %f"), "command"),
        (when.ExternalTest("/usr/bin/scan %F %M"), "command"),
        (when.ExternalTest("/usr/bin/scan %M\n"), "command"),
        (when.ExternalTest("/" + "a" * 5000 + " %M"), "command"),
        (when.ExternalTest("scan %M"), "command"),
        (when.ExternalTest("/usr/bin/scan %M | mail"), "command"),
    ],
)
def test_a_condition_that_is_not_whole(condition, field):
    assert faults(when.AnyMessage(), condition) == [f"conditions.1.{field}"]


@pytest.mark.parametrize(
    "action",
    [
        do.Store(), do.Store(" "), do.Store("inbox"), do.Store("Spam/2024/Größe"),
        do.Forward(("a@b.test", "c@d.test")), do.Discard(), do.DiscardAttachment(),
        do.RespondText(text="Hello\nworld"), do.TerminateOtherRules(),
        do.RespondText("Tim", "tim@b.test", "Hi", "x" * checking.REPLY_OCTETS),
        do.RespondFile(path="/srv/answers/away.txt"), do.RespondFile(path="away.txt"),
        do.NoteToSelf(text="gone"), do.RunProgram("/usr/bin/log %M"),
    ],
)  # fmt: skip
def test_an_action_that_is_whole(action):
    assert faults_of(action) == []


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        (do.Store("a//b"), ["mailbox"]),
        (do.Store("/a"), ["mailbox"]),
        (do.Store("a*"), ["mailbox"]),
        (do.Store("a\r\nb"), ["mailbox"]),
        (do.Store("a" * 256), ["mailbox"]),
        (do.Store("/".join("a" * 21)), ["mailbox"]),
        (do.Forward(), ["addresses"]),
        (do.Forward(("nobody",)), ["addresses"]),
        (do.Forward(("a@b.test", "A@B.test")), ["addresses"]),
        (do.Forward(("a@b.test\n",)), ["addresses"]),
        (do.RespondText("", " a@b.test", "", "x"), ["reply_address"]),
        (do.Forward(tuple(f"a{n}@b.test" for n in range(101))), ["addresses"]),
        (do.RespondText(), ["text"]),
        (do.RespondText(text=" \n"), ["text"]),
        (do.RespondText(text="x" * (checking.REPLY_OCTETS + 1)), ["text"]),
        (do.RespondText(text="a\0b"), ["text"]),
        (do.RespondText("a\nb", "nobody", "c\r\nBcc: d", "e"),
         ["name", "reply_address", "subject"]),
        (do.RespondFile(), ["path"]),
        (do.RespondFile(path="../secret"), ["path"]),
        (do.RespondFile("a\nb", "nobody", "c\nd", "e\0f"),
         ["name", "reply_address", "subject", "path"]),
        (do.NoteToSelf(), ["text"]),
        (do.NoteToSelf(subject="a\nb", text="c"), ["subject"]),
        (do.RunProgram(), ["command"]),
        (do.RunProgram("/usr/bin/log"), ["command"]),
    ],
)  # fmt: skip
def test_an_action_that_is_not_whole(action, fields):
    assert faults_of(do.Discard(), action) == [f"actions.1.{field}" for field in fields]


def test_there_are_not_more_conditions_and_actions_than_anybody_needs():
    rule = Rule("a", 51 * (when.Body(),), 51 * (do.Forward(),))

    fields = [fault.field for fault in check(rule)]

    assert fields[:2] == ["conditions", "actions"]
    assert len(fields) == 2 + 50 + 50


def test_rules_are_the_same_after_json_and_messagepack():
    rule = Rule(
        "a",
        (when.Header("Subject", "x"), when.Size("between", 1, 2), when.AnyMessage()),
        (do.Forward(("a@b.test",)), do.Discard()),
        enabled=False,
        rule_id=7,
    )

    assert msgspec.json.decode(msgspec.json.encode(rule), type=Rule) == rule
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(rule), type=Rule) == rule
    assert b'"kind":"any_message"' in msgspec.json.encode(rule)
