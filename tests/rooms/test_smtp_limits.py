"""How much a client may send: over a connection, in a message, in a day."""

import asyncio
import smtplib
import socket
import struct
import time
from collections.abc import Callable

import pytest

from fix_smtp import SmtpRoom, user
from mailmax.hub.contract.rows import HAS_DAILY_LIMIT, DomainRow
from smtp_clients import client, is_over, put, update
from waiting import wait_for

OVER = (421, b"4.5.3 Enough for one session, connect again")
TOO_MUCH = (452, b"4.5.3 Too much for one session")
TOO_LARGE = (552, b"5.3.4 Message too large")
TODAY_NO_MORE = (452, b"4.7.1 Your limit for today is reached")
AWAY = (451, b"4.3.0 Not possible now, try again later")
TIM = "tim@demo.test"


def hand_in(
    one: smtplib.SMTP, octets: int = 10, sender: str = TIM
) -> tuple[int, bytes]:
    """Send a message of that many octets; return the answer that decided."""
    answer = one.mail(sender)
    if code(answer) != 250:
        return answer
    one.rcpt(TIM)
    return one.data(b"x" * (octets - 2) + b"\r\n")


def code(answer: tuple[int, bytes]) -> int:
    return answer[0]


@pytest.mark.manual("4.3")
@pytest.mark.parametrize("login", ["", "tim"])
def test_a_session_ends_behind_its_last_message(smtp: SmtpRoom, login: str) -> None:
    """SMTP-6: the next connection goes on."""
    put(smtp, session_messages=2)
    for _ in range(2):
        with client(smtp, login=login) as one:
            assert code(hand_in(one)) == 250
            assert code(hand_in(one)) == 250
            assert hand_in(one) == OVER
            assert is_over(one)
    assert len(smtp.mails()) == 4


@pytest.mark.manual("4.3")
def test_octets_of_a_session(smtp: SmtpRoom) -> None:
    put(smtp, session_octets=1000)
    with client(smtp) as one:
        assert code(hand_in(one, 400)) == 250
        assert hand_in(one, 601) == TOO_MUCH
        assert hand_in(one) == OVER
    with client(smtp) as one:
        assert code(hand_in(one, 400)) == 250
        assert code(hand_in(one, 600)) == 250
        assert hand_in(one) == OVER
    with client(smtp) as one:
        assert hand_in(one, 1001) == TOO_LARGE
        assert one.docmd("MAIL FROM:<> SIZE=1001")[0] == 421
    with client(smtp) as one:
        assert one.docmd("MAIL FROM:<> SIZE=1001") == TOO_LARGE
        assert code(one.docmd("MAIL FROM:<> SIZE=1000")) == 250
    assert len(smtp.mails()) == 3


def test_a_domains_limits_stand_for_the_systems(smtp: SmtpRoom) -> None:
    """DOM-4, DECISIONS 5: nothing set, 0, N."""
    put(smtp, session_messages=2)
    for own, expected in ((None, 2), (0, 5), (1, 1), (3, 3)):
        update(smtp, domains=(DomainRow(1, "demo.test", session_messages=own),))
        with client(smtp, login="tim") as one:
            answers = [code(hand_in(one)) for _ in range(min(expected, 5))]
            assert answers == [250] * len(answers)
            assert code(hand_in(one)) == (250 if own == 0 else 421)
        with client(smtp) as one:  # a stranger is no user of the domain
            assert code(hand_in(one)) == code(hand_in(one)) == 250
            assert hand_in(one) == OVER


def test_a_users_own_message_limit_holds_for_sending_too(smtp: SmtpRoom) -> None:
    with client(smtp, login="small") as one:
        small = "small@demo.test"
        assert one.docmd(f"MAIL FROM:<{small}> SIZE=1001") == TOO_LARGE
        assert code(hand_in(one, 1000, small)) == 250
        assert hand_in(one, 1001, small) == TOO_LARGE


