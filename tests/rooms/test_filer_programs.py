"""Rules that want programs, in the filer: who waits, and how filing goes on."""

from typing import Any

import msgspec
import pytest

from fix_directory import DOMAIN
from fix_filer import BODY, EVE, TIM
from mailmax.base import asking
from mailmax.base.asking import Question
from mailmax.base.envelope import Recipient
from mailmax.base.ids import UserId
from mailmax.base.virus import Finding, facts_of
from mailmax.filer.service import Filer
from mailmax.hub.contract.rows import UNCHECKED, DomainRow, UserRow
from mailmax.store.spool.port import Entry

pytestmark = pytest.mark.manual("8.1.8")

SCAN, COUNT = "/usr/bin/scan %M", "/usr/bin/count %M"
JUNK = {"kind": "store", "mailbox": "Junk"}
DISCARD = {"kind": "discard"}
STOP = {"kind": "terminate"}
OTHER = {"kind": "header", "name": "Subject", "text": "other"}
AWAY = "x@away.test"
SPY = UserRow(12, "spy@demo.test", "demo.test/ab/spy~12")
WATCHED = DomainRow(1, "demo.test", monitor=12)


@pytest.fixture
def house(filing_house):
    return filing_house


def asks(command: str, failing: str = "try_again") -> list[dict[str, Any]]:
    return [{"kind": "external_test", "command": command, "failing": failing}]


def held(house, user: UserRow, mailbox: str = "INBOX") -> list[bytes]:
    """Return a user's mail in one mailbox."""
    account = house.store.account(UserId(user.user_id), user.home)
    if account.find(mailbox) is None:
        return []
    box = account.open(mailbox)
    box.refresh()
    try:
        return [box.read(position) for position in range(len(box.uids))]
    finally:
        box.close()
        account.close()


def store(mailbox: str) -> dict[str, str]:
    return {"kind": "store", "mailbox": mailbox}


def both(house, **more: Any) -> None:
    house.promise(
        Recipient(TIM.address, TIM.user_id),
        Recipient(EVE.address, EVE.user_id),
        **more,
    )


def settle(house) -> list:
    """Let the filer do what it can; return what went to the queue meanwhile."""
    house.handed = []
    house.let_it_go_round()
    house.settle_with_queue()
    return house.handed


def answer(house, handed, said: asking.Said = "true") -> list:
    """Be QueueMax, whose program has said something; return what comes of it."""
    record, body = handed
    envelope = asking.answered(record.envelope, said)
    writer = house.queued = getattr(house, "queued", None) or house.spool.writer(
        "queuemax"
    )
    envelope = msgspec.structs.replace(envelope, origin=record.origin)
    writer.commit([Entry(envelope, chunks=(body,))])
    house.handed = []
    house.let_it_go_round(5)
    house.handed += house.handed_over()
    return house.handed


def asked(handed) -> tuple[Question, list[str]]:
    envelope = handed[0].envelope
    return asking.question_of(envelope), [one.address for one in envelope.recipients]


def test_who_wants_a_program_waits_and_the_others_have_their_mail(house):
    house.book.rule(1, of=TIM, conditions=asks(SCAN), actions=[JUNK])
    house.start()
    both(house)

    (handed,) = settle(house)

    assert asked(handed) == (Question(SCAN, can_wait=True), [TIM.address])
    assert handed[1] == BODY
    assert held(house, EVE) == [BODY]
    assert held(house, TIM) == held(house, TIM, "Junk") == []

    assert answer(house, handed) == []
    assert (held(house, TIM), held(house, TIM, "Junk")) == ([], [BODY])


@pytest.mark.parametrize(
    ("said", "mailbox"), [("true", "Junk"), ("false", "INBOX"), ("given_up", "INBOX")]
)
def test_the_answer_says_where_it_is_filed(house, said, mailbox):
    house.book.rule(1, conditions=asks(SCAN), actions=[JUNK])
    house.start()
    both(house)
    (handed,) = settle(house)
    assert asked(handed)[1] == [TIM.address, EVE.address]

    answer(house, handed, said)

    assert held(house, TIM, mailbox) == held(house, EVE, mailbox) == [BODY]


def test_what_fails_for_good_is_in_inbox_even_if_later_rules_discard(house, caplog):
    """DECISIONS 28: never lost, and said."""
    house.book.rule(1, conditions=asks(SCAN), actions=[STOP])
    house.book.rule(2, actions=[DISCARD])
    house.start()
    house.send(TIM)
    (handed,) = settle(house)

    answer(house, handed, "given_up")

    assert held(house, TIM) == [BODY]
    assert "has failed too often" in caplog.text


@pytest.mark.parametrize(("failing", "mailbox"), [("true", "Junk"), ("false", "INBOX")])
def test_a_failure_counts_as_the_rule_says(house, failing, mailbox):
    house.book.rule(1, conditions=asks(SCAN, failing), actions=[JUNK])
    house.start()
    house.send(TIM)
    (handed,) = settle(house)
    assert asked(handed)[0] == Question(SCAN, can_wait=False)

    assert answer(house, handed, "failed") == []
    assert held(house, TIM, mailbox) == [BODY]


def test_one_program_after_the_other_on_three_levels(house):
    house.book.rule(1, conditions=asks(SCAN), actions=[store("system")])
    house.book.rule(2, of=DOMAIN, conditions=asks(SCAN), actions=[store("domain")])
    house.book.rule(3, of=TIM, conditions=asks(COUNT), actions=[store("user")])
    house.start()
    house.send(TIM)

    (first,) = settle(house)
    (second,) = answer(house, first)

    assert asked(second) == (Question(COUNT, can_wait=True), [TIM.address])
    assert held(house, TIM, "system") == []
    assert answer(house, second) == []
    for mailbox in ("system", "domain", "user"):
        assert held(house, TIM, mailbox) == [BODY]


