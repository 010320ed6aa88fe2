"""Who may come in and send, over the wire: filters, bans, settings, traps.

A client's address is the one it binds on loopback; the filters are pushed.
"""

import asyncio
import smtplib
import time

import pytest

from fix_smtp import SmtpRoom, user
from mailmax.base.errors import StorageFull
from mailmax.hub.contract.access import BanHit, CountBanHits, TrapHit
from mailmax.hub.contract.rows import BanRow, BindingRow
from mailmax.hub.porter import Porter
from mailmax.net.listener import Admission
from mailmax.policy.access import (
    LOCAL_ONLY,
    MAY_RELAY,
    NO_LOGIN_NEEDED,
    Access,
)
from smtp_clients import STRANGER, client, greeting
from smtp_clients import push_filters as push
from waiting import wait_for

MAIL = b"From: Bob <bob@far.test>\r\nSubject: one\r\n\r\nhello\r\n"
LOCAL, REMOTE = "tim@demo.test", "u@remote.test"
FRIEND, ENEMY = "127.0.1.9", "127.0.2.9"


def ban(room: SmtpRoom, *values: str, expires: float = 0.0) -> None:
    rows = tuple(
        BanRow(number, 0, value, expires) for number, value in enumerate(values, 1)
    )

    async def update() -> None:
        room.hub.update(bans=rows)

    room.run(update())


def try_to_send(
    room: SmtpRoom, recipient: str, source: str = STRANGER, **how: str
) -> tuple[int, bytes]:
    with client(room, source, how.get("door", "smtp")) as one:
        if how.get("login"):
            one.login(how["login"], "secret")
        answer = one.mail(how.get("sender", "bob@far.test"))
        return one.rcpt(recipient) if answer[0] == 250 else answer


@pytest.mark.manual("5.4")
@pytest.mark.parametrize("door", ["smtp", "submission", "lmtp"])
def test_the_banned_are_disconnected_at_once(filtered: SmtpRoom, door: str) -> None:
    push(filtered, ("127.0.2.*", "banned", 0))

    assert greeting(filtered, ENEMY, door) == (
        b"554 5.7.1 Connections from there are refused\r\n"
    )
    assert greeting(filtered, STRANGER, door).startswith(b"220 ")
    wait_for(lambda: not filtered.service.sessions)
    assert filtered.hub.told == []


def test_a_filter_acts_on_the_next_client(filtered: SmtpRoom) -> None:
    for kind, code in (("banned", b"554"), ("permitted", b"220"), ("banned", b"554")):
        push(filtered, ("127.0.2.9", kind, 0))
        assert greeting(filtered, ENEMY)[:3] == code


@pytest.mark.manual("5.4")
def test_the_trusted_have_no_restrictions(filtered: SmtpRoom) -> None:
    """IPF-2: no login and no leave to relay is asked for, no error counted."""
    filtered.hub.set("sending_authentication", "auth")
    push(filtered, ("127.0.1.*", "trusted", 0))

    for door in ("smtp", "submission"):
        assert try_to_send(filtered, REMOTE, FRIEND, door=door)[0] == 250
    assert try_to_send(filtered, REMOTE)[0] == 530
    with client(filtered, FRIEND) as one:
        assert "auth" in one.esmtp_features
        one.login("tim", "secret")
        assert filtered.hub.asked[-1].is_exempt
        assert {one.docmd("FOO")[0] for _ in range(40)} == {500}
    with client(filtered) as one:
        assert "auth" not in one.esmtp_features


def test_the_trusted_are_exempt_from_limits_by_address(make_smtp) -> None:
    room: SmtpRoom = make_smtp(
        by_filters=True,
        admission=Admission(
            max_per_address=1,
            is_trusted=lambda *at: Porter(room.hub.tables.doors).is_exempt(*at),
        ),
    )
    push(room, ("127.0.1.*", "trusted", 0))

    with client(room, FRIEND), client(room, FRIEND), client(room):
        assert greeting(room, STRANGER).startswith(b"421 ")


