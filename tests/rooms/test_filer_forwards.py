"""Forwards, as the filer carries them out between honest twins (USR-5)."""

import itertools

import msgspec
import pytest

from cluster_rows import SHARED, member_rows
from fix_filer import BODY, EVE, TIM
from mailmax.base.envelope import Recipient
from mailmax.hub.contract.rows import DomainRow, UserRow
from mailmax.policy.forwarding import DEPTH
from mailmax.store.mailboxes.delivery import Outcome
from waiting import wait_for

JOE = UserRow(9, "joe@demo.test", "demo.test/ef/joe~9")
SMALL = UserRow(10, "small@demo.test", "demo.test/gh/small~10", box_limit_octets=100)


@pytest.fixture
def house(filing_house):
    filing_house.book.add(JOE, SMALL)
    return filing_house


@pytest.mark.manual("7.2")
def test_mail_goes_to_every_forward_with_the_same_octets_and_reverse_path(house):
    house.book.forward(TIM, EVE.address, "far@away.test")
    house.send(TIM)

    house.start()

    wait_for(lambda: len(house.outbound.journal.records) == 1)
    [(record, body)] = house.handed_over()
    assert record.envelope.recipients == (
        Recipient("far@away.test", original="rfc822;tim@demo.test"),
    )
    assert record.envelope.reverse_path == "ada@example.org"
    assert body == BODY
    house.settle()
    assert house.inbox(TIM) == house.inbox(EVE) == [BODY]


@pytest.mark.manual("FAQ")
def test_a_chain_of_a_thousand_users_ends_with_one_copy(house):
    """TRUST K6: fifty are followed; who is behind them keeps the mail."""
    chain = [
        UserRow(100 + n, f"c{n}@demo.test", f"demo.test/c/c{n}~{100 + n}")
        for n in range(1000)
    ]
    house.book.add(*chain)
    for user, target in itertools.pairwise(chain):
        house.book.forward(user, target.address, keeps=False)
    house.send(chain[0])

    house.start()

    house.settle()
    holders = [user.user_id for user in chain if house.inbox(user)]
    assert holders == [chain[DEPTH].user_id]


@pytest.mark.manual("6.2")
def test_catch_alls_that_forward_to_each_other_get_one_copy_each(house):
    """TRUST K6."""
    house.book.add_domain(DomainRow(2, "one.test", catch_all=TIM.user_id))
    house.book.add_domain(DomainRow(3, "two.test", catch_all=EVE.user_id))
    house.book.forward(TIM, "whoever@two.test")
    house.book.forward(EVE, "nobody@one.test")
    house.send(TIM)

    house.start()

    house.settle()
    assert house.inbox(TIM) == house.inbox(EVE) == [BODY]


def test_a_null_reverse_path_stays_null(house):
    house.book.forward(TIM, "far@away.test")
    house.send(TIM, reverse_path="")

    house.start()

    wait_for(lambda: len(house.outbound.journal.records) == 1)
    [(record, _)] = house.handed_over()
    assert record.envelope.reverse_path == ""


@pytest.mark.manual("FAQ")
def test_who_forward_to_each_other_get_one_copy_each(house):
    house.book.forward(TIM, EVE.address, keeps=False)
    house.book.forward(EVE, TIM.address)
    house.promise(Recipient(TIM.address, 7), Recipient(EVE.address, 8))

    house.start()

    house.settle()
    assert house.inbox(TIM) == []
    assert house.inbox(EVE) == [BODY]


def test_recipients_and_forwards_elsewhere_are_one_entry_each_once(house):
    house.book.forward(TIM, "far@away.test", "near@away.test")
    house.promise(Recipient(TIM.address, 7), Recipient("far@Away.test"))

    house.start()

    wait_for(lambda: len(house.outbound.journal.records) == 1)
    [(record, _)] = house.handed_over()
    found = [one.address for one in record.envelope.recipients]
    assert found == ["far@Away.test", "near@away.test"]


def test_no_copy_is_let_go_before_the_forward_is_handed_over(house, caplog):
    house.book.forward(TIM, "far@away.test", keeps=False)
    house.send(TIM)
    house.spool.broken = True
    house.start()
    wait_for(lambda: "filing stands still" in caplog.text)
    assert house.smtp.passed == 0

    house.spool.broken = False

    wait_for(lambda: len(house.outbound.journal.records) == 1)
    house.handed_over()
    house.settle()
    assert house.inbox(TIM) == []