def test_lmtp_is_not_limited(smtp: SmtpRoom) -> None:
    put(smtp, session_messages=1)
    with client(smtp, door="lmtp") as one:
        for _ in range(3):
            assert code(hand_in(one)) == 250


def test_the_client_time_out_acts_on_the_next_session(smtp: SmtpRoom) -> None:
    """SMTP-5; the floor of five minutes is the declaration's (DECISIONS 17)."""
    place = ("127.0.0.1", smtp.port)
    with socket.create_connection(place, 10) as before:
        assert before.recv(100).startswith(b"220")
        put(smtp, smtp_timeout_minutes=0.2 / 60)
        with socket.create_connection(place, 10) as sock:
            begin = time.monotonic()
            assert sock.makefile("rb").read().endswith(b"421 4.4.2 Time is over\r\n")
            assert time.monotonic() - begin > 0.15
        before.settimeout(0.3)
        with pytest.raises(TimeoutError):
            before.recv(100)


# Daily limits


@pytest.fixture
def counted(smtp: SmtpRoom) -> SmtpRoom:
    """Give a room in which tim is counted."""
    update(smtp, users=(user(7, "tim", flags=HAS_DAILY_LIMIT),))
    return smtp


@pytest.mark.manual("7.1")
def test_a_message_is_counted_once_and_then_taken(counted: SmtpRoom) -> None:
    """USR-3: whoever and how many it is for."""
    with client(counted, login="tim") as one:
        one.mail(TIM)
        one.rcpt(TIM)
        one.rcpt("ann@demo.test")
        assert code(one.data(b"x" * 98 + b"\r\n")) == 250
        assert code(hand_in(one, 300_000)) == 552  # refused before: not counted
        assert code(hand_in(one, 99_000)) == 250
    assert counted.hub.counted == [(7, 100), (7, 99_000)]
    assert len(counted.mails()) == 2


def test_too_much_for_today_is_put_off(counted: SmtpRoom) -> None:
    counted.hub.is_enough = True
    with client(counted, login="tim") as one:
        assert hand_in(one) == TODAY_NO_MORE
        counted.hub.is_enough = False
        assert code(hand_in(one)) == 250
    assert len(counted.mails()) == 1


def test_nothing_is_promised_while_the_hub_cannot_count(
    counted: SmtpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRUST D12."""
    monkeypatch.setattr(type(counted.hub), "may_serve", True)
    with client(counted, login="tim") as one:
        counted.hub.away = True
        assert hand_in(one) == AWAY
        counted.hub.away = False
        assert code(hand_in(one)) == 250


def test_who_has_no_limit_costs_no_call(counted: SmtpRoom) -> None:
    for login, sender in (("ann", "ann@demo.test"), ("", TIM), ("", "bob@far.test")):
        with client(counted, login=login) as one:
            assert code(hand_in(one, sender=sender)) == 250
    assert counted.hub.counted == []


def test_a_client_that_leaves_while_it_is_counted_hands_in_nothing(
    counted: SmtpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = hold_counting(counted, monkeypatch)
    one = smtplib.SMTP("127.0.0.1", counted.port, "client.test", 10)
    one.login("tim", "secret")
    one.mail(TIM)
    one.rcpt(TIM)
    one.docmd("DATA")
    one.send(b"x\r\n.\r\n")
    wait_for(lambda: bool(asked()))

    reset = struct.pack("ii", 1, 0)
    one.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    one.close()

    wait_for(lambda: counted.service.sessions == 0)
    assert counted.mails() == []


def hold_counting(
    room: SmtpRoom, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], list]:
    """Let the hub answer no `CountSending` any more."""
    ask = room.hub.ask
    held: list = []

    async def hold(request):
        if type(request).__name__ != "CountSending":
            return await ask(request)
        held.append(request)
        return await asyncio.Event().wait()

    monkeypatch.setattr(room.hub, "ask", hold)
    return lambda: held