def test_custom_flags(filtered: SmtpRoom) -> None:
    push(
        filtered,
        ("127.0.1.1", "custom", MAY_RELAY),
        ("127.0.1.2", "custom", LOCAL_ONLY),
        ("127.0.1.3", "custom", NO_LOGIN_NEEDED),
        ("127.0.1.4", "custom", NO_LOGIN_NEEDED | MAY_RELAY),
        ("127.0.1.5", "custom", 0),
    )
    denied = (550, b"5.7.1 Relaying denied")

    def remote(last: int, **how: str) -> tuple[int, bytes]:
        return try_to_send(filtered, REMOTE, f"127.0.1.{last}", **how)

    assert [remote(n)[0] for n in (1, 4)] == [250, 250]
    assert [remote(n) for n in (2, 3, 5)] == [denied] * 3
    for door, code in (("smtp", 250), ("submission", 530)):
        codes = [
            try_to_send(filtered, LOCAL, f"127.0.1.{n}", door=door)[0] for n in (1, 2)
        ]
        assert codes == [250, code] if door == "smtp" else [code, code]
    assert try_to_send(filtered, LOCAL, "127.0.1.3", door="submission")[0] == 250
    assert remote(3, door="submission") == denied
    filtered.hub.set("smtp_auth", "required")
    assert [remote(n)[0] for n in (1, 3, 4)] == [530, 550, 250]


def test_local_only_binds_who_logs_in(make_smtp) -> None:
    room = make_smtp(meet=lambda _visitor: Access("custom", LOCAL_ONLY, at_home=True))

    assert try_to_send(room, REMOTE, login="tim", sender=LOCAL)[0] == 550
    assert try_to_send(room, "ann@demo.test", login="tim", sender=LOCAL)[0] == 250


@pytest.mark.manual("4.3")
@pytest.mark.parametrize(
    ("key", "value"),
    [("smtp_auth", "required"), ("sending_authentication", "auth"),
     ("sending_authentication", "pop_before_smtp")],
)  # fmt: skip
def test_authentication_required(smtp: SmtpRoom, key: str, value: str) -> None:
    """SMTP-4, DECISIONS 6: relaying wants a login, the world's mail does not."""
    assert try_to_send(smtp, REMOTE) == (550, b"5.7.1 Relaying denied")

    smtp.hub.set(key, value)

    assert try_to_send(smtp, REMOTE) == (530, b"5.7.0 Log in first")
    assert try_to_send(smtp, LOCAL)[0] == 250
    assert try_to_send(smtp, REMOTE, login="tim", sender=LOCAL)[0] == 250
    assert try_to_send(smtp, LOCAL, door="submission") == (530, b"5.7.0 Log in first")


@pytest.mark.manual("4.3")
def test_no_authentication_at_all(smtp: SmtpRoom) -> None:
    smtp.hub.set("smtp_auth", "none")

    with client(smtp) as one:
        assert "auth" not in one.esmtp_features
        assert one.docmd("AUTH", "PLAIN AHRpbQBzZWNyZXQ=")[0] == 502
    assert smtp.hub.asked == []


def test_a_login_of_before_counts_no_more_once_logins_are_off(smtp: SmtpRoom) -> None:
    with client(smtp) as one:
        one.login("tim", "secret")
        smtp.hub.set("smtp_auth", "none")
        one.mail(LOCAL)
        assert one.rcpt(REMOTE)[0] == 550


def test_sending_needs_a_local_sender(filtered: SmtpRoom) -> None:
    """SMTP-8, DECISIONS 7: the flag binds the trusted; it gives nobody a right."""
    push(filtered, (FRIEND, "trusted", 0))
    filtered.hub.set("local_sender_needed", True)

    for sender, code in (
        ("bob@far.test", 553), ("nobody@demo.test", 553), ("off@demo.test", 553),
        (LOCAL, 250), ("", 250), ("tim+x@other.test", 250),
    ):  # fmt: skip
        assert try_to_send(filtered, REMOTE, FRIEND, sender=sender)[0] == code, sender
    assert try_to_send(filtered, LOCAL, FRIEND)[0] == 250
    assert try_to_send(filtered, REMOTE, sender=LOCAL)[0] == 550


