"""POP before SMTP over the wire: a window relays as its own user only (TRUST G10)."""

import pytest

from fix_smtp import SmtpRoom, user
from mailmax.hub.contract.rows import HAS_DAILY_LIMIT, SENDS_WITHOUT_LOGIN, WindowRow
from smtp_clients import client, put, update
from waiting import wait_for

HOME, ELSEWHERE = "127.0.4.1", "127.0.4.2"
TIM, ANN, FAR = "tim@demo.test", "ann@demo.test", "x@far.test"
LOG_IN = (530, b"5.7.0 Log in first")
NO_RELAY = (550, b"5.7.1 Relaying denied")


@pytest.fixture
def windows(filtered: SmtpRoom) -> SmtpRoom:
    """Give a room where tim was at POP3 from his home a moment ago."""
    put(filtered, sending_authentication="pop_before_smtp")
    update(filtered, windows=(WindowRow(HOME, 7, 600.0),))
    return filtered


def send(
    room: SmtpRoom, source: str, sender: str, to: str = FAR, door: str = "smtp"
) -> tuple[int, bytes]:
    """Return the answer to MAIL where it is no, else the one to RCPT."""
    with client(room, source, door) as one:
        answer = one.mail(sender)
        return one.rcpt(to) if answer[0] == 250 else answer


@pytest.mark.manual("4.3")
def test_a_fresh_login_is_enough_for_its_own_user(windows: SmtpRoom) -> None:
    """SMTP-4: on port 25 and for submission."""
    assert send(windows, HOME, TIM)[0] == 250
    assert send(windows, HOME, "timothy@demo.test")[0] == 250
    assert send(windows, HOME, TIM, door="submission")[0] == 250


def test_nobody_else_profits(windows: SmtpRoom) -> None:
    """G10: neighbours behind a NAT, other addresses, forged and foreign senders."""
    for sender in (ANN, "nobody@demo.test", "bob@far.test", ""):
        assert send(windows, HOME, sender) == LOG_IN
        assert send(windows, HOME, sender, door="submission") == LOG_IN
    assert send(windows, ELSEWHERE, TIM) == LOG_IN
    assert send(windows, ELSEWHERE, TIM, door="submission") == LOG_IN
    assert send(windows, ELSEWHERE, "bob@far.test", TIM)[0] == 250


def test_a_window_closes(windows: SmtpRoom) -> None:
    update(windows, windows=(WindowRow(HOME, 7, 1.5),))
    assert send(windows, HOME, TIM)[0] == 250
    wait_for(lambda: send(windows, HOME, TIM) == LOG_IN)

    update(windows, windows=(WindowRow(HOME, 7, 600.0),))
    assert send(windows, HOME, TIM)[0] == 250
    update(windows, gone_windows=((HOME, 7),))
    assert send(windows, HOME, TIM) == LOG_IN


@pytest.mark.parametrize("kind", ["disabled", "trap"])
def test_a_user_who_may_not_log_in_has_no_window(windows: SmtpRoom, kind: str) -> None:
    update(windows, users=(user(7, "tim", kind=kind),))
    assert send(windows, HOME, TIM) == LOG_IN


@pytest.mark.parametrize(("method", "answer"), [("none", NO_RELAY), ("auth", LOG_IN)])
def test_switched_off_no_window_counts(
    windows: SmtpRoom, method: str, answer: tuple[int, bytes]
) -> None:
    put(windows, sending_authentication=method)
    assert send(windows, HOME, TIM) == answer


def test_who_sends_by_a_window_is_counted_as_that_user(windows: SmtpRoom) -> None:
    """USR-3 holds, however it is known who sends."""
    update(windows, users=(user(7, "tim", flags=HAS_DAILY_LIMIT),))
    with client(windows, HOME) as one:
        one.sendmail(TIM, [FAR], b"one\r\n")
    assert windows.hub.counted == [(7, 5)]


@pytest.mark.manual("7.1")
@pytest.mark.parametrize("method", ["none", "auth"])
def test_who_need_not_log_in_is_known_by_the_own_window(
    windows: SmtpRoom, method: str
) -> None:
    """USR-2, DECISIONS 10: elsewhere, users here are all that is reached."""
    put(windows, sending_authentication=method)
    update(windows, users=(user(7, "tim", flags=SENDS_WITHOUT_LOGIN),))

    assert send(windows, HOME, TIM)[0] == 250
    assert send(windows, ELSEWHERE, TIM)[0] in (530, 550)
    assert send(windows, ELSEWHERE, TIM, ANN)[0] == 250
    assert send(windows, HOME, ANN)[0] in (530, 550)
