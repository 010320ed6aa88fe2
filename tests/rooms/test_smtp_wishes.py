"""What senders ask for, from the wire to the envelope, through real sockets."""

import time
from types import SimpleNamespace

import pytest

from fix_smtp import SmtpRoom
from fix_tls import LoopbackTls
from mailmax.base.envelope import Recipient, Wishes
from mailmax.hub.contract.rows import UserRow
from mailmax.smtpmax import gate, transaction
from smtp_clients import client, put, update

NOW_S = 1_900_000_000.25
"""2030-03-17T17:46:40.25Z."""
MAIL = b"Subject: one\r\n\r\nhello\r\n"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stop the clock of wishes; a test moves it."""
    now = SimpleNamespace(s=NOW_S)
    twin = SimpleNamespace(time=lambda: now.s, monotonic=time.monotonic)
    for module in (gate, transaction):
        monkeypatch.setattr(module, "time", twin)
    return now


def send(room: SmtpRoom, *options: str, rcpt: dict[str, list[str]], **where: str):
    """Hand a message in; return the last answer and the envelope, if any."""
    with client(room, **where) as one:
        sender = "tim@demo.test" if where.get("login") else "a@far.test"
        answer = one.mail(sender, options)
        if answer[0] != 250:
            return answer, None
        for address, said in rcpt.items():
            code, _words = one.rcpt(address, said)
            assert code == 250
        answer = one.data(MAIL)
    mails = room.mails()
    return answer, mails[0][0].envelope if mails else None


@pytest.mark.rfc("3461", "5.2")
@pytest.mark.parametrize("where", [{}, {"door": "lmtp"}, {"login": "tim@demo.test"}])
def test_what_is_to_be_reported_is_on_the_envelope(smtp: SmtpRoom, where) -> None:
    said = ["NOTIFY=success,delay", "ORCPT=rfc822;Old+2B1@Far.test"]

    _, envelope = send(
        smtp,
        *("RET=HDRS", "ENVID=QQ+2B1"),
        rcpt={"tim@demo.test": said, "ann@demo.test": ["NOTIFY=NEVER"]},
        **where,
    )

    assert envelope.wishes == Wishes(envelope_id="QQ+1", returns="HDRS")
    assert envelope.recipients == (
        Recipient("tim@demo.test", 7, "", "SUCCESS,DELAY", "rfc822;Old+1@Far.test"),
        Recipient("ann@demo.test", 8, "", "NEVER"),
    )


def test_who_asks_for_nothing_leaves_nothing(smtp: SmtpRoom) -> None:
    _, envelope = send(smtp, "SIZE=40", "BODY=8BITMIME", rcpt={"tim@demo.test": []})

    assert envelope.wishes is None
    assert envelope.recipients == (Recipient("tim@demo.test", 7),)


@pytest.mark.rfc("3461", "5.2")
def test_two_names_of_one_user_are_one_recipient_of_whom_all_is_heard(
    smtp: SmtpRoom,
) -> None:
    _, envelope = send(
        smtp,
        rcpt={
            "tim@demo.test": ["NOTIFY=SUCCESS", "ORCPT=rfc822;one@x"],
            "timothy@demo.test": ["NOTIFY=FAILURE", "ORCPT=rfc822;two@x"],
            "tim+tag@demo.test": ["NOTIFY=NEVER"],
        },
    )

    assert envelope.recipients == (
        Recipient("tim@demo.test", 7, "", "SUCCESS,FAILURE", "rfc822;one@x"),
    )


@pytest.mark.rfc("3461", "4.2")
def test_recipients_elsewhere_keep_what_was_said(smtp: SmtpRoom) -> None:
    said = ["NOTIFY=NEVER", "ORCPT=utf-8;\\x{434}@x"]

    _, envelope = send(smtp, rcpt={"x@elsewhere.test": said}, login="tim@demo.test")

    assert envelope.recipients == (
        Recipient("x@elsewhere.test", 0, "", "NEVER", r"utf-8;\x{434}@x"),
    )


@pytest.mark.rfc("4865", "4")
@pytest.mark.parametrize(
    ("option", "until_ms"),
    [
        ("HOLDFOR=60", 1_900_000_060_250),
        ("HOLDUNTIL=2030-03-17T17:47:40Z", 1_900_000_060_000),
    ],
)
def test_a_hold_becomes_a_moment(smtp: SmtpRoom, clock, option, until_ms) -> None:
    for where in ({}, {"door": "submission", "login": "tim@demo.test"}):
        _, envelope = send(smtp, option, rcpt={"ann@demo.test": []}, **where)

        assert envelope.wishes == Wishes(hold_until_ms=until_ms)


@pytest.mark.rfc("4865", "4")
def test_a_hold_that_is_over_is_none(smtp: SmtpRoom, clock) -> None:
    option = "HOLDUNTIL=2030-03-17T17:46:40Z"

    _, envelope = send(smtp, option, rcpt={"ann@demo.test": []})

    assert envelope.wishes is None


@pytest.mark.rfc("4865", "5")
def test_strangers_hold_nothing(stranger: SmtpRoom) -> None:
    answer, _ = send(stranger, "HOLDFOR=60", rcpt={})

    assert answer[0] == 555


def test_who_logs_in_may_hold_as_long_as_is_set(smtp: SmtpRoom, clock) -> None:
    put(smtp, longest_hold_hours=2)
    where = {"door": "submission", "login": "tim@demo.test"}
    to = {"ann@demo.test": []}

    assert send(smtp, "HOLDFOR=7200", rcpt=to, **where)[0][0] == 250
    assert send(smtp, "HOLDFOR=7201", rcpt=to, **where)[0][0] == 501
    assert send(smtp, "HOLDFOR=60", "BY=60;R", rcpt=to, **where)[0][0] == 501
    assert send(smtp, "HOLDFOR=60", "BY=60;N", rcpt=to, **where)[0][0] == 250

    put(smtp, longest_hold_hours=0)

    with client(smtp, **where) as one:
        assert "futurerelease" not in one.esmtp_features
        assert one.mail("tim@demo.test", ["HOLDFOR=1"])[0] == 555


@pytest.mark.rfc("2852", "4")
def test_what_comes_too_late_is_refused_not_returned(smtp: SmtpRoom, clock) -> None:
    with client(smtp) as one:
        for mode, code in (("R", 554), ("N", 250)):
            clock.s = NOW_S
            assert one.mail("a@far.test", [f"BY=5;{mode}"])[0] == 250
            assert one.rcpt("tim@demo.test")[0] == 250
            clock.s = NOW_S + 6
            assert one.data(MAIL)[0] == code

    [(record, _)] = smtp.mails()
    assert record.envelope.wishes == Wishes(
        deliver_by_ms=1_900_000_005_250, by_mode="N"
    )


@pytest.mark.rfc("6710", "4.1")
def test_a_priority_is_written_down(smtp: SmtpRoom) -> None:
    with client(smtp) as one:
        one.mail("a@far.test", ["MT-PRIORITY=4"])
        one.rcpt("tim@demo.test")
        assert one.data(MAIL)[1].startswith(b"2.0.0 ")

    [(record, body)] = smtp.mails()
    assert record.envelope.wishes == Wishes(priority=4)
    assert b"\r\n\tfor <tim@demo.test>\r\n\tPRIORITY 4;\r\n\t" in body


@pytest.mark.rfc("6710", "4.1")
@pytest.mark.parametrize(("said", "granted"), [(9, 0), (1, 0), (0, 0), (-3, -3)])
def test_a_stranger_goes_before_nobody(stranger: SmtpRoom, said, granted) -> None:
    to = {"tim@demo.test": []}

    answer, envelope = send(stranger, f"MT-PRIORITY={said}", rcpt=to)

    code, words = answer
    assert code == 250
    assert words.startswith(b"2.0.0 " if said == granted else b"2.3.6 0 ")
    assert envelope.wishes == (Wishes(priority=granted) if granted else None)


@pytest.mark.rfc("8689", "2")
def test_tls_may_be_required_over_tls_alone(
    smtp: SmtpRoom, loopback_tls: LoopbackTls
) -> None:
    with client(smtp) as one:
        assert "requiretls" not in one.esmtp_features
        assert one.mail("a@far.test", ["REQUIRETLS"])[0] == 555
        one.starttls(context=loopback_tls.client)
        one.ehlo()
        assert "requiretls" in one.esmtp_features
        assert one.mail("a@far.test", ["REQUIRETLS"])[0] == 250
        one.rcpt("tim@demo.test")
        assert one.data(MAIL)[0] == 250

    [(record, _)] = smtp.mails()
    assert record.envelope.wishes == Wishes(require_tls=True)


@pytest.mark.manual("4.4")
def test_the_most_hops_are_a_setting(smtp: SmtpRoom) -> None:
    line = b"Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"
    with client(smtp) as one:
        for most, hops, code in ((30, 30, 250), (2, 3, 554), (2, 2, 250), (3, 3, 250)):
            put(smtp, max_hops=most)
            one.mail("a@far.test")
            one.rcpt("tim@demo.test")
            answer = one.data(line * hops + MAIL)
            assert answer[0] == code
            assert code == 250 or answer[1].startswith(b"5.4.6 ")


@pytest.mark.rfc("3461", "5.2")
def test_a_stranger_hears_of_the_success_of_few_recipients_a_message(
    stranger: SmtpRoom,
) -> None:
    rows = tuple(
        UserRow(100 + n, f"user{n}@demo.test", f"demo.test/00/user~{n}")
        for n in range(23)
    )
    update(stranger, users=rows)

    with client(stranger) as one:
        assert one.mail("victim@far.test")[0] == 250
        codes = [one.rcpt(row.address, ["NOTIFY=SUCCESS"])[0] for row in rows[:22]]
        again = one.rcpt("USER0@demo.test", ["NOTIFY=SUCCESS,DELAY"])[0]
        without = one.rcpt(rows[22].address, ["NOTIFY=FAILURE"])[0]
        assert one.data(MAIL)[0] == 250

    assert codes == [250] * 20 + [452] * 2
    assert (again, without) == (250, 250)
    [(record, _)] = stranger.mails()
    assert len(record.envelope.recipients) == 21


def test_clients_of_ours_hear_of_every_success(smtp: SmtpRoom) -> None:
    rows = tuple(
        UserRow(100 + n, f"user{n}@demo.test", f"demo.test/00/user~{n}")
        for n in range(30)
    )
    update(smtp, users=rows)

    with client(smtp, login="tim@demo.test") as one:
        assert one.mail("tim@demo.test")[0] == 250
        codes = {one.rcpt(row.address, ["NOTIFY=SUCCESS"])[0] for row in rows}

    assert codes == {250}