def test_a_program_is_wanted_only_where_all_else_holds(house):
    house.book.rule(1, conditions=[OTHER, *asks(SCAN)], actions=[JUNK])
    house.start()
    house.send(TIM)

    assert settle(house) == []
    assert held(house, TIM) == [BODY]


def test_who_forwards_to_somebody_that_waits_waits_too(house):
    house.book.forward(TIM, EVE.address, AWAY)
    house.book.rule(1, of=EVE, conditions=asks(SCAN), actions=[JUNK])
    house.start()
    house.send(TIM)

    (handed,) = settle(house)
    assert asked(handed)[1] == [TIM.address]
    (sent,) = answer(house, handed)

    assert [one.address for one in sent[0].envelope.recipients] == [AWAY]
    assert sent[0].envelope.step == ""
    assert not any(name.startswith("program") for name in sent[0].envelope.facts)
    assert (held(house, TIM), held(house, EVE, "Junk")) == ([BODY], [BODY])


def test_remote_recipients_do_not_wait(house):
    house.book.rule(
        1, conditions=asks(SCAN), actions=[{"kind": "forward", "addresses": [AWAY]}]
    )
    house.start()
    house.promise(Recipient(TIM.address, TIM.user_id), Recipient("r@far.test"))

    handed = settle(house)

    assert [one.envelope.step for one, _ in handed] == ["program 1", ""]
    (sent,) = answer(house, handed[0])
    assert [one.address for one in sent[0].envelope.recipients] == [AWAY]


def test_an_answer_that_comes_twice_files_once(house):
    house.book.rule(
        1, conditions=asks(SCAN), actions=[JUNK, {"kind": "note", "text": "It came."}]
    )
    house.start()
    house.send(TIM)
    (handed,) = settle(house)

    answer(house, handed)
    answer(house, handed)

    assert held(house, TIM, "Junk") == [BODY]
    assert len(held(house, TIM)) == 1


def test_a_replay_asks_the_same_question(house, monkeypatch):
    """A filer that was killed has handed over what QueueMax knows already."""
    house.book.rule(1, of=TIM, conditions=asks(SCAN), actions=[JUNK])
    with monkeypatch.context() as cut:
        cut.setattr(Filer, "_checkpoint", lambda _self, *, clean: None)
        house.start()
        both(house)
        house.let_it_go_round()
        (before,) = house.handed_over()
        house.stop()
    house.start()
    (again,) = settle(house)

    assert asked(again) == asked(before)
    assert again[0].envelope == before[0].envelope
    assert held(house, EVE) == [BODY]


def test_monitors_see_it_once_and_at_once(house):
    house.book.add(SPY)
    house.book.add_domain(WATCHED)
    house.book.rule(1, of=TIM, conditions=asks(SCAN), actions=[JUNK])
    house.start()
    house.send(TIM)

    (handed,) = settle(house)
    assert held(house, SPY) == [BODY]
    answer(house, handed)
    assert held(house, SPY) == [BODY]


def test_a_program_that_is_merely_run_holds_nothing_up(house):
    """Manual 8.2.6: its result changes nothing (DECISIONS 24)."""
    run = {"kind": "run_program", "command": COUNT}
    house.book.rule(1, actions=[run, JUNK])
    house.book.rule(2, of=TIM, actions=[run])
    house.start()
    both(house)

    (handed,) = settle(house)

    assert asking.is_run(handed[0].envelope.step)
    assert asked(handed)[1] == [TIM.address, EVE.address]
    assert handed[0].envelope.reverse_path == ""
    assert held(house, TIM, "Junk") == held(house, EVE, "Junk") == [BODY]


def test_what_is_infected_stays_away_from_who_is_checked_after_a_program_too(house):
    """TRUST J4: who is spared gets it; a forward of theirs does not go on."""
    spared = house.book.flag(TIM, UNCHECKED)
    house.book.forward(spared, EVE.address)
    house.book.rule(1, of=TIM, conditions=asks(SCAN), actions=[JUNK])
    house.start()
    finding = Finding("infected", "Eicar", spared=(0,))
    house.send(TIM, facts=facts_of(finding))

    (handed,) = settle(house)
    answer(house, handed)

    assert held(house, TIM, "Junk") == [BODY]
    assert held(house, EVE) == []


def test_a_letter_of_ours_waits_as_well(house):
    """Reports and copies for the postmaster are mail like any other."""
    house.book.rule(1, of=EVE, conditions=asks(SCAN), actions=[JUNK])
    house.start()
    house.send(UserRow(99, "gone@demo.test", "x"), reverse_path=EVE.address)

    (handed,) = settle(house)
    assert asked(handed)[1] == [EVE.address]
    answer(house, handed)

    assert len(held(house, EVE, "Junk")) == 1


def test_a_circle_of_programs_ends(house, monkeypatch):
    """A rule that always wants another program is given up in the end."""
    monkeypatch.setattr("mailmax.base.asking.MOST_ROUNDS", 2)
    house.book.rule(
        1, conditions=[*asks(SCAN), *asks(COUNT), *asks("/x %M")], actions=[JUNK]
    )
    house.start()
    house.send(TIM)
    (first,) = settle(house)
    (second,) = answer(house, first)

    assert answer(house, second) == []
    assert held(house, TIM) == [BODY]
    assert held(house, TIM, "Junk") == []
