"""A box that is nearly full is told of once a crossing (GEN-7, TRUST K8)."""

import os

import pytest

from fix_filer import BODY, EVE, TIM
from mailmax.base.errors import TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.base.units import DAY_S
from mailmax.hub.contract.rows import DomainRow, UserRow
from waiting import wait_for

pytestmark = pytest.mark.manual("4.1")

NOW_MS = 1_700_000_000_000
STORM = int(os.environ.get("MAILMAX_STORM", "2000"))
LIMIT = 1000
SAM = UserRow(9, "sam@demo.test", "demo.test/ef/sam~9", box_limit_octets=LIMIT)


@pytest.fixture
def house(filing_house):
    filing_house.book.add(SAM)
    filing_house.book.set("over_limit_notice", "percent")
    filing_house.book.set("over_limit_threshold", 50)
    return filing_house


def fill(house, octets: int, *, days: float = 0) -> bytes:
    body = BODY + b"x" * (octets - len(BODY))
    house.send(SAM, body=body, received_at_ms=NOW_MS + int(days * DAY_S * 1000))
    return body


def notices(house, seconds: float = 10) -> list[bytes]:
    house.settle(seconds)
    return [
        body
        for body in house.inbox(SAM)
        if b"\r\nAuto-Submitted: auto-generated\r\n" in body
    ]


def empty(house) -> None:
    """The user removes everything."""
    mailbox = house.store.account(UserId(SAM.user_id), SAM.home).open("INBOX")
    mailbox.refresh()
    mailbox.remove(mailbox.uids)
    mailbox.refresh()
    mailbox.close()


def test_the_message_that_crosses_the_threshold_brings_the_notice(house):
    fill(house, 500)
    house.start()
    assert notices(house) == []

    fill(house, 100)

    [text] = notices(house)
    assert b"To: <sam@demo.test>\r\n" in text
    assert b"less than 50 percent" in text
    assert len(house.inbox(SAM)) == 3


def test_a_storm_of_deliveries_brings_one_notice(house):
    first = fill(house, 600)
    for _ in range(STORM):  # the others say nothing new
        fill(house, 100)
    house.start()

    assert len(notices(house, 10 + STORM / 100)) == 1
    assert house.inbox(SAM)[0] == first


@pytest.mark.parametrize(("days", "count"), [(0.5, 1), (1.5, 2)])
def test_another_crossing_is_told_again_after_a_day(house, days, count):
    fill(house, 600)
    house.start()
    [first] = notices(house)
    empty(house)
    fill(house, 100, days=days)
    house.settle()

    fill(house, 500, days=days)

    assert len([first, *notices(house)]) == count


def test_without_room_in_between_nothing_is_told_again(house):
    fill(house, 600)
    house.start()
    assert len(notices(house)) == 1

    fill(house, 100, days=100)

    assert len(notices(house)) == 1


def test_a_full_box_gets_the_notice_too(house):
    fill(house, 5000)
    house.start()

    assert len(notices(house)) == 1


def test_users_without_a_limit_are_never_told(house):
    house.send(TIM, body=BODY + b"x" * 10_000)
    house.start()

    house.settle()
    assert len(house.inbox(TIM)) == 1


@pytest.mark.manual("6.2")
@pytest.mark.parametrize(
    ("system", "own", "count"),
    [
        ("none", {}, 0),
        ("percent", {"over_limit_notice": "none"}, 0),
        ("none", {"over_limit_notice": "percent"}, 1),
        ("none", {"over_limit_notice": "megabytes"}, 1),
        ("percent", {"over_limit_threshold": 20}, 0),
    ],
)
def test_a_domain_may_have_its_own_way(house, system, own, count):
    house.book.set("over_limit_notice", system)
    house.book.add_domain(DomainRow(1, "demo.test", **own))
    fill(house, 600)
    house.start()

    assert len(notices(house)) == count


def test_a_replay_tells_nothing_twice(house, monkeypatch):
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    for _ in range(3):
        fill(house, 300)
    filer = house.start()
    wait_for(lambda: filer.filed == 3 and len(house.inbox(SAM)) == 4)
    house.cut_power(monkeypatch)
    before = house.inbox(SAM)

    again = house.start()
    wait_for(lambda: again.filed == 3)
    house.stop()

    assert house.inbox(SAM) == before


def test_a_memory_that_cannot_be_written_holds_up_nothing(house, monkeypatch):
    def refuse(*_):
        raise TemporaryFailure("planted")

    monkeypatch.setattr(house.store, "once", refuse)
    fill(house, 600)
    house.send(EVE)
    house.start()

    house.settle()
    assert house.inbox(EVE) == [BODY]
    assert len(house.inbox(SAM)) == 1


def test_a_forward_that_fills_a_box_brings_the_notice(house):
    house.book.forward(TIM, SAM.address)
    house.send(TIM, body=BODY + b"x" * 600)
    house.start()

    assert len(notices(house)) == 1
