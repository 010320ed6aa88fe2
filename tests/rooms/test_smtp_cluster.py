"""SMTPMax in a cluster: who is taken, put off and refused in clustered domains."""

import smtplib

import pytest

from cluster_rows import SHARED, member_rows
from fix_smtp import SmtpRoom
from mailmax.base.ids import NOBODY
from mailmax.hub.contract.rows import BanRow, DomainRow
from smtp_clients import client, push_filters, put, update

MEMBER, STRANGER = "127.0.1.9", "127.0.1.8"
YES, NO, OFF, LATER = (250, 550, 550, 451)


@pytest.fixture
def room(filtered: SmtpRoom) -> SmtpRoom:
    """Give a room with a clustered domain, whose other member has bob."""
    update(
        filtered,
        domains=(DomainRow(5, SHARED, "clustered", catch_all=0),),
        **member_rows("bob", "!off", addresses=(MEMBER,)),
    )
    return filtered


def rcpt(one: smtplib.SMTP, local: str, domain: str = SHARED) -> tuple[int, bytes]:
    return one.rcpt(f"{local}@{domain}")


@pytest.mark.manual("6.1")
def test_a_user_of_another_member_is_taken_from_anybody_and_goes_to_the_queue(
    room: SmtpRoom,
) -> None:
    with client(room, STRANGER) as one:
        one.sendmail("a@far.test", [f"Bob+x@{SHARED}"], b"Subject: x\r\n\r\nx\r\n")

    [(record, _)] = room.mails()
    [recipient] = record.envelope.recipients
    assert (recipient.address, recipient.user_id) == (f"Bob+x@{SHARED}", NOBODY)


def test_who_is_nobody_is_refused_while_all_members_are_in_sync(
    room: SmtpRoom,
) -> None:
    with client(room, STRANGER) as one:
        one.mail("a@far.test")
        assert rcpt(one, "eve")[0] == NO
        assert rcpt(one, "off") == (OFF, b"5.2.1 Mailbox disabled")
        assert rcpt(one, "bob")[0] == YES


def test_who_is_nobody_is_put_off_while_a_member_is_silent(room: SmtpRoom) -> None:
    update(room, **member_rows(is_in_sync=False, addresses=(MEMBER,)))
    update(room, domains=(DomainRow(5, SHARED, "clustered", catch_all=7),))
    with client(room, STRANGER) as one:
        one.mail("a@far.test")
        assert rcpt(one, "eve") == (LATER, b"4.4.3 Not known now, try again later")
        assert rcpt(one, "bob")[0] == YES
        assert rcpt(one, "nobody", "demo.test")[0] == NO


def test_the_catch_all_has_what_no_member_has(room: SmtpRoom) -> None:
    update(room, domains=(DomainRow(5, SHARED, "clustered", catch_all=7),))
    with client(room, STRANGER) as one:
        recipients = [f"eve@{SHARED}", f"bob@{SHARED}"]
        one.sendmail("a@far.test", recipients, b"Subject: x\r\n\r\nx\r\n")

    [(record, _)] = room.mails()
    assert [one.user_id for one in record.envelope.recipients] == [7, NOBODY]


def test_what_comes_from_a_member_goes_on_to_none(room: SmtpRoom) -> None:
    with client(room, MEMBER) as one:
        one.mail("a@far.test")
        assert rcpt(one, "bob") == (NO, b"5.1.1 No such user here")
        assert rcpt(one, "tim", "demo.test")[0] == YES
        assert rcpt(one, "x", "far.test")[0] == NO


def test_a_member_is_under_no_limits_and_has_no_other_rights(room: SmtpRoom) -> None:
    put(
        room,
        session_messages=1,
        tarpit_on=True,
        tarpit_recipients=2,
        sender_domain_needed=True,
        reverse_dns_needed=True,
    )
    update(room, bans=(BanRow(1, 0, "far.test"),))
    with client(room, STRANGER) as one:
        assert one.mail("a@far.test")[0] == NO
    with client(room, MEMBER) as one:
        for _ in range(3):
            one.sendmail("a@far.test", ["tim@demo.test"], b"Subject: x\r\n\r\nx\r\n")
        one.mail("a@far.test")
        assert [rcpt(one, "nobody", "demo.test")[0] for _ in range(5)] == [NO] * 5
        assert rcpt(one, "x", "elsewhere.test")[0] == NO
        one.rset()
        assert one.has_extn("auth") is False


def test_a_member_that_a_filter_bans_stays_out(room: SmtpRoom) -> None:
    push_filters(room, (MEMBER, "banned", 0))
    with pytest.raises(smtplib.SMTPConnectError), client(room, MEMBER):
        pass


def test_vrfy_says_nothing_of_who_may_be_elsewhere(room: SmtpRoom) -> None:
    put(room, vrfy=True)
    push_filters(room, ("127.0.1.*", "trusted", 0))
    with client(room, STRANGER) as one:
        assert one.verify(f"eve@{SHARED}")[0] == 252
