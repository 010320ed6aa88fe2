"""What each service counts of what its clients do (HUB-7, manual 2.6)."""

import poplib
import smtplib
from base64 import b64encode

import pytest

from fix_pop import client as pop_client
from fix_pop import logged_in
from mailmax.observe.counters import MEASURES
from waiting import until, wait_for


def counted(room) -> dict[str, int]:
    counters = room.service.room.counters
    return {one: getattr(counters, one) for one in MEASURES if getattr(counters, one)}


def test_smtp_counts_clients_logins_and_mail(smtp):
    content = b"Subject: hi\r\n\r\nhello\r\n"
    with smtplib.SMTP("127.0.0.1", smtp.port) as client:
        client.ehlo()
        client.sendmail("a@there.test", ["tim@demo.test"], content)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("a@there.test", ["nobody@demo.test"], content)
    with smtplib.SMTP("127.0.0.1", smtp.ports["submission"]) as client:
        client.ehlo()
        for password in ("wrong", "secret"):
            words = b64encode(f"\0tim@demo.test\0{password}".encode()).decode()
            client.docmd("AUTH", f"PLAIN {words}")

    assert counted(smtp) == {
        "connections": 2,
        "logins": 1,
        "failed_logins": 1,
        "messages_in": 1,
        "octets_in": len(content),
    }


def test_a_hub_that_is_away_is_no_failed_login(smtp):
    smtp.hub.away = True
    with smtplib.SMTP("127.0.0.1", smtp.ports["submission"]) as client:
        client.ehlo()
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("tim@demo.test", "secret")

    assert counted(smtp) == {"connections": 1}


def test_pop_counts_clients_logins_and_what_is_fetched(pop):
    pop.fill(b"Subject: 1\r\n\r\none\r\n", (b"x" * 70 + b"\r\n") * 6_000)
    with pop_client(pop) as client:
        client.user("tim")
        with pytest.raises(poplib.error_proto):
            client.pass_("wrong")
    with logged_in(pop) as client:
        client.stat()
        client.top(1, 0)
        client.retr(1)
        client.retr(2)
        with pytest.raises(poplib.error_proto):
            client.retr(3)

    assert counted(pop) == {
        "connections": 2,
        "logins": 1,
        "failed_logins": 1,
        "messages_out": 2,
        "octets_out": sum(pop.inbox.sizes),
    }


def test_imap_counts_clients_logins_and_messages_both_ways(make_imap):
    room = make_imap()
    body = b"Subject: 1\r\n\r\none\r\n"
    with room.line(login=False) as line:
        line.ask(b"LOGIN tim wrong")
    with room.client() as client:
        client.append("INBOX", None, None, body)
        client.select("INBOX")
        client.fetch("1", "(FLAGS RFC822.SIZE)")
        client.fetch("1", "(BODY.PEEK[])")
        client.fetch("1", "(BODY[TEXT])")

    wait_for(lambda: "octets_out" in counted(room))
    assert counted(room) == {
        "connections": 2,
        "logins": 1,
        "failed_logins": 1,
        "messages_in": 1,
        "octets_in": len(body),
        "messages_out": 1,
        "octets_out": len(body) + len(b"one\r\n"),
    }


async def test_the_queue_counts_calls_and_mail(office, remote):
    server = await remote()
    office.smart_host(server)
    await office.open()

    office.post("a@x.test")
    await until(lambda: server.taken)
    counters = office.counters
    await until(lambda: counters.messages_out)

    assert (counters.connections, counters.messages_out) == (1, 1)
    assert counters.messages_in == 1
    assert 0 < counters.octets_out <= counters.octets_in
