"""Forwards count against the daily limits of who forwards (USR-3, TRUST K7)."""

from datetime import UTC, datetime

import pytest

from fix_filer import BODY, EVE, TIM, wait_for
from mailmax.base.envelope import Recipient
from mailmax.base.units import DAY_S
from mailmax.hub.contract.rows import DayRow, UserRow
from mailmax.hub.contract.sending import Forwarded

pytestmark = [pytest.mark.manual("7.1"), pytest.mark.manual("7.2")]

NOW_MS = 1_700_000_000_000
TODAY = datetime.fromtimestamp(NOW_MS / 1000, UTC).astimezone().date().toordinal()
FAR = "far@away.test"
JOE = UserRow(9, "joe@demo.test", "demo.test/ef/joe~9")


@pytest.fixture
def house(filing_house):
    filing_house.book.add(JOE)
    return filing_house


def numbered(number: int) -> bytes:
    return BODY + b"%d" % number


def sent_on(house) -> list[bytes]:
    """Return what went elsewhere, in order."""
    house.settle_with_queue()
    return [body for _, body in house.handed]


def notices(house, user: UserRow) -> list[bytes]:
    return [body for body in house.inbox(user) if b"auto-generated" in body]


@pytest.mark.parametrize("keeps", [True, False])
def test_what_is_too_much_today_stays_here_and_its_user_is_told_once(house, keeps):
    house.book.forward(TIM, FAR, keeps=keeps, day=DayRow(3, 0, TODAY, 1))
    mails = [numbered(n) for n in range(6)]
    for body in mails:
        house.send(TIM, body=body)
    house.start()

    assert sent_on(house) == mails[:2]
    [notice] = notices(house, TIM)
    assert b"Subject: Your mail is not forwarded today\r\n" in notice
    assert b"To: <tim@demo.test>\r\n" in notice
    kept = [body for body in house.inbox(TIM) if body != notice]
    assert kept == (mails if keeps else mails[2:])
    wait_for(lambda: sum(one.messages for one in house.book.told) == 2)


def test_megabytes_count_too(house):
    size = len(BODY)
    house.book.forward(TIM, FAR, keeps=False, day=DayRow(0, 2 * size))
    for _ in range(3):
        house.send(TIM)
    house.start()

    assert sent_on(house) == [BODY, BODY]
    assert len(house.inbox(TIM)) == 2, "a message and the notice"
    wait_for(lambda: sum(one.octets for one in house.book.told) == 2 * size)


def test_many_addresses_of_a_list_are_one_message(house):
    """As a message that is handed in for many."""
    house.book.forward(TIM, FAR, "b@away.test", "c@away.test", day=DayRow(5, 0))
    house.send(TIM)
    house.start()

    assert len(sent_on(house)) == 1
    wait_for(lambda: house.book.told == [Forwarded(TIM.user_id, 1, len(BODY))])


def test_forwards_inside_are_not_counted_and_go_on(house):
    house.book.forward(TIM, EVE.address, FAR, keeps=False, day=DayRow(1, 0, TODAY, 1))
    house.send(TIM)
    house.start()

    assert sent_on(house) == []
    assert BODY in house.inbox(TIM)
    assert house.inbox(EVE) == [BODY]


def test_who_has_no_limit_is_not_counted(house):
    house.book.forward(TIM, FAR)
    house.send(TIM)
    house.start()

    assert sent_on(house) == [BODY]
    house.stop()
    assert house.book.told == []


def test_a_report_that_is_forwarded_is_counted_like_the_rest(house):
    house.book.remove(JOE)
    house.book.forward(EVE, FAR, keeps=False, day=DayRow(1, 0))
    for _ in range(2):
        house.promise(Recipient(JOE.address, 9), reverse_path=EVE.address)
    house.start()

    [report] = sent_on(house)
    assert b"Status: 5.1.1" in report
    assert len([body for body in house.inbox(EVE) if b"Status: 5.1.1" in body]) == 1
    assert len(house.inbox(EVE)) == 2, "and the notice"


def test_each_day_that_holds_mail_back_has_its_notice(house):
    for day in range(3):
        house.book.forward(TIM, FAR, day=DayRow(1, 0, TODAY + day, 1))
        at = NOW_MS + day * DAY_S * 1000
        for _ in range(2):
            house.send(TIM, received_at_ms=at)
        if day == 0:
            house.start()
        house.settle()

    assert len(notices(house, TIM)) == 3
    assert sent_on(house) == []


def test_a_bomb_of_forwards_stops_at_the_limit_of_each(house):
    """TRUST K7: one message to many who forward to many."""
    bombers = [
        UserRow(100 + n, f"b{n}@demo.test", f"demo.test/b/b{n}~{100 + n}")
        for n in range(20)
    ]
    house.book.add(*bombers)
    for user in bombers:
        targets = [f"x{m}@{user.user_id}.test" for m in range(100)]
        house.book.forward(user, *targets, keeps=False, day=DayRow(2, 0))
    to = [Recipient(user.address, user.user_id) for user in bombers]
    for n in range(5):
        house.promise(*to, body=numbered(n))
    house.start()

    house.settle_with_queue()

    reached = [len(record.envelope.recipients) for record, _ in house.handed]
    assert reached == [2_000, 2_000]
    for user in bombers:
        kept = [body for body in house.inbox(user) if b"auto-gen" not in body]
        assert kept == [numbered(n) for n in (2, 3, 4)]


def test_what_is_filed_again_after_a_crash_is_held_back_again(house, monkeypatch):
    """The same copies, the same notice; at most a little less is sent on."""
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    house.book.forward(TIM, FAR, keeps=False, day=DayRow(2, 0))
    for n in range(4):
        house.send(TIM, body=numbered(n))
    filer = house.start()
    wait_for(lambda: filer.filed == 4)
    house.cut_power(monkeypatch)
    before, first = house.inbox(TIM), house.handed_over()

    again = house.start()
    wait_for(lambda: again.filed == 4)
    house.stop()

    assert [body for _, body in first] == [numbered(0), numbered(1)]
    assert len(before) == 3
    after = house.inbox(TIM)
    assert after[:3] == before
    assert set(after) - set(before) <= {numbered(0), numbered(1)}