@pytest.mark.rfc("3463", "3.2")
@pytest.mark.parametrize("is_there", [False, True])
def test_a_forward_to_nobody_is_reported_and_the_copy_kept(house, is_there):
    if is_there:
        house.book.add(msgspec.structs.replace(JOE, kind="disabled"))
    else:
        house.book.remove(JOE)
    house.book.forward(TIM, JOE.address, keeps=False)
    house.send(TIM, reverse_path=EVE.address)

    house.start()

    house.settle()
    assert house.inbox(TIM) == [BODY]
    (report,) = house.inbox(EVE)
    assert (b"Status: 5.2.1" if is_there else b"Status: 5.1.1") in report
    assert b"Final-Recipient: rfc822; joe@demo.test" in report


def test_a_full_box_is_reported_and_who_forwarded_there_keeps_the_copy(house):
    house.book.forward(TIM, SMALL.address, keeps=False)
    big = BODY + b"x" * 100
    house.send(TIM, body=big, reverse_path=EVE.address)
    house.send(TIM, reverse_path=EVE.address)

    house.start()

    house.settle()
    assert house.inbox(SMALL) == [BODY]
    assert house.inbox(TIM) == [big]
    (report,) = house.inbox(EVE)
    assert b"Status: 5.2.2" in report
    assert b"Final-Recipient: rfc822; small@demo.test" in report


def test_a_full_box_elsewhere_says_nothing_about_promised_mail(house):
    """Only copies are refused: a 250 is final (DESIGN 3.5)."""
    big = BODY + b"x" * 100
    house.send(SMALL, body=big)

    house.start()

    house.settle()
    assert house.inbox(SMALL) == [big]


def test_a_replay_forwards_reports_and_refuses_the_same(house, monkeypatch):
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    house.book.forward(TIM, SMALL.address, "far@away.test", keeps=False)
    house.book.forward(JOE, "nobody@demo.test", keeps=False)
    big = BODY + b"x" * 100
    for user in (TIM, JOE):
        house.send(user, body=big, reverse_path=EVE.address)
    filer = house.start()
    wait_for(lambda: len(house.inbox(EVE)) == 2)
    wait_for(lambda: filer.filed == 2)
    house.cut_power(monkeypatch)
    before = [house.inbox(user) for user in (TIM, EVE, JOE, SMALL)]
    first = house.handed_over()

    again = house.start()
    wait_for(lambda: again.filed == 2)
    house.stop()

    assert before == [house.inbox(user) for user in (TIM, EVE, JOE, SMALL)]
    assert [len(each) for each in before] == [1, 2, 1, 0]
    second = house.handed_over()
    assert [(r.origin, r.envelope.recipients) for r, _ in first] == [
        (r.origin, r.envelope.recipients) for r, _ in second
    ], "which the queue knows"


@pytest.fixture
def locked(house, monkeypatch) -> set[int]:
    """Give the numbers of users who are locked; nobody is yet."""
    monkeypatch.setattr("mailmax.filer.aside.LOCKED_S", 0.1)
    locked: set[int] = set()
    deliver = house.store.deliver

    def stubborn(batch):
        rest = iter(deliver([d for d in batch if d.user_id not in locked]))
        return [
            Outcome(0, locked=True) if d.user_id in locked else next(rest)
            for d in batch
        ]

    monkeypatch.setattr(house.store, "deliver", stubborn)
    return locked


def test_a_stuck_copy_comes_back_for_its_user_alone(house, locked):
    house.book.forward(TIM, EVE.address)
    house.book.forward(EVE, "far@away.test")
    locked.add(EVE.user_id)
    house.send(TIM)
    house.start()
    wait_for(lambda: len(house.outbound.journal.records) == 2)
    (_, (stuck, body)) = house.handed_over()
    assert stuck.envelope.recipients == (
        Recipient(EVE.address, 8, original="rfc822;tim@demo.test"),
    )

    locked.clear()
    house.give_back(stuck, body)

    wait_for(lambda: house.inbox(EVE) == [BODY])
    house.settle()
    assert house.handed_over() == []


