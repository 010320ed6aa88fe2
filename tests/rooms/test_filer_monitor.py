"""The monitor account gets one copy of all mail of its domain (DOM-6)."""

import pytest

from fix_filer import BODY, EVE, TIM
from mailmax.base.envelope import Client, Recipient
from mailmax.hub.contract.rows import DomainRow, UserRow
from mailmax.store.mailboxes.delivery import Outcome
from waiting import wait_for

WATCH = UserRow(20, "watch@own.test", "own.test/ab/watch~20", box_limit_octets=10)
PLAIN = UserRow(21, "joe@own.test", "own.test/ab/joe~21")
pytestmark = pytest.mark.manual("6.2")


@pytest.fixture
def house(filing_house):
    book = filing_house.book
    book.add_domain(DomainRow(1, "demo.test", aliases=("alias.test",), monitor=20))
    book.add_domain(DomainRow(2, "own.test"))
    book.add(WATCH, PLAIN)
    return filing_house


def test_mail_for_many_of_the_domain_is_one_copy(house):
    house.promise(Recipient(TIM.address, 7), Recipient(EVE.address, 8))

    house.start()

    house.settle()
    assert house.inbox(WATCH) == house.inbox(TIM) == house.inbox(EVE) == [BODY]


@pytest.mark.parametrize(
    ("address", "user_id", "more"),
    [
        ("joe@alias.test", 21, {}),
        ("joe@own.test", 21, {"reverse_path": "tim@Demo.test"}),
        ("joe@own.test", 21, {"client": Client(user_id=7)}),
        ("joe@own.test", 21, {"reverse_path": "x@alias.test"}),
    ],
)
def test_mail_in_and_out_is_the_domains(house, address, user_id, more):
    house.promise(Recipient(address, user_id), **more)

    house.start()

    house.settle()
    assert house.inbox(WATCH) == [BODY]


def test_mail_that_goes_out_is_watched(house):
    house.promise(Recipient("far@away.test"), reverse_path=TIM.address)

    house.start()

    wait_for(lambda: house.inbox(WATCH) == [BODY])
    [(record, _)] = house.handed_over()
    assert record.envelope.reverse_path == TIM.address


def test_mail_of_other_domains_is_not_watched(house):
    house.promise(Recipient("joe@own.test", 21), Recipient("watch@own.test", 20))
    house.send(PLAIN)

    house.start()

    house.settle()
    assert house.inbox(PLAIN) == [BODY, BODY]
    assert house.inbox(WATCH) == [BODY], "as a recipient"


def test_who_is_a_recipient_as_well_gets_one_copy(house):
    house.promise(Recipient(TIM.address, 7), Recipient(WATCH.address, 20))

    house.start()

    house.settle()
    assert house.inbox(WATCH) == [BODY]


def test_a_forward_into_the_domain_is_watched_and_the_copy_goes_no_farther(house):
    house.book.forward(PLAIN, TIM.address)
    house.book.forward(WATCH, "far@away.test", EVE.address)
    house.send(PLAIN)

    house.start()

    house.settle()
    assert house.inbox(WATCH) == house.inbox(TIM) == [BODY]
    assert house.inbox(EVE) == []
    assert house.handed_over() == []


def test_a_replay_makes_no_second_copy(house, monkeypatch):
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    house.send(TIM)
    filer = house.start()
    wait_for(lambda: filer.filed == 1)
    house.cut_power(monkeypatch)

    again = house.start()

    wait_for(lambda: again.filed == 1)
    assert house.inbox(WATCH) == [BODY]


def test_a_copy_that_is_stuck_is_never_reported_to_the_sender(house, monkeypatch):
    monkeypatch.setattr("mailmax.filer.aside.LOCKED_S", 0.1)
    monkeypatch.setattr(
        house.store, "deliver", lambda batch: [Outcome(0, locked=True)] * len(batch)
    )
    house.send(TIM)

    house.start()

    wait_for(lambda: len(house.outbound.journal.records) == 2)
    stuck = {
        record.envelope.recipients[0].address: record.envelope.reverse_path
        for record, _ in house.handed_over()
    }
    assert stuck == {TIM.address: "ada@example.org", WATCH.address: ""}
