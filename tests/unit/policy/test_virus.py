"""What becomes of infected mail: before it is taken, and after."""

import itertools

import pytest

from mailmax.base.result import Accepted, Deferral, Reason, Refusal
from mailmax.base.virus import (
    CLEAN,
    Finding,
    facts_of,
    finding_of,
    without_finding,
)
from mailmax.policy.virus import (
    Actions,
    Reception,
    judge,
    judge_trouble,
    treat,
)

EVIL = Finding("infected", "Evil", (2,), (0,), is_outbound=True)
BLIND = Finding("unscanned", "it is too large")
EVERY = list(itertools.product([False, True], [False, True]))


@pytest.mark.parametrize(("ours", "others"), EVERY)
def test_clean_mail_is_always_taken(ours, others) -> None:
    for unscanned in ("copy", "pass", "refuse"):
        for strangers in ("by_actions", "refuse", "accept"):
            reception = Reception(is_ours=ours, is_for_others=others)
            assert (
                judge(CLEAN, reception, Actions(), unscanned, strangers) == Accepted()
            )


@pytest.mark.parametrize(("ours", "others"), EVERY)
def test_only_strangers_are_refused_and_only_for_all_recipients(ours, others) -> None:
    reception = Reception(is_ours=ours, is_for_others=others)

    decision = judge(EVIL, reception, Actions(), "copy", "by_actions")

    assert isinstance(decision, Refusal) == (not ours and not others)
    if isinstance(decision, Refusal):
        assert decision.reason is Reason.INFECTED
        assert "Evil" in decision.detail


@pytest.mark.parametrize(
    "actions",
    [
        Actions(alert_to="a@b.test"),
        Actions(quarantine_to="a@b.test", quarantine_in=True),
        Actions(notify_recipient=True),
        Actions(disinfect=True),
    ],
)
def test_actions_for_what_comes_in_want_it(actions) -> None:
    stranger = Reception(is_ours=False, is_for_others=False)

    assert judge(EVIL, stranger, actions, "copy", "by_actions") == Accepted()
    assert isinstance(judge(EVIL, stranger, actions, "copy", "refuse"), Refusal)


@pytest.mark.parametrize(
    "actions",
    [
        Actions(),
        Actions(notify_sender=True),
        Actions(quarantine_to="a@b.test", quarantine_out=True),
        Actions(quarantine_in=True),
    ],
)
def test_others_do_not(actions) -> None:
    stranger = Reception(is_ours=False, is_for_others=False)

    assert isinstance(judge(EVIL, stranger, actions, "copy", "by_actions"), Refusal)
    assert judge(EVIL, stranger, actions, "copy", "accept") == Accepted()


def test_what_cannot_be_looked_at() -> None:
    stranger = Reception(is_ours=False, is_for_others=False)
    for way in ("copy", "pass"):
        assert judge(BLIND, stranger, Actions(), way, "refuse") == Accepted()
    refusal = judge(BLIND, stranger, Actions(), "refuse", "accept")
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_SCANNABLE


def test_a_scanner_that_fails_finds_nothing() -> None:
    assert judge_trouble("gone", "defer") == Deferral(Reason.SCANNER_AWAY)
    found = judge_trouble("gone", "pass")
    assert isinstance(found, Finding)
    assert found.verdict == "failed"
    stranger = Reception(is_ours=False, is_for_others=False)
    assert judge(found, stranger, Actions(), "refuse", "refuse") == Accepted()


def test_facts_come_back_as_they_were() -> None:
    failed = Finding("failed", "gone")
    external = Finding("infected", "x", is_external=True)
    for finding in (CLEAN, EVIL, BLIND, failed, external):
        facts = {"other": "fact", **facts_of(finding)}
        assert finding_of(facts) == finding
        assert without_finding(facts) == {"other": "fact"}
    assert finding_of({}) is None
    assert finding_of({"virus": "perhaps"}) is None


def test_no_action_chosen_is_quarantine() -> None:
    treatment = treat(EVIL, Actions())

    assert (treatment.clean_parts, treatment.send_to) == ((), "")
    assert not treatment.tell_sender
    assert not treatment.tell_recipients


def test_the_address_is_by_direction() -> None:
    actions = Actions(quarantine_to="q@b.test", quarantine_in=True)
    assert treat(EVIL, actions).send_to == ""
    assert treat(EVIL._replace(is_outbound=False), actions).send_to == "q@b.test"


def test_the_sender_is_told_only_of_the_own_mail() -> None:
    actions = Actions(notify_sender=True, disinfect=True)
    assert treat(EVIL, actions).tell_sender
    assert treat(EVIL, actions).clean_parts == (2,)
    assert not treat(EVIL._replace(is_outbound=False), actions).tell_sender