# Bans


REFUSED = (550, b"5.7.1 Mail from this sender is refused")


@pytest.mark.manual("4.9")
def test_bans_at_mail_from(filtered: SmtpRoom) -> None:
    push(filtered, (FRIEND, "trusted", 0))
    ban(filtered, "bob@bad.test", "worse.test", "*.worst.test", "demo.test")

    for sender in (
        "bob@bad.test", "BOB@Bad.Test", "x@worse.test", "x@a.worst.test",
        "x@a.b.WORST.test", LOCAL,
    ):  # fmt: skip
        assert try_to_send(filtered, LOCAL, sender=sender) == REFUSED, sender
        assert try_to_send(filtered, LOCAL, FRIEND, sender=sender)[0] == 250, sender
    for sender in ("", "bobby@bad.test", "x@sub.worse.test", "x@worst.test"):
        assert try_to_send(filtered, LOCAL, sender=sender)[0] == 250, sender


def test_bans_count_whom_they_refuse(filtered: SmtpRoom) -> None:
    """What the hub did not hear is told when it is back, and once."""
    ban(filtered, "bob@bad.test", "worse.test", "*.worst.test")
    tell = filtered.service.room.ban_hits.tell
    began = time.time()
    for sender in ("bob@bad.test", "x@worse.test", "y@worse.test", "bob@far.test"):
        try_to_send(filtered, LOCAL, sender=sender)
    filtered.hub.away = True
    filtered.run(tell())
    filtered.hub.away = False
    with client(filtered) as one:
        one.mail("good@far.test")
        one.rcpt(LOCAL)
        assert one.data(b"From: bob@bad.test\r\n\r\nx\r\n") == REFUSED
    filtered.hub.asked.clear()

    filtered.run(tell())
    filtered.run(tell())

    [told] = [one for one in filtered.hub.asked if isinstance(one, CountBanHits)]
    rows = {row.ban_id: row for row in told.rows}
    assert {number: row.hits for number, row in rows.items()} == {1: 2, 2: 2}
    assert all(isinstance(row, BanHit) for row in rows.values())
    assert all(began <= row.last_at <= time.time() for row in rows.values())


def test_who_logs_in_is_exempt_from_bans(smtp: SmtpRoom) -> None:
    """DECISIONS 11; and being a program of this computer is no login."""
    ban(smtp, "demo.test")

    assert try_to_send(smtp, LOCAL, sender=LOCAL) == REFUSED
    with client(smtp) as one:
        one.login("tim", "secret")
        one.sendmail(LOCAL, ["ann@demo.test"], b"From: ann@demo.test\r\n\r\nx\r\n")
    assert len(smtp.mails()) == 1


def test_bans_end(filtered: SmtpRoom) -> None:
    ban(filtered, "far.test", expires=time.time() - 1)
    assert try_to_send(filtered, LOCAL)[0] == 250
    ban(filtered, "far.test", expires=time.time() + 1000)
    assert try_to_send(filtered, LOCAL) == REFUSED


@pytest.mark.parametrize(
    "header",
    [
        b"From: bob@bad.test\r\n",
        b"fRoM:\r\n Bob\r\n <BOB@BAD.test>\r\n",
        b"Subject: x\r\nFrom: good@far.test, Bob <bob@bad.test>\r\n",
        b"From: good@far.test\r\nFrom: bob@bad.test\r\n",
        b"From : bob @ bad . test\r\n",
        b"From: friends: good@far.test, bob@bad.test;\r\n",
    ],
)
def test_bans_of_whom_the_header_names(filtered: SmtpRoom, header: bytes) -> None:
    """DECISIONS 11: "mail that indicates it is from"."""
    ban(filtered, "bob@bad.test")
    with client(filtered) as one:
        for body in (b"x\r\n", b"x" * 70 + b"\r\n" * 10, b"y" * 60_000 + b"\r\n"):
            one.mail("good@far.test")
            one.rcpt(LOCAL)
            assert one.data(header + b"\r\n" + body) == REFUSED
        one.mail("good@far.test")
        one.rcpt(LOCAL)
        one.send(b"BDAT %d LAST\r\n" % len(header + b"\r\nx") + header + b"\r\nx")
        assert one.getreply() == REFUSED
        one.sendmail("good@far.test", [LOCAL], b"To: bob@bad.test\r\n\r\n" + header)

    [(_, body)] = filtered.mails()
    assert b"To: bob@bad.test" in body


