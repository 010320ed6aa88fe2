"""What the filer tells senders and the postmaster (RFC 3461, QUE-5)."""

import email.policy  # noqa: TID251 - the oracle

import pytest

from mailmax.base import postmaster
from mailmax.base.envelope import Envelope, Origin, Recipient, Wishes
from mailmax.hub.contract.rows import UserRow
from mailmax.policy.copies import MOST
from mailmax.store.spool.port import Entry

ADA = "ada@example.org"
TIM = UserRow(7, "tim@demo.test", "demo.test/ab/tim~7")
EVE = UserRow(8, "eve@demo.test", "demo.test/cd/eve~8")
MASTER = UserRow(9, "postmaster@demo.test", "demo.test/ef/postmaster~9")
SMALL = UserRow(10, "small@demo.test", "demo.test/gh/small~10", box_limit_octets=10)
GONE = Recipient("gone@demo.test", 99)
ASKS = "SUCCESS,FAILURE"


@pytest.fixture
def house(filing_house):
    return filing_house


def run(house, *recipients: Recipient, **more) -> None:
    """Promise a message, and have it filed with all that comes of it."""
    house.promise(*recipients, **more)
    if house.filer is None:
        house.start()
    house.settle_with_queue()
    house.let_it_go_round()
    house.handed += house.handed_over()


def reports(house, to: str = ADA) -> list[email.message.Message]:
    """Return what went to an address by way of the queue, read by another reader."""
    return [
        email.message_from_bytes(body, policy=email.policy.compat32)
        for record, body in house.handed
        if [one.address for one in record.envelope.recipients] == [to]
        and b"multipart/report" in body
    ]


def fields(report: email.message.Message) -> list[dict[str, str]]:
    """Return the fields for programs: of the message, then of each recipient."""
    return [dict(block.items()) for block in report.get_payload(1).get_payload()]


@pytest.mark.rfc("3461", "5.2.3")
def test_a_delivery_is_told_to_who_asked(house):
    asked = Recipient(TIM.address, 7, "", ASKS, "rfc822;Tim@old.test")
    run(house, asked, Recipient(EVE.address, 8), wishes=Wishes("QQ-1", "FULL"))

    (report,) = reports(house)
    about, one = fields(report)
    assert about["Original-Envelope-Id"] == "QQ-1"
    assert one == {
        "Original-Recipient": "rfc822; Tim@old.test",
        "Final-Recipient": "rfc822; tim@demo.test",
        "Action": "delivered",
        "Status": "2.0.0",
    }
    assert report["Subject"] == "Mail was delivered"
    assert report.get_payload(2).get_content_type() == "text/rfc822-headers"
    [(record, _)] = house.handed
    assert record.envelope.reverse_path == ""
    assert record.envelope.recipients == (Recipient(ADA, notify="NEVER"),)


@pytest.mark.rfc("3461", "4.1")
@pytest.mark.parametrize("notify", ["", "NEVER", "FAILURE", "DELAY,FAILURE"])
def test_who_did_not_ask_hears_nothing_of_a_delivery(house, notify):
    run(house, Recipient(TIM.address, 7, notify=notify))

    assert reports(house) == []
    assert len(house.inbox(TIM)) == 1


@pytest.mark.rfc("5321", "4.5.5")
def test_the_null_reverse_path_is_told_of_nothing(house):
    house.book.forward(EVE, "nobody@demo.test")
    run(house, *(Recipient(one, 0, "", ASKS) for one in (TIM.address, EVE.address)),
        GONE, reverse_path="")  # fmt: skip

    assert house.handed == []
    assert len(house.inbox(TIM)) == 1


def test_a_delivery_is_told_once_whatever_is_replayed(house, monkeypatch):
    house.start()
    house.promise(Recipient(TIM.address, 7, "", ASKS), reverse_path=EVE.address)
    house.let_it_go_round()
    house.cut_power(monkeypatch)
    house.start()
    house.settle()
    house.let_it_go_round()

    assert len(house.inbox(EVE)) == 1
    assert len(house.inbox(TIM)) == 1
    assert b"Action: delivered" in house.inbox(EVE)[0]


