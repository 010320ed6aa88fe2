"""Automatic answers between honest twins: once, to whom they may go (USR-6)."""

import msgspec
import pytest

from fix_filer import EVE, TIM
from mailmax.base.envelope import Recipient
from mailmax.base.errors import StorageFull, TemporaryFailure
from mailmax.base.units import DAY_S
from mailmax.hub.contract.rows import MOVING, DomainRow, UserRow
from mailmax.policy.replies import MOST_OF_USER
from waiting import wait_for

pytestmark = pytest.mark.manual("7.3")

NOW_MS = 1_700_000_000_000
JOE = UserRow(9, "joe@demo.test", "demo.test/ef/joe~9")
ADA = "ada@example.org"


def mail(*lines: str, to: str = TIM.address) -> bytes:
    head = ["Return-Path: <x>", f"To: <{to}>", "Subject: lunch", *lines, "", "at noon"]
    return "\r\n".join([*head, ""]).encode()


@pytest.fixture
def house(filing_house):
    filing_house.book.answer(TIM)
    return filing_house


def answers(house) -> list[tuple[str, bytes]]:
    house.settle_with_queue()
    return [
        (record.envelope.recipients[0].address, body)
        for record, body in house.handed
        if b"\r\nAuto-Submitted: auto-replied\r\n" in body
    ]


def test_who_writes_is_answered_from_the_null_path_once_a_period(house):
    for days in (0, 6, 8):
        at = NOW_MS + days * DAY_S * 1000
        house.send(TIM, body=mail("Message-ID: <1@x>"), received_at_ms=at)
    house.start()

    told = answers(house)

    assert [address for address, _ in told] == [ADA, ADA]
    body = told[0][1]
    assert body.startswith(b"Return-Path: <>\r\nFrom: <tim@demo.test>\r\n")
    assert b"\r\nTo: <ada@example.org>\r\nSubject: Auto: lunch\r\n" in body
    assert b"\r\nIn-Reply-To: <1@x>\r\n" in body
    assert all(not record.envelope.reverse_path for record, _ in house.handed)
    assert len(house.inbox(TIM)) == 3


@pytest.mark.rfc("3834", "4")
def test_only_the_envelope_says_who_is_answered(house):
    """TRUST K3: a victim in Reply-To, three authors, a Bcc in the subject."""
    body = mail(
        "Reply-To: <victim@away.test>",
        "From: <a@away.test>, <b@away.test>, <c@away.test>",
        "Sender: <victim@away.test>",
        "Errors-To: <victim@away.test>",
        "Subject: =?utf-8?q?x=0D=0ABcc:_victim@away.test?=",
    )
    house.send(TIM, body=body)
    house.start()

    [(_, answer)] = answers(house)

    assert [record.envelope.recipients for record, _ in house.handed] == [
        (Recipient(ADA, notify="NEVER"),)
    ]
    assert b"\r\nTo: <ada@example.org>\r\n" in answer
    assert b"\nBcc" not in answer


@pytest.mark.rfc("3834", "2")
@pytest.mark.parametrize(
    ("body", "path"),
    [
        (mail("Auto-Submitted: auto-replied"), ADA),
        (mail("List-Id: <x.y>"), ADA),
        (mail("Precedence: bulk"), ADA),
        (mail(), ""),
        (mail(), "MAILER-DAEMON@example.org"),
        (mail(), "list-request@example.org"),
        (mail(), "Tim@demo.test"),
        (mail(), "info@demo.test"),
        (mail(to="undisclosed@example.org"), ADA),
        (mail(to="eve@demo.test"), ADA),
        (mail(to="nobody@demo.test"), ADA),
    ],
)
def test_nobody_else_is(house, body, path):
    """TRUST K1."""
    house.book.alias("info@demo.test", TIM)
    house.book.add_domain(DomainRow(1, "demo.test", catch_all=TIM.user_id))
    house.send(TIM, body=body, reverse_path=path)
    house.start()

    assert answers(house) == []
    assert house.inbox(TIM) == [body]


@pytest.mark.parametrize("to", ["info@demo.test", "TIM+x@demo.test", "tim@alias.test"])
def test_aliases_details_and_other_names_of_the_domain_are_the_users(house, to):
    house.book.alias("info@demo.test", TIM)
    house.book.add_domain(DomainRow(1, "demo.test", aliases=("alias.test",)))
    house.send(TIM, body=mail(to=to))
    house.start()

    assert len(answers(house)) == 1