@pytest.mark.rfc("3463", "3.3")
@pytest.mark.parametrize("rounds", [1, 2])
def test_a_stuck_forward_is_refused_by_a_box_that_is_full_by_then(
    house, locked, rounds
):
    """DESIGN 3.5: also one that comes back from the queue; its sender is told once."""
    house.book.forward(TIM, SMALL.address, keeps=False)
    locked.add(SMALL.user_id)
    big = BODY + b"x" * 100
    house.promise(
        Recipient(TIM.address, 7),
        Recipient(JOE.address, 9),
        body=big,
        reverse_path=EVE.address,
    )
    house.start()

    for number in range(rounds):
        wait_for(lambda: bool(house.outbound.journal.records))
        [(stuck, body)] = house.handed_over()
        assert stuck.envelope.recipients == (
            Recipient(SMALL.address, 10, original="rfc822;tim@demo.test"),
        )
        if number == rounds - 1:
            locked.clear()
        house.give_back(stuck, body)

    wait_for(lambda: house.inbox(TIM) == [big])
    wait_for(lambda: len(house.inbox(EVE)) == 1)
    house.settle()
    assert house.inbox(SMALL) == []
    assert house.inbox(JOE) == [big]
    (report,) = house.inbox(EVE)
    assert b"Status: 5.2.2" in report
    assert b"Final-Recipient: rfc822; small@demo.test" in report
    assert house.handed_over() == []


def test_promised_mail_that_was_stuck_is_filed_into_a_full_box(house, locked):
    """A 250 is final, whatever round it is (DESIGN 3.5)."""
    big = BODY + b"x" * 100
    locked.add(SMALL.user_id)
    house.book.forward(TIM, SMALL.address)
    house.promise(Recipient(TIM.address, 7), Recipient(SMALL.address, 10), body=big)
    house.start()
    wait_for(lambda: bool(house.outbound.journal.records))
    [(stuck, body)] = house.handed_over()

    locked.clear()
    house.give_back(stuck, body)

    wait_for(lambda: house.inbox(SMALL) == [big])
    house.settle()
    assert house.inbox(TIM) == [big]


def test_a_report_follows_the_forwards_of_the_sender(house):
    house.book.remove(JOE)
    house.book.forward(EVE, "far@away.test", keeps=False)
    house.promise(Recipient(JOE.address, 9), reverse_path=EVE.address)

    house.start()

    wait_for(lambda: len(house.outbound.journal.records) == 1)
    [(record, body)] = house.handed_over()
    assert record.envelope.reverse_path == ""
    assert record.envelope.recipients == (
        Recipient("far@away.test", notify="NEVER", original="rfc822;eve@demo.test"),
    )
    assert body.startswith(b"Return-Path: <>\r\n")
    assert b"Status: 5.1.1" in body
    assert house.inbox(EVE) == []


@pytest.mark.manual("6.1", "7.2")
def test_forwards_lead_to_the_users_of_another_member_of_the_cluster(house):
    """CLU-1: the disabled one is not forwarded to, who may be somebody is."""
    house.book.add_domain(DomainRow(5, SHARED, "clustered"))
    house.book._take(**member_rows("bob", "!off"))
    bob, off, eve = (f"{name}@{SHARED}" for name in ("bob", "off", "eve"))
    house.book.forward(TIM, bob, off, eve, keeps=False)
    house.send(TIM)

    house.start()
    house.settle_with_queue()

    assert [bob] in addresses(house.handed)
    assert house.inbox(TIM) == [BODY]  # not all forwards could be made

    house.handed.clear()
    house.book._take(**member_rows(is_in_sync=False))
    house.send(TIM)
    house.settle_with_queue()

    assert [bob, eve] in addresses(house.handed)


def addresses(handed):
    return [[one.address for one in record.envelope.recipients] for record, _ in handed]


def test_mail_for_a_user_of_another_member_goes_to_the_queue(house):
    house.book.add_domain(DomainRow(5, SHARED, "clustered"))
    house.book._take(**member_rows("bob"))
    house.promise(Recipient(f"bob@{SHARED}"))

    house.start()
    house.settle_with_queue()

    [(record, _)] = house.handed
    assert record.envelope.recipients == (Recipient(f"bob@{SHARED}"),)
