"""What the verdicts of three levels come to for one recipient (RUL-3)."""

import pytest

from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.policy.rules import outcome
from mailmax.policy.rules.outcome import Note, Outcome, Program, Reply, Verdict, decide
from mailmax.policy.rules.rule import Rule


def rule(*actions: do.Action, rule_id: int = 1) -> Rule:
    return Rule("a", (when.AnyMessage(),), actions, rule_id=rule_id)


def of(*actions: do.Action) -> Outcome:
    return decide([Verdict((rule(*actions),))])


def test_without_rules_mail_is_stored_in_inbox():
    assert decide([]) == decide([Verdict(), Verdict(), Verdict()]) == Outcome()
    assert Outcome().mailboxes == ("INBOX",)


@pytest.mark.manual("8.2.1")
@pytest.mark.parametrize(
    ("actions", "mailboxes"),
    [
        ([do.Store("Spam")], ("Spam",)),
        ([do.Store(""), do.Store("Spam")], ("INBOX", "Spam")),
        ([do.Store("a"), do.Store("a"), do.Store("A")], ("a", "A")),
        ([do.Store("inbox"), do.Store(" "), do.Store("INBOX")], ("INBOX",)),
        ([do.Store("Inbox/a"), do.Store(" b ")], ("INBOX/a", "b")),
        ([do.Discard()], ()),
        ([do.Discard(), do.Store("Spam")], ("Spam",)),
        ([do.Store("inbox"), do.Discard()], ("INBOX",)),
        ([do.Forward(("a@b.test",))], ("INBOX",)),
        ([do.NoteToSelf(text="x")], ("INBOX",)),
        ([do.TerminateOtherRules()], ("INBOX",)),
        ([do.Forward(("a@b.test",)), do.Discard()], ()),
    ],
)
def test_where_it_is_filed(actions, mailboxes):
    assert of(*actions).mailboxes == mailboxes


def test_all_actions_of_a_rule_are_done():
    text, file = do.RespondText(text="x"), do.RespondFile(path="/a")
    note = do.NoteToSelf(text="y")

    found = of(
        do.TerminateOtherRules(), do.Store("Spam"), do.Forward(("a@b.test",)),
        do.DiscardAttachment(), text, file, note, do.RunProgram("/bin/log %M"),
    )  # fmt: skip

    assert found == Outcome(
        mailboxes=("Spam",),
        forwards=("a@b.test",),
        discards_attachments=True,
        replies=(Reply(1, text), Reply(1, file)),
        notes=(Note(1, "a", note),),
        programs=(Program(1, "/bin/log %M"),),
        fired=(1,),
    )


def test_each_address_and_program_once():
    found = of(
        do.Forward(("a@b.test", "c@d.test")),
        do.Forward(("A@B.test", "e@f.test")),
        do.RunProgram("/bin/log %M"),
        do.RunProgram("/bin/log %M"),
    )

    assert found.forwards == ("a@b.test", "c@d.test", "e@f.test")
    assert len(found.programs) == 1


@pytest.mark.manual("7.5")
def test_three_levels_in_their_order():
    system = Verdict((rule(do.Store("a"), rule_id=3),))
    domain = Verdict((rule(do.Store("b"), rule_id=2), rule(do.Store("a"), rule_id=5)))
    user = Verdict((rule(do.Discard(), rule_id=4),))

    found = decide([system, domain, user])

    assert found.mailboxes == ("a", "b")
    assert found.fired == (3, 2, 5, 4)


def test_a_level_that_terminates_is_the_last():
    system = Verdict((rule(do.Store("a")),), terminates=True)
    user = Verdict((rule(do.Discard(), rule_id=4),), exceeded=rule())

    assert decide([Verdict(), system, user]) == decide([system]) == of(do.Store("a"))


def test_lists_that_were_given_up_are_told():
    given_up = rule(rule_id=9)

    found = decide([Verdict(exceeded=given_up), Verdict((rule(do.Store("a")),))])

    assert found.exceeded == (given_up,)
    assert found.mailboxes == ("a",)


def test_nothing_has_no_bounds():
    found = of(
        *(do.Store(f"a{n}") for n in range(outcome.MOST_MAILBOXES + 1)),
        *(do.Forward((f"a{n}@b.test",)) for n in range(outcome.MOST_FORWARDS + 2)),
        *(do.RespondText(text="x") for _ in range(outcome.MOST_LETTERS + 3)),
        *(do.NoteToSelf(text="x") for _ in range(outcome.MOST_LETTERS + 4)),
        *(do.RunProgram(f"/a {n} %F") for n in range(outcome.MOST_PROGRAMS + 5)),
    )

    assert found.left_out == 15
    assert len(found.mailboxes) == outcome.MOST_MAILBOXES
    assert len(found.forwards) == outcome.MOST_FORWARDS
    assert len(found.replies) == len(found.notes) == outcome.MOST_LETTERS
    assert len(found.programs) == outcome.MOST_PROGRAMS


def test_where_a_program_failed_for_good_a_copy_is_in_inbox_and_no_level_follows():
    """DECISIONS 28: never lost, whatever the rules before it discard."""
    ending = rule(rule_id=9)
    system = Verdict((rule(do.Store("Spam"), do.Discard()),), given_up=ending)

    found = decide([system, Verdict((rule(do.Store("Later")),))])

    assert found.mailboxes == ("INBOX", "Spam")
    assert found.given_up == ending
