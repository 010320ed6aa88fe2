"""SMTPMax through real sockets, with the standard library's client."""

import contextlib
import smtplib
import socket

import pytest

from fix_smtp import SmtpRoom
from mailmax.base.errors import StorageFull
from mailmax.hub.contract.rows import DomainRow
from mailmax.net.listener import Admission

MAIL = b"Subject: one\r\n\r\nhello\r\n.dot\r\n"


@contextlib.contextmanager
def client(room: SmtpRoom, door: str = "smtp"):
    made = smtplib.LMTP if door == "lmtp" else smtplib.SMTP
    found = made("127.0.0.1", room.ports[door], "client.test", timeout=10)
    try:
        found.ehlo_or_helo_if_needed()
        yield found
    finally:
        found.close()


def test_a_message_arrives_with_our_two_lines(smtp: SmtpRoom) -> None:
    with client(smtp) as one:
        code, _text = one.docmd("NOOP")
        assert code == 250
        one.sendmail("bob@far.test", ["Tim@demo.test"], MAIL)
        code, _text = one.quit()
        assert code == 221

    [(record, body)] = smtp.mails()
    envelope = record.envelope
    assert envelope.reverse_path == "bob@far.test"
    assert [(r.address, r.user_id) for r in envelope.recipients] == [
        ("Tim@demo.test", 7)
    ]
    assert envelope.client.address == "127.0.0.1"
    assert envelope.client.helo == "client.test"
    assert envelope.client.protocol == "ESMTP"
    path = b"Return-Path: <bob@far.test>\r\n"
    assert body.startswith(path + b"Received: from client.test ([127.0.0.1])\r\n")
    assert envelope.return_path_octets == len(path)
    assert b"\tfor <Tim@demo.test>;\r\n" in body
    assert body.endswith(b"\r\n" + MAIL)


def test_recipients_are_resolved_and_collapse(smtp: SmtpRoom) -> None:
    with client(smtp) as one:
        everybody = [
            "tim@demo.test", "timothy@demo.test", "tim+tag@DEMO.test", "tim@other.test",
            "postmaster", "ann@demo.test", "a+b@demo.test",
        ]  # fmt: skip
        smtp.hub.set("postmaster", "ann@demo.test")
        assert one.sendmail("", everybody, MAIL) == {}

    [(record, body)] = smtp.mails()
    assert [r.user_id for r in record.envelope.recipients] == [7, 8, 11]
    assert b"for <" not in body[: body.find(b"Subject")]
    assert record.envelope.reverse_path == ""


@pytest.mark.parametrize(
    ("recipient", "code", "enhanced"),
    [
        ("nobody@demo.test", 550, b"5.1.1"),
        ("off@demo.test", 550, b"5.2.1"),
        ("bob@far.test", 550, b"5.7.1"),
        ("postmaster@demo.test", 550, b"5.1.1"),
    ],
)
def test_recipients_are_refused(smtp: SmtpRoom, recipient, code, enhanced) -> None:
    with client(smtp) as one:
        one.mail("a@far.test")
        answer = one.rcpt(recipient)

    assert answer[0] == code
    assert answer[1].startswith(enhanced)


@pytest.mark.parametrize("kind", ["relay", "backup", "etrn"])
def test_a_domain_that_passes_mail_on_takes_every_name(smtp: SmtpRoom, kind) -> None:
    smtp.hub.update(domains=(DomainRow(9, "far.test", kind, ("fern.test",)),))
    with client(smtp) as one:
        one.sendmail("a@x.test", ["Any@far.test", "any@fern.test"], MAIL)

    [(record, _)] = smtp.mails()
    found = [(r.address, r.user_id) for r in record.envelope.recipients]
    assert found == [("Any@far.test", 0), ("any@fern.test", 0)]


def test_a_suspended_domain_is_put_off_and_comes_back(smtp: SmtpRoom) -> None:
    smtp.hub.update(domains=(DomainRow(1, "demo.test", suspended=("smtp",)),))
    with client(smtp) as one:
        one.mail("a@x.test")
        assert one.rcpt("tim@demo.test") == (450, b"4.2.1 Mail for it is suspended")
        assert one.rcpt("tim@other.test")[0] == 250
        smtp.hub.update(domains=(DomainRow(1, "demo.test"),))
        assert one.rcpt("tim@demo.test")[0] == 250


