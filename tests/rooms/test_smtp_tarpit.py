"""Tarpitting over the wire: who tries many names is put out and kept out."""

import smtplib

import pytest

from fix_smtp import SmtpRoom
from mailmax.hub.contract.rows import BlockRow
from mailmax.hub.contract.visitors import TarpitHit
from smtp_clients import client, greeting, is_over, push_filters, put, update
from waiting import wait_for

OUT = (421, b"4.7.0 Too many unknown recipients, try later")
NOBODY = (550, b"5.1.1 No such user here")
GREETED_OUT = b"421 4.7.0 Too many unknown recipients, try later\r\n"
ATTACKER, NEIGHBOUR = "127.0.3.9", "127.0.3.10"


@pytest.fixture
def tarpit(filtered: SmtpRoom) -> SmtpRoom:
    """Give a room that puts out who tries three names."""
    put(filtered, tarpit_on=True)
    put(filtered, tarpit_recipients=3)
    return filtered


def guess(one: smtplib.SMTP, times: int) -> list[tuple[int, bytes]]:
    """Try names; return the answers."""
    one.mail("bob@far.test")
    return [one.rcpt(f"guess{number}@demo.test") for number in range(times)]


@pytest.mark.manual("4.3")
def test_the_trigger_ends_the_session_and_keeps_the_address_out(
    tarpit: SmtpRoom,
) -> None:
    """SMTP-7: others are served as before."""
    with client(tarpit, ATTACKER) as one:
        assert guess(one, 3) == [NOBODY, NOBODY, OUT]
        assert is_over(one)

    assert greeting(tarpit, ATTACKER) == GREETED_OUT
    assert greeting(tarpit, NEIGHBOUR).startswith(b"220 ")
    assert greeting(tarpit, ATTACKER, "submission").startswith(b"220 ")
    assert tarpit.hub.told.count(TarpitHit(ATTACKER)) == 1


def test_tries_count_over_sessions_and_good_recipients_do_not(tarpit: SmtpRoom) -> None:
    for _ in range(2):
        with client(tarpit, ATTACKER) as one:
            assert guess(one, 1) == [NOBODY]
            assert one.rcpt("tim@demo.test")[0] == 250
            assert one.rcpt("x@remote.test")[0] == 550
    with client(tarpit, ATTACKER) as one:
        assert guess(one, 1) == [OUT]


def test_a_block_of_another_process_counts_here(tarpit: SmtpRoom) -> None:
    update(tarpit, blocks=(BlockRow(ATTACKER, 1.5), BlockRow(NEIGHBOUR, 600.0)))
    assert greeting(tarpit, ATTACKER) == GREETED_OUT
    assert greeting(tarpit, NEIGHBOUR) == GREETED_OUT

    update(tarpit, gone_blocks=(NEIGHBOUR,))
    assert greeting(tarpit, NEIGHBOUR).startswith(b"220 ")
    wait_for(lambda: greeting(tarpit, ATTACKER).startswith(b"220 "))


def test_never_the_trusted_nor_who_has_logged_in(tarpit: SmtpRoom) -> None:
    """DECISIONS 29."""
    push_filters(tarpit, ("127.0.1.*", "trusted", 0))
    with client(tarpit, "127.0.1.9") as one:
        assert guess(one, 5) == [NOBODY] * 5
        one.rset()
        one.login("tim", "secret")
        one.mail("tim@demo.test")
        assert one.rcpt("guess@demo.test") == NOBODY
    update(tarpit, blocks=(BlockRow("127.0.1.9", 600.0),))
    assert greeting(tarpit, "127.0.1.9").startswith(b"220 ")
    with client(tarpit, door="lmtp") as one:
        assert guess(one, 5) == [NOBODY] * 5
    assert tarpit.hub.tables.visitors.tarpit.blocked(0.0).keys() == {"127.0.1.9"}


def test_switched_off_nobody_is_kept_out(tarpit: SmtpRoom) -> None:
    with client(tarpit, ATTACKER) as one:
        guess(one, 3)
    put(tarpit, tarpit_on=False)

    assert greeting(tarpit, ATTACKER).startswith(b"220 ")
    with client(tarpit, ATTACKER) as one:
        assert guess(one, 4) == [NOBODY] * 4


def test_a_dictionary_from_five_hundred_addresses(tarpit: SmtpRoom) -> None:
    """TRUST B8: each is put out at its third try; all else goes on."""
    for number in range(500):
        with client(tarpit, f"127.1.{number // 250}.{number % 250 + 1}") as one:
            assert [code for code, _ in guess(one, 3)] == [550, 550, 421]
    pit = tarpit.hub.tables.visitors.tarpit
    assert len(pit) == 500
    with client(tarpit) as one:
        one.mail("bob@far.test")
        assert one.rcpt("tim@demo.test")[0] == 250