def test_two_names_of_one_user_are_told_of_one_by_one(house):
    house.book.alias("timothy@demo.test", TIM)
    run(house, Recipient(TIM.address, 7, "", ASKS),
        Recipient("timothy@demo.test", 7, "", ASKS))  # fmt: skip

    told = [fields(report)[1]["Final-Recipient"] for report in reports(house)]
    assert told == ["rfc822; tim@demo.test", "rfc822; timothy@demo.test"]
    assert len(house.inbox(TIM)) == 1


@pytest.mark.rfc("3461", "4.1")
@pytest.mark.parametrize(
    ("notify", "told"), [("", 1), (ASKS, 1), ("SUCCESS", 0), ("NEVER", 0), ("DELAY", 0)]
)
def test_a_failure_is_told_unless_the_sender_does_not_want_it(house, notify, told):
    run(house, Recipient("gone@demo.test", 99, notify=notify))

    assert len(reports(house)) == told


@pytest.mark.rfc("3461", "4.3")
@pytest.mark.parametrize(
    ("returns", "size", "kind"),
    [
        ("FULL", 10, "message/rfc822"),
        ("FULL", 60_000, "text/rfc822-headers"),
        ("HDRS", 10, "text/rfc822-headers"),
        ("", 10, "text/rfc822-headers"),
    ],
)
def test_the_message_comes_back_whole_where_that_was_asked_and_it_is_small(
    house, returns, size, kind
):
    body = b"Return-Path: <ada@example.org>\r\nSubject: hello\r\n\r\n"
    body += b"twelve octet\r\n" * (size // 14 + 1)
    run(house, GONE, body=body, wishes=Wishes(returns=returns))

    (report,) = reports(house)
    returned = report.get_payload(2)
    assert returned.get_content_type() == kind
    assert (b"twelve octet" in returned.as_bytes()) == (kind == "message/rfc822")
    assert b"Return-Path: <ada" not in returned.as_bytes()


@pytest.mark.rfc("3461", "5.2.7.3")
def test_mail_that_is_sent_on_to_several_is_told_as_expanded(house):
    house.book.forward(TIM, "a@away.test", "b@away.test", keeps=False)
    run(house, Recipient(TIM.address, 7, "", ASKS), wishes=Wishes("QQ-2"))

    (report,) = reports(house)
    assert fields(report)[1]["Action"] == "expanded"
    assert fields(report)[1]["Final-Recipient"] == "rfc822; tim@demo.test"
    sent_on = [
        (one.address, one.notify, one.original)
        for record, _ in house.handed
        for one in record.envelope.recipients
        if record.envelope.wishes == Wishes("QQ-2")
    ]
    assert sent_on == [
        ("a@away.test", "FAILURE", "rfc822;tim@demo.test"),
        ("b@away.test", "FAILURE", "rfc822;tim@demo.test"),
    ]


def test_a_forward_that_a_full_box_refused_is_told_as_failed_alone(house):
    house.book.add(SMALL)
    house.book.forward(TIM, SMALL.address, keeps=False)
    run(house, Recipient(TIM.address, 7, "", ASKS))

    (report,) = reports(house)
    assert fields(report)[1]["Action"] == "failed"
    assert fields(report)[1]["Original-Recipient"] == "rfc822; tim@demo.test"
    assert len(house.inbox(TIM)) == 1


def test_whoever_wants_only_success_hears_of_the_copy_that_stayed(house):
    house.book.add(SMALL)
    house.book.forward(TIM, SMALL.address, keeps=False)
    run(house, Recipient(TIM.address, 7, "", "SUCCESS"))

    (report,) = reports(house)
    assert fields(report)[1]["Action"] == "delivered"
    assert fields(report)[1]["Final-Recipient"] == "rfc822; tim@demo.test"


def test_a_watched_message_is_told_of_as_any_other(house):
    row = house.book.tables.domain("demo.test")
    house.book.add_domain(type(row)(row.domain_id, row.name, monitor=EVE.user_id))
    run(house, Recipient(TIM.address, 7, "", ASKS))

    assert len(house.inbox(EVE)) == 1
    told = [fields(report)[1]["Final-Recipient"] for report in reports(house)]
    assert told == ["rfc822; tim@demo.test"]


# Copies for the postmaster


def copies(house) -> list[email.message.Message]:
    return [email.message_from_bytes(text) for text in house.inbox(MASTER)]


@pytest.fixture
def watched(house):
    house.book.add(MASTER)
    house.book.set("bounce_copies", value=True)
    return house


@pytest.mark.manual("4.4")
def test_the_postmaster_gets_a_copy_of_a_failure(watched):
    run(watched, GONE, wishes=Wishes(returns="FULL"))

    assert len(reports(watched)) == 1
    (copy,) = copies(watched)
    assert copy["To"] == "<postmaster@demo.test>"
    assert copy["Subject"].startswith("Postmaster: undelivered mail: ")
    assert "Sender: <ada@example.org>" in copy.get_payload(0).get_payload()
    assert fields(copy)[1]["Final-Recipient"] == "rfc822; gone@demo.test"
    assert copy.get_payload(2).get_content_type() == "text/rfc822-headers"


def test_without_the_setting_or_a_postmaster_there_is_no_copy(house):
    house.book.add(MASTER)
    run(house, GONE)
    house.book.remove(MASTER)
    house.book.set("bounce_copies", value=True)
    run(house, GONE)

    assert house.inbox(MASTER) == []
    assert len(reports(house)) == 2


def test_the_postmaster_may_be_another_user(watched):
    watched.book.set("postmaster", EVE.address)
    run(watched, GONE)

    assert watched.inbox(MASTER) == []
    assert len(watched.inbox(EVE)) == 1


@pytest.mark.parametrize("sender", ["", "nobody@demo.test"])
def test_what_no_sender_can_be_told_the_postmaster_hears(watched, sender):
    run(watched, GONE, reverse_path=sender)

    assert watched.handed == []
    (copy,) = copies(watched)
    assert "nobody else can be told" in copy.get_payload(0).get_payload()


def test_a_failure_that_nobody_wants_to_hear_of_is_not_copied(watched):
    run(watched, Recipient("gone@demo.test", 99, notify="NEVER"))

    assert copies(watched) == []


def test_a_full_postmaster_ends_it(watched):
    watched.book.add(UserRow(9, MASTER.address, MASTER.home, box_limit_octets=100))
    run(watched, GONE)

    assert copies(watched) == []
    assert len(reports(watched)) == 1


def test_a_postmaster_who_forwards_to_nobody_ends_it(watched):
    watched.book.forward(MASTER, "nobody@demo.test", keeps=False)
    run(watched, GONE)

    assert len(copies(watched)) == 1


def test_a_copy_that_is_sent_on_keeps_its_mark(watched):
    watched.book.forward(MASTER, "far@away.test", keeps=False)
    run(watched, GONE)

    (record,) = [
        record
        for record, _ in watched.handed
        if record.envelope.recipients[0].address == "far@away.test"
    ]
    assert postmaster.is_copy(record.envelope)
    assert record.envelope.recipients[0].notify == "NEVER"


def test_a_storm_fills_no_box(watched):
    for _ in range(MOST + 5):
        watched.promise(GONE, reverse_path="")
    run(watched, GONE, reverse_path="")

    assert len(copies(watched)) == MOST


def test_the_queues_copies_come_to_the_postmaster(watched):
    text = b"Return-Path: <>\r\nSubject: copy\r\n\r\nof the queue\r\n"
    envelope = Envelope("", (Recipient(postmaster.ADDRESS, notify="NEVER"),),
                        1_700_000_000_000, origin=Origin(b"q" * 16, 3),
                        facts=dict(postmaster.MARK), return_path_octets=17)  # fmt: skip
    writer = watched.spool.writer("queuemax")
    writer.commit([Entry(envelope, chunks=(text,))])
    run(watched, Recipient(TIM.address, 7))

    assert watched.inbox(MASTER) == [b"Subject: copy\r\n\r\nof the queue\r\n"]
