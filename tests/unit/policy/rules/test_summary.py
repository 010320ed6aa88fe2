"""The sentence that a rule is read as (RUL-4)."""

import json
from pathlib import Path

import pytest

from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.rule import Rule
from mailmax.policy.rules.summary import Piece, pieces, size, summary

SIZES = json.loads(
    (Path(__file__).parents[4] / "web" / "tests" / "sizes.json").read_text()
)
"""As the pages write them: their tests read the same."""
CONDITIONS = {
    when.Size("equal", 1000): "is of exactly 1,000 bytes",
    when.Size("not_equal", 1): "is not of exactly 1 byte",
    when.Size("less", 1): "is smaller than 1 byte",
    when.Size("greater", 10_485_760): "is larger than 10 MB",
    when.Size("less_or_equal", 1): "is of at most 1 byte",
    when.Size("greater_or_equal", 1_500): "is of at least 1.5 kB (1,500 bytes)",
    when.Size("between", 1, 2_048): "is of 1 byte to 2 kB",
    when.Size(): "is larger than …",
    when.Date("on", "2024-02-29"): "comes on 2024-02-29",
    when.Date("between", "2024-02-29"): "comes between 2024-02-29 and …",
    when.DayOfWeek("not_on", 1): "comes not on Sunday",
    when.DayOfWeek("on_or_after", 7): "comes on or after Saturday",
    when.DayOfWeek("on", 9): "comes on 9",
    when.Time("on", "13:30"): "comes at 13:30",
    when.Time("before", "13:30"): "comes before 13:30",
    when.Time("after", "13:30"): "comes after 13:30",
    when.Time("on_or_before", "13:30"): "comes at or before 13:30",
    when.Header("From"): "has a From header",
    when.Header("From", does_not_contain=True): "has no From header",
    when.Header("From", "x"): "has “x” in its From header",
    when.Header("From", "x", does_not_contain=True): "has no “x” in its From header",
    when.Header("From", "x", whole_word=True): (
        "has the whole word “x” in its From header"
    ),
    when.Body("a\r\n  b"): "has “a b” in its body",
    when.WholeMail("x", whole_word=True): (
        "has the whole word “x” in its header or body"
    ),
    when.AttachmentName("*.exe"): "has an attachment whose name has “*.exe”",
    when.FileType(".exe"): "has an attachment of type exe",
    when.ExternalTest("/bin/scan %M"): "the program “/bin/scan %M” finds",
}
ACTIONS = {
    do.Store(): "store it in INBOX",
    do.Store("inbox"): "store it in INBOX",
    do.Store("Spam"): "store it in “Spam”",
    do.Forward(): "forward a copy to …",
    do.Forward(("a@b", "c@d", "e@f", "g@h", "i@j")): (
        "forward a copy to a@b, c@d, e@f and 2 more"
    ),
    do.Discard(): "discard it",
    do.DiscardAttachment(): "take its attachments out",
    do.RespondText(text="x" * 100): f"answer with “{'x' * 59}…”",
    do.RespondFile(path="/a"): "answer with the file “/a”",
    do.TerminateOtherRules(): "apply no further rules",
    do.NoteToSelf(text="gone"): "send me the note “gone”",
    do.RunProgram("/bin/log %F"): "run “/bin/log %F”",
}


@pytest.mark.manual("8")
@pytest.mark.parametrize(("condition", "words"), CONDITIONS.items())
def test_conditions(condition, words):
    rule = Rule("a", (condition,), (do.Discard(),))

    assert summary(rule) == f"When a message arrives that {words}: discard it."


def test_sizes_are_written_as_by_the_pages():
    assert {octets: size(int(octets)) for octets in SIZES} == SIZES


@pytest.mark.parametrize(("action", "words"), ACTIONS.items())
def test_actions(action, words):
    rule = Rule("a", (when.AnyMessage(),), (action,))

    assert summary(rule) == f"When a message arrives, whatever it is: {words}."


def test_pieces_say_what_they_stand_for():
    rule = Rule("a", (when.Body("x"), when.Body("y")), (do.Discard(), do.Store("z")))

    assert pieces(rule) == [
        Piece("When a message arrives that "),
        Piece("has “x” in its body", "conditions.0"),
        Piece(" and "),
        Piece("has “y” in its body", "conditions.1"),
        Piece(": "),
        Piece("discard it", "actions.0"),
        Piece(" and "),
        Piece("store it in “z”", "actions.1"),
        Piece("."),
    ]


def test_a_rule_of_nothing():
    assert summary(Rule()) == "When a message arrives that …: …."


def test_many_are_joined_as_people_do():
    rule = Rule("a", 3 * (when.AnyMessage(),), (do.Discard(),))

    assert (
        summary(rule)
        == "When a message arrives that is any, is any and is any: discard it."
    )


def test_no_text_leaves_its_line():
    rule = Rule("a", (when.Body("x\r\n\0\u202ey"),), (do.Store("\ud800"),))

    assert summary(rule).isprintable()