def test_the_catch_all_gets_what_is_for_nobody(smtp: SmtpRoom) -> None:
    smtp.hub.update(domains=(DomainRow(1, "demo.test", catch_all=8),))
    with client(smtp) as one:
        one.sendmail("a@x.test", ["nobody@demo.test", "tim@demo.test"], MAIL)

    [(record, _)] = smtp.mails()
    found = [(r.address, r.user_id) for r in record.envelope.recipients]
    assert found == [("nobody@demo.test", 8), ("tim@demo.test", 7)]


def test_another_name_of_a_domain_is_the_domain(smtp: SmtpRoom) -> None:
    smtp.hub.update(domains=(DomainRow(1, "demo.test", aliases=("mail.demo.test",)),))
    with client(smtp) as one:
        one.sendmail("a@x.test", ["tim@mail.demo.test", "tim@demo.test"], MAIL)
        assert one.docmd("MAIL", "FROM:<a@x.test>")[0] == 250
        assert one.rcpt("nobody@mail.demo.test")[0] == 550

    [(record, _)] = smtp.mails()
    assert [r.user_id for r in record.envelope.recipients] == [7]


def test_users_relay_after_login_and_only_as_themselves(smtp: SmtpRoom) -> None:
    with client(smtp, "submission") as one:
        assert one.mail("tim@demo.test")[0] == 530
        one.login("tim", "secret")
        assert one.mail("ann@demo.test") == (553, b"5.7.1 Not your address")
        assert one.mail("bob@far.test")[0] == 553
        for own in ("", "tim+x@demo.test", "timothy@demo.test", "TIM@demo.test"):
            assert one.mail(own)[0] == 250
            one.rset()
        everybody = ["bob@far.test", "Bob@far.test", "bob@FAR.test", "ann@demo.test"]
        one.sendmail("tim@demo.test", everybody, MAIL)

    [(record, _)] = smtp.mails()
    found = [(r.address, r.user_id) for r in record.envelope.recipients]
    expected = [("bob@far.test", 0), ("Bob@far.test", 0), ("ann@demo.test", 8)]
    assert found == expected
    assert record.envelope.client.user_id == 7
    assert record.envelope.client.protocol == "ESMTPA"


def test_wrong_passwords_get_one_answer(smtp: SmtpRoom) -> None:
    with client(smtp, "submission") as one:
        for name, password in (("tim", "wrong"), ("nobody", "secret")):
            with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
                one.login(name, password)
            assert refusal.value.smtp_code == 535
            assert refusal.value.smtp_error == b"5.7.8 Wrong name or password"
        smtp.hub.away = True
        with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
            one.login("tim", "secret")
        assert refusal.value.smtp_code == 454


def test_login_wants_encryption(stranger: SmtpRoom, loopback_tls) -> None:
    """TRUST G7 and RFC 3207 §4.2."""
    with client(stranger, "submission") as one:
        assert "auth" not in one.esmtp_features
        assert one.docmd("AUTH", "PLAIN AHRpbQBzZWNyZXQ=")[0] == 538
        one.starttls(context=loopback_tls.client)
        assert one.docmd("MAIL", "FROM:<tim@demo.test>")[0] == 503
        one.ehlo()
        assert "starttls" not in one.esmtp_features
        one.login("tim", "secret")
        one.sendmail("tim@demo.test", ["bob@far.test"], MAIL)

    [(record, body)] = stranger.mails()
    assert record.envelope.client.protocol == "ESMTPSA"
    assert b" with ESMTPSA id " in body


def test_who_has_logged_in_need_not_wait(stranger: SmtpRoom, loopback_tls) -> None:
    """A stranger who speaks on behind EHLO is sent away; this one is none any more."""
    with client(stranger) as one:
        one.starttls(context=loopback_tls.client)
        one.ehlo()
        one.login("tim", "secret")
        one.send("EHLO again\r\nNOOP\r\n")

        assert [one.getreply()[0], one.getreply()[0]] == [250, 250]


def test_tls_forgets_who_logged_in_before(smtp: SmtpRoom, loopback_tls) -> None:
    """RFC 3207 §4.2."""
    with client(smtp) as one:
        one.login("tim", "secret")
        one.starttls(context=loopback_tls.client)
        one.ehlo()
        assert one.mail("ann@demo.test")[0] == 250
        assert one.rcpt("bob@far.test")[0] == 550
        one.rset()
        one.login("tim", "secret")
        assert one.mail("ann@demo.test")[0] == 553


