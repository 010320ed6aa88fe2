"""What is tapped of a trace: little, and only what is wanted (SPY-2)."""

import pytest

from mailmax.observe import tap as taps
from mailmax.observe.events import sessions
from mailmax.observe.events.kinds import Kind, Who
from mailmax.observe.tap import Choice, Tap, Watch, read_choice
from mailmax.observe.trace import Trace
from mailmax.settings.field import BadValue

TIM = Who("popmax", "7.1", "192.0.2.7", "tim@demo.test")
ANN = Who("popmax", "7.2", "2001:db8::7", "ann@demo.test")
CONNECTIONS, ERRORS = frozenset({Kind.CONNECTIONS}), frozenset({Kind.ERRORS})


def choice(address: str = "", user: str = "", session: str = "") -> Choice:
    found = read_choice(address, user, session)
    assert isinstance(found, Choice), found
    return found


def opened(*watches: Watch) -> tuple[Trace, Tap]:
    trace = Trace()
    tap = Tap(trace, lambda: 5.0)
    tap.want(watches)
    return trace, tap


def texts(tap: Tap) -> list[str]:
    return [line.text for line in tap.take()[0]]


def test_nobody_there_is_no_subscriber():
    trace, tap = opened()

    trace.emit(sessions.ClientConnected(TIM, "pop3"))

    assert trace.wanted == frozenset()
    assert not tap.is_open
    assert tap.take() == ([], {})


def test_a_line_tells_what_happened_and_for_whom():
    trace, tap = opened(Watch(1, CONNECTIONS), Watch(2, ERRORS))

    trace.emit(sessions.LoginFailed(TIM, "tim", "APOP", "no"))
    trace.emit(sessions.ClientLeft(TIM))
    trace.emit(sessions.Step(TIM, "inside"))
    lines, lost = tap.take()

    assert [(line.watches, line.event) for line in lines] == [
        ((1, 2), "LoginFailed"),
        ((1,), "ClientLeft"),
    ]
    assert lines[0].text == "192.0.2.7 failed to log in as tim (APOP): no"
    assert (lines[0].at, lines[0].who) == (5.0, TIM)
    assert lost == {}


def test_who_stops_gets_no_more_and_others_go_on():
    trace, tap = opened(Watch(1, CONNECTIONS), Watch(2, ERRORS))

    tap.want([Watch(2, ERRORS)])
    trace.emit(sessions.ClientLeft(TIM))
    trace.emit(sessions.SessionFailed(TIM, "silent"))
    seen = [line.watches for line in tap.take()[0]]
    tap.want([])
    trace.emit(sessions.SessionFailed(TIM, "silent"))

    assert seen == [(2,)]
    assert trace.wanted == frozenset()
    assert tap.take() == ([], {})


@pytest.mark.parametrize(
    ("wanted", "who"),
    [
        (choice(), {"tim", "ann"}),
        (choice("192.0.2.0/24"), {"tim"}),
        (choice("192.0.2.1-7"), {"tim"}),
        (choice("192.0.2.8"), set()),
        (choice("2001:db8::/32"), {"ann"}),
        (choice("*"), {"tim", "ann"}),
        (choice("", "Tim@Demo.test"), {"tim"}),
        (choice("", "tim"), set()),
        (choice("", "", "7.2"), {"ann"}),
        (choice("192.0.2.0/24", "ann@demo.test"), set()),
        (choice("192.0.2.0/24", "tim@demo.test", "7.1"), {"tim"}),
    ],
)
def test_only_the_sessions_that_are_meant_are_told(wanted, who):
    trace, tap = opened(Watch(1, CONNECTIONS, wanted))

    for one in (TIM, ANN, TIM):
        trace.emit(sessions.LoggedIn(one, "PLAIN"))

    seen = {line.who.user.partition("@")[0] for line in tap.take()[0]}
    assert seen == who


def test_no_address_is_told_as_such():
    bad = read_choice("no address", "", "")

    assert isinstance(bad, BadValue)
    assert bad.field == "address"


def test_who_has_no_address_is_in_no_network():
    trace, tap = opened(Watch(1, CONNECTIONS, choice("127.0.0.0/8")))

    trace.emit(sessions.ClientConnected(Who("smtpmax"), "lmtp"))

    assert texts(tap) == []


def test_a_flood_is_counted_and_forgotten():
    trace, tap = opened(Watch(1, CONNECTIONS), Watch(2, CONNECTIONS, choice("", "x@y")))

    for _ in range(taps.MOST_LINES + 500):
        trace.emit(sessions.ClientLeft(TIM))
    lines, lost = tap.take()
    trace.emit(sessions.ClientLeft(TIM))

    assert len(lines) == taps.MOST_LINES
    assert lost == {1: 500}
    assert len(tap.take()[0]) == 1


def test_long_lines_are_cut_and_many_of_them_fill_the_tap():
    trace, tap = opened(Watch(1, frozenset({Kind.COMMANDS})))

    for _ in range(1_000):
        trace.emit(sessions.CommandHeard(TIM, "x" * 100_000, is_valid=True))
    lines, lost = tap.take()

    assert {len(line.text) for line in lines} == {taps.LONGEST_LINE}
    assert sum(len(line.text) for line in lines) <= taps.MOST_CHARACTERS + 2_000
    assert len(lines) + lost[1] == 1_000


def test_a_line_is_one_line():
    trace, tap = opened(Watch(1, ERRORS))

    trace.emit(sessions.SessionFailed(TIM, "a\r\nb\x1b[2Jc\u2028d"))

    assert texts(tap) == [r"192.0.2.7: a\r\nb\x1b[2Jc\u2028d"]