def test_a_ban_holds_for_a_large_message(filtered: SmtpRoom) -> None:
    async def allow() -> None:
        filtered.hub.set("message_limit_octets", 2_000_000)

    filtered.run(allow())
    ban(filtered, "bad.test")
    with client(filtered) as one:
        one.mail("good@far.test")
        one.rcpt(LOCAL)
        body = b"x" * 70 + b"\r\n"
        assert one.data(b"From: bob@bad.test\r\n\r\n" + body * 10_000) == REFUSED
        one.sendmail(
            "good@far.test", [LOCAL], b"From: a@b.test\r\n\r\n" + body * 10_000
        )
    assert len(filtered.mails()) == 1


# Spam traps


@pytest.fixture
def trapped(filtered: SmtpRoom) -> SmtpRoom:
    filtered.hub.update(users=(user(20, "trap", kind="trap"),))
    return filtered


def hits(room: SmtpRoom) -> list[TrapHit]:
    room.run(asyncio.sleep(0))  # the answer may leave before the notice
    return [said for said in room.hub.told if isinstance(said, TrapHit)]


def test_a_trap_takes_mail_and_its_sender_is_reported(trapped: SmtpRoom) -> None:
    """BAN-3."""
    with client(trapped) as one:
        one.sendmail("Bob@Far.test", [LOCAL, "trap@demo.test"], MAIL)

    [(record, _)] = trapped.mails()
    assert [one.user_id for one in record.envelope.recipients] == [7, 20]
    assert hits(trapped) == [TrapHit("bob@far.test", "trap@demo.test", "127.0.0.1")]


def test_whom_a_trap_never_reports(trapped: SmtpRoom) -> None:
    """TRUST B9: null path, our own, who logged in, who is trusted, mail not kept."""
    push(trapped, (FRIEND, "trusted", 0))
    for source, sender in (
        (STRANGER, ""), (STRANGER, LOCAL), (STRANGER, "ceo@OTHER.test"),
        (FRIEND, "bob@far.test"),
    ):  # fmt: skip
        with client(trapped, source) as one:
            one.sendmail(sender, ["trap@demo.test"], MAIL)
    with client(trapped, FRIEND) as one:
        one.login("tim", "secret")
        one.sendmail(LOCAL, ["trap@demo.test"], MAIL)
    with client(trapped) as one:
        one.mail("bob@far.test")
        one.rcpt("trap@demo.test")
        one.rset()
        one.sendmail("bob@far.test", [LOCAL], MAIL)
    assert len(trapped.mails()) == 6
    assert hits(trapped) == []


def test_mail_that_was_not_kept_is_no_hit(trapped: SmtpRoom, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise StorageFull("no space")

    monkeypatch.setattr(trapped.writer, "commit", full)
    with client(trapped) as one, pytest.raises(smtplib.SMTPDataError) as refused:
        one.sendmail("bob@far.test", ["trap@demo.test"], MAIL)

    assert refused.value.smtp_code == 452
    assert hits(trapped) == []


def test_the_connection_says_whether_traps_ban(trapped: SmtpRoom, make_smtp) -> None:
    async def no() -> None:
        trapped.hub.update(bindings=(BindingRow(0, "127.0.0.1"),))

    trapped.run(no())
    with client(trapped) as one:
        one.sendmail("bob@far.test", ["trap@demo.test"], MAIL)
    assert hits(trapped) == []
    off = make_smtp(by_filters=True)
    off.hub.update(users=(user(20, "trap", kind="trap"),))
    with client(off) as one:
        one.sendmail("bob@far.test", ["trap@demo.test"], MAIL)
    assert hits(off) == []