def test_two_who_answer_each_other_send_one_answer_each_at_most(house):
    """One mail and one answer, which is not answered (TRUST K2)."""
    house.book.answer(EVE)
    for number in range(5):
        house.send(TIM, reverse_path=EVE.address, body=mail(f"X: {number}"))
    house.start()

    assert answers(house) == []
    wait_for(lambda: len(house.inbox(EVE)) == 1)
    assert b"\r\nTo: <eve@demo.test>\r\n" in house.inbox(EVE)[0]
    assert len(house.inbox(TIM)) == 5


def test_an_alias_that_was_taken_away_sends_no_answer(house):
    house.book.answer(TIM, from_address="info@demo.test", real_name="Tim R")
    house.send(TIM, body=mail())
    house.start()

    [(_, body)] = answers(house)

    assert b'From: "Tim R" <tim@demo.test>\r\n' in body


def test_who_is_being_moved_answers_later(house, monkeypatch):
    monkeypatch.setattr(house.store, "once", lambda *_: pytest.fail("written there"))
    row = house.book.flag(TIM, MOVING)
    house.send(TIM, body=mail())
    house.start()
    wait_for(lambda: house.filer.filed == 1)
    monkeypatch.undo()

    house.book.add(msgspec.structs.replace(row, flags=row.flags & ~MOVING))
    house.send(TIM, body=mail())

    assert len(answers(house)) == 1
    assert len(house.inbox(TIM)) == 2


def test_who_discards_forwarded_mail_answers_all_the_same(house):
    house.book.forward(TIM, EVE.address, keeps=False)
    house.send(TIM, body=mail())
    house.start()

    assert len(answers(house)) == 1
    assert house.inbox(TIM) == []


def test_an_answer_to_one_of_us_follows_the_forwards(house):
    house.book.forward(EVE, "far@away.test")
    house.send(TIM, body=mail(), reverse_path=EVE.address)
    house.start()

    [(address, _)] = answers(house)

    assert address == "far@away.test"
    assert len(house.inbox(EVE)) == 1


def test_a_flood_of_forged_senders_gets_few_answers(house):
    for number in range(300):
        house.send(TIM, body=mail(), reverse_path=f"v{number}@victim.test")
    house.start()

    assert len(answers(house)) == MOST_OF_USER
    assert len(house.inbox(TIM)) == 300


def test_a_replay_answers_the_same_once(house, monkeypatch):
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    for path in (EVE.address, ADA, ADA):
        house.send(TIM, body=mail(), reverse_path=path)
    filer = house.start()
    wait_for(lambda: filer.filed == 3)
    house.cut_power(monkeypatch)
    first = house.handed_over()

    again = house.start()
    wait_for(lambda: again.filed == 3)
    house.stop()
    second = house.handed_over()

    assert len(house.inbox(EVE)) == 1
    assert [(record.origin, body) for record, body in first] == [
        (record.origin, body) for record, body in second
    ], "which the queue knows"
    assert len(first) == 1


@pytest.mark.parametrize("failure", [TemporaryFailure, StorageFull])
def test_a_memory_that_cannot_be_written_holds_up_nothing(house, monkeypatch, failure):
    once, failed = house.store.once, []

    def refuse(*arguments):
        if len(failed) < 1:
            failed.append(1)
            raise failure("planted")
        return once(*arguments)

    monkeypatch.setattr(house.store, "once", refuse)
    house.send(TIM, body=mail())
    house.start()

    told = answers(house)

    assert len(house.inbox(TIM)) == 1
    assert len(told) == (1 if failure is StorageFull else 0), "done again, or left"


def test_an_answer_is_mail_of_the_watched_domain(house):
    house.book.add(JOE)
    house.book.add_domain(DomainRow(1, "demo.test", monitor=JOE.user_id))
    house.send(TIM, body=mail())
    house.start()

    assert len(answers(house)) == 1
    assert [b"auto-replied" in body for body in house.inbox(JOE)] == [False, True]


def test_mail_to_many_of_us_is_answered_by_each_who_is_named(house):
    house.book.answer(EVE)
    house.promise(
        Recipient(TIM.address, 7),
        Recipient(EVE.address, 8),
        body=mail("Cc: eve@demo.test"),
    )
    house.start()

    assert [body.split(b"\r\n")[1] for _, body in answers(house)] == [
        b"From: <tim@demo.test>",
        b"From: <eve@demo.test>",
    ]