def test_tls_from_the_first_octet(stranger: SmtpRoom, loopback_tls) -> None:
    with smtplib.SMTP_SSL(
        "127.0.0.1", stranger.ports["submissions"], context=loopback_tls.client
    ) as one:
        one.login("tim", "secret")
        one.sendmail("tim@demo.test", ["tim@demo.test"], MAIL)

    assert len(stranger.mails()) == 1


def test_lmtp_answers_each_recipient(smtp: SmtpRoom) -> None:
    """RFC 2033 §4.2: one answer for each RCPT that was accepted, in their order."""
    with client(smtp, "lmtp") as one:
        assert one.docmd("EHLO", "x")[0] == 500
        one.mail("a@far.test")
        assert one.rcpt("tim@demo.test")[0] == 250
        assert one.rcpt("bob@far.test")[0] == 550
        assert one.rcpt("ann@demo.test")[0] == 250
        smtp.usage.octets[8] = 9_990
        assert one.docmd("DATA")[0] == 354
        one.send(MAIL + b".\r\n")
        assert one.getreply()[0] == 250
        assert one.getreply() == (552, b"5.2.2 Mailbox full")

    [(record, body)] = smtp.mails()
    assert [r.user_id for r in record.envelope.recipients] == [7]
    assert b" with LMTP id " in body


def test_full_boxes_are_refused(smtp: SmtpRoom) -> None:
    """At MAIL SIZE=, at RCPT, at the end of data (DESIGN 3.5)."""
    with client(smtp) as one:
        one.mail("a@far.test", ["SIZE=20000"])
        assert one.rcpt("ann@demo.test") == (552, b"5.2.2 Mailbox full")
        one.rset()
        smtp.usage.octets[8] = 10_000
        one.mail("a@far.test")
        assert one.rcpt("ann@demo.test")[0] == 552
        smtp.usage.octets[8] = 9_000
        assert one.rcpt("ann@demo.test")[0] == 250
        assert one.data(b"x" * 5_000 + b"\r\n")[0] == 552

    assert smtp.mails() == []


def test_what_is_not_filed_yet_counts_once(smtp: SmtpRoom) -> None:
    mail = b"x" * 4_000 + b"\r\n"
    with client(smtp) as one:
        one.sendmail("a@far.test", "ann@demo.test", mail)
        one.sendmail("a@far.test", "ann@demo.test", mail)
        one.mail("a@far.test")
        one.rcpt("ann@demo.test")
        assert one.data(mail)[0] == 552
        sizes = [record.body.size for record, _ in smtp.mails()]
        smtp.usage.octets[8] = sum(sizes)
        one.mail("a@far.test", ["SIZE=1500"])
        assert one.rcpt("ann@demo.test")[0] == 250
        one.rset()
        smtp.let_filer_pass()
        smtp.usage.octets[8] = 0
        one.sendmail("a@far.test", "ann@demo.test", mail)

    assert len(smtp.mails()) == 1


def test_large_messages_are_refused(smtp: SmtpRoom) -> None:
    with client(smtp) as one:
        assert one.mail("a@far.test", ["SIZE=100001"])[0] == 552
        assert one.mail("a@far.test", ["SIZE=99999999999999999999"])[0] == 552
        for size, code in ((99_998, 250), (99_999, 552)):
            one.mail("a@far.test")
            one.rcpt("tim@demo.test")
            assert one.data(b"x" * size + b"\r\n")[0] == code
        one.mail("a@far.test", ["SIZE=1001"])
        assert one.rcpt("small@demo.test")[0] == 552

    assert len(smtp.mails()) == 1


def test_large_messages_are_streamed_aside(smtp: SmtpRoom) -> None:
    smtp.hub.set("message_limit_octets", 50_000_000)
    mail = b"".join(b"%075d\r\n" % n for n in range(60_000))
    opened: list[int] = []
    open_big = smtp.writer.open_big
    smtp.writer.open_big = lambda: opened.append(1) or open_big()
    with client(smtp) as one:
        one.sendmail("a@far.test", "tim@demo.test", mail[:200_000])
        assert opened == []
        one.sendmail("a@far.test", "tim@demo.test", mail)
        assert opened == [1]

    [_, (_, body)] = smtp.mails()
    assert body.endswith(mail)
    assert len(body) < len(mail) + 500


