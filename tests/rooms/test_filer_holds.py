"""Mail that is not to leave before its time goes to the queue first (RFC 4865)."""

import pytest

from fix_filer import BODY, EVE, TIM
from mailmax.base import again
from mailmax.base.envelope import Recipient, Wishes
from mailmax.base.homeward import sent_home
from mailmax.hub.contract.rows import DomainRow, UserRow
from mailmax.store.spool.port import Entry

WATCH = UserRow(20, "watch@own.test", "own.test/ab/watch~20")
LATER = Wishes(envelope_id="QQ1", hold_until_ms=1_900_000_000_000)
TO_TIM = Recipient(TIM.address, 7, "", "SUCCESS", "rfc822;old@x")
TO_FAR = Recipient("far@away.test", 0, "", "NEVER")

pytestmark = pytest.mark.rfc("4865", "4")


@pytest.fixture
def house(filing_house):
    book = filing_house.book
    book.forward(TIM, "other@away.test", keeps=True)
    book.answer(TIM)
    return filing_house


def come_home(house, record, body, *recipients):
    """Let the queue say that the time has come."""
    envelope = sent_home(record.envelope, recipients)
    house.spool.writer("queuemax").commit([Entry(envelope, chunks=(body,))])


def test_it_goes_to_the_queue_as_a_whole(house):
    origin = house.promise(TO_TIM, TO_FAR, wishes=LATER)

    house.start()

    house.settle_with_queue()
    [(record, body)] = house.handed
    assert body == BODY
    assert record.envelope.wishes == LATER
    assert record.envelope.origin == origin
    assert record.envelope.recipients == (
        Recipient(TIM.address, 0, "", "SUCCESS", "rfc822;old@x"),
        TO_FAR,
    )
    assert house.inbox(TIM) == []


def test_when_its_time_has_come_it_is_filed_forwarded_and_answered(house):
    addressed = BODY.replace(b"Subject", b"To: tim@demo.test\r\nSubject")
    house.promise(TO_TIM, wishes=LATER, body=addressed)
    house.start()
    house.settle_with_queue()
    [(held, body)] = house.handed

    come_home(house, held, body, Recipient(TIM.address, 0, "", "SUCCESS"))

    house.let_it_go_round()
    assert house.inbox(TIM) == [addressed]
    sent = house.handed_over()
    assert sorted(r.envelope.recipients[0].address for r, _ in sent) == [
        "ada@example.org",  # the answer
        "ada@example.org",  # the report of success
        "other@away.test",
    ]
    # whatever comes of it is not held once more
    wishes = [r.envelope.wishes for r, _ in sent if r.envelope.reverse_path]
    assert wishes == [Wishes(envelope_id="QQ1")]


def test_a_replay_hands_over_the_same_and_files_nothing(house, monkeypatch):
    house.promise(TO_TIM, TO_FAR, wishes=LATER)
    house.start()
    house.let_it_go_round()
    first = list(house.queue.next())
    house.cut_power(monkeypatch)
    monkeypatch.undo()

    house.start()

    house.settle_with_queue()
    envelopes = {r.envelope.recipients for r, _ in house.handed}
    assert envelopes <= {r.envelope.recipients for r in first}
    assert house.inbox(TIM) == []


def test_monitors_see_it_when_it_is_handed_in_and_only_then(house):
    book = house.book
    book.add_domain(DomainRow(1, "demo.test", monitor=20))
    book.add_domain(DomainRow(2, "own.test"))
    book.add(WATCH)
    house.promise(Recipient(EVE.address, 8), TO_FAR, wishes=LATER)
    house.start()
    house.settle_with_queue()
    assert house.inbox(WATCH) == [BODY]
    [(held, body)] = house.handed

    come_home(house, held, body, Recipient(EVE.address))

    house.let_it_go_round()
    assert house.inbox(EVE) == [BODY]
    assert house.inbox(WATCH) == [BODY]


def test_what_was_stuck_when_its_time_had_come_is_not_kept_back_once_more(house):
    origin = house.promise(Recipient(EVE.address, 8), wishes=LATER)
    house.start()
    house.settle_with_queue()
    [(held, body)] = house.handed
    home = sent_home(held.envelope, (Recipient(EVE.address),))

    stuck = again.stuck(home, origin, (Recipient(EVE.address, 8),), "in trouble")
    house.spool.writer("queuemax").commit([Entry(stuck, chunks=(body,))])

    house.let_it_go_round()
    assert house.inbox(EVE) == [BODY]
    assert house.handed_over() == []