def test_trouble_while_a_large_message_comes_is_told_at_its_end(
    smtp: SmtpRoom,
) -> None:
    smtp.hub.set("message_limit_octets", 50_000_000)

    def open_big():
        raise StorageFull("insufficient system storage")

    smtp.writer.open_big = open_big
    with client(smtp) as one:
        one.mail("a@far.test")
        one.rcpt("tim@demo.test")
        assert one.data(b"x" * 3_000_000 + b"\r\n")[0] == 452
        one.sendmail("a@far.test", "tim@demo.test", MAIL)

    assert len(smtp.mails()) == 1


def test_mail_that_loops_is_refused(smtp: SmtpRoom) -> None:
    line = b"Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"
    with client(smtp) as one:
        for hops, code in ((30, 250), (31, 554)):
            one.mail("a@far.test")
            one.rcpt("tim@demo.test")
            assert one.data(line * hops + MAIL)[0] == code


def test_trouble_is_temporary(smtp: SmtpRoom) -> None:
    """TRUST D2, D12, D13: never 550, never 250."""
    with client(smtp) as one:
        smtp.hub.away = True
        assert one.mail("a@far.test")[0] == 451
        smtp.hub.away = False
        smtp.spool.full = True
        assert one.mail("a@far.test") == (
            452, b"4.3.1 No space left, try again later",
        )  # fmt: skip
        smtp.spool.full = False
        smtp.usage.full = True
        assert one.mail("a@far.test")[0] == 452
        smtp.usage.full = False
        one.mail("a@far.test")
        one.rcpt("tim@demo.test")
        smtp.spool.broken = True
        assert one.data(MAIL)[0] == 451
        smtp.spool.broken = False
        one.mail("a@far.test")
        one.rcpt("tim@demo.test")
        smtp.spool.full = True
        assert one.data(MAIL)[0] == 452
        smtp.spool.full = False
        one.sendmail("a@far.test", "tim@demo.test", MAIL)

    assert len(smtp.mails()) == 1


def test_a_usage_that_cannot_be_read_is_temporary(smtp: SmtpRoom) -> None:
    with client(smtp) as one:
        one.mail("a@far.test")
        assert one.rcpt("ann@demo.test")[0] == 250
        smtp.usage.broken = True
        assert one.rcpt("ann@demo.test")[0] == 451
        assert one.data(MAIL)[0] == 451
        one.sendmail("a@far.test", "tim@demo.test", MAIL)

    assert len(smtp.mails()) == 1


def test_too_many_connections_hear_one_line(make_smtp) -> None:
    """TRUST 3."""
    room = make_smtp(admission=Admission(max_per_address=2))
    address = ("127.0.0.1", room.port)
    with client(room), client(room), socket.create_connection(address, 10) as sock:
        assert sock.recv(1000) == b"421 4.7.0 Too many connections\r\n"
        assert sock.recv(1000) == b""


def test_among_several_a_full_box_takes_one_too_many(smtp: SmtpRoom) -> None:
    """DECISIONS 20: what one recipient lacks does not cost the others their mail."""
    with client(smtp) as one:
        one.mail("a@far.test")
        one.rcpt("ann@demo.test")
        one.rcpt("tim@demo.test")
        smtp.usage.octets[8] = 10_000
        assert one.data(MAIL)[0] == 250
        one.mail("a@far.test")
        assert one.rcpt("ann@demo.test")[0] == 552

    [(record, _)] = smtp.mails()
    assert [r.user_id for r in record.envelope.recipients] == [8, 7]


def test_a_filer_that_is_behind_puts_mail_off(make_smtp) -> None:
    room = make_smtp(lag_limit_octets=1000)
    with client(room) as one:
        one.sendmail("a@far.test", "tim@demo.test", b"x" * 1000 + b"\r\n")
        assert one.mail("a@far.test")[0] == 451
        room.mails()
        room.let_filer_pass()
        assert one.mail("a@far.test")[0] == 250


def test_pipelining_works_in_one_segment(smtp: SmtpRoom) -> None:
    with socket.create_connection(("127.0.0.1", smtp.port), timeout=10) as sock:
        file = sock.makefile("rb")
        file.readline()
        sock.sendall(
            b"HELO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<tim@demo.test>\r\nDATA\r\n"
        )
        codes = [file.readline()[:3] for _ in range(4)]
        sock.sendall(MAIL.replace(b"\r\n.", b"\r\n..") + b".\r\nNOOP\r\nQUIT\r\n")
        codes += [file.readline()[:3] for _ in range(3)]
        assert file.readline() == b""

    assert codes == [b"250", b"250", b"250", b"354", b"250", b"250", b"221"]
    [(record, _)] = smtp.mails()
    assert record.envelope.client.protocol == "SMTP"
