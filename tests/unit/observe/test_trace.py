"""Events reach who asked for one of their kinds, once, and nobody else."""

import dataclasses
import typing

import pytest

from mailmax.observe.events import queue, sessions
from mailmax.observe.events.catalogue import Event, describe
from mailmax.observe.events.categories import LOGGED, SPIED, kinds_of
from mailmax.observe.events.kinds import Kind, Who
from mailmax.observe.events.queue import MailFailed
from mailmax.observe.trace import Trace

FAILED = MailFailed(7, "bob@elsewhere.test", "5.1.1 no such user")


def test_an_event_of_two_kinds_comes_once():
    trace, seen = Trace(), []
    trace.subscribe({Kind.FAILURES, Kind.ERRORS}, seen.append)

    trace.emit(FAILED)

    assert seen == [FAILED]


def test_who_asked_for_other_kinds_hears_nothing():
    trace, seen = Trace(), []
    trace.subscribe({Kind.DNS}, seen.append)

    trace.emit(FAILED)

    assert seen == []
    assert trace.wants(Kind.DNS)
    assert not trace.wants(Kind.FAILURES)


def test_who_has_left_hears_no_more():
    trace, seen = Trace(), []
    leave = trace.subscribe({Kind.FAILURES}, seen.append)

    leave()
    trace.emit(FAILED)

    assert seen == []
    assert not trace.wants(Kind.FAILURES)


def test_who_raises_is_told_no_more_and_disturbs_nobody():
    trace, seen = Trace(), []

    def clumsy(_):
        seen.append("clumsy")
        raise ValueError

    trace.subscribe({Kind.FAILURES}, clumsy)
    trace.subscribe({Kind.FAILURES}, seen.append)

    trace.emit(FAILED)
    trace.emit(FAILED)

    assert seen == ["clumsy", FAILED, FAILED]


SAMPLES = {
    int: 7,
    str: "word",
    bool: False,
    float: 60.0,
    bytes: b"word",
    Who: Who("popmax", "1.1", "192.0.2.1", "tim@demo.test"),
}


def sample(one, **other):
    hints = typing.get_type_hints(one)
    names = [field.name for field in dataclasses.fields(one)]
    return one(**{name: SAMPLES[hints[name]] for name in names} | other)


@pytest.mark.parametrize("one", typing.get_args(Event))
def test_every_event_has_kinds_words_and_somebody(one):
    """Manual §4.4.1, §9.2.3: nothing in the catalogue is outside of all kinds."""
    event = sample(one)

    assert event.kinds
    assert event.kinds <= set(Kind)
    assert describe(event).isprintable()
    assert event.who.service in LOGGED


def test_every_kind_has_an_event():
    told = set()
    for one in typing.get_args(Event):
        told |= sample(one).kinds
    told |= sample(queue.CommandSent, is_about_connection=True).kinds
    told |= sample(sessions.CommandHeard, is_valid=True).kinds

    assert told == set(Kind)


def test_a_line_for_people_is_one_line():
    """TRUST N1: whatever a stranger has put into it."""
    event = sample(
        sessions.LoginFailed, name="a\r\nb\x1b[2J\u2028\x85\ud800%s{0}\t\x00"
    )

    assert describe(event).isprintable()
    assert describe(event).count("{0}") == 1


def test_a_server_is_somebody_by_its_address():
    event = queue.ConnectionEnded("mx.x.test[192.0.2.7]:2525")

    assert event.who == Who("queuemax", peer="192.0.2.7")


def test_the_lists_are_the_manuals():
    """LOG-2: SMTP 9, Queue 5, POP 6, IMAP 7; SPY-2: IMAP 5, SMTP 4, Queue 6, POP 6."""
    logged = {service: len(rows) for service, rows in LOGGED.items()}
    spied = {service: len(rows) for service, rows in SPIED.items()}

    assert logged == {"smtpmax": 9, "queuemax": 5, "popmax": 6, "imapmax": 7}
    assert spied == {"imapmax": 5, "smtpmax": 4, "queuemax": 6, "popmax": 6}
    for rows in (*LOGGED.values(), *SPIED.values()):
        assert len({row.key for row in rows}) == len(rows)


def test_categories_add_up():
    """Manual §9.2.1: watching logins shows connections too; §4.5.2: a log does not."""
    watched = kinds_of(SPIED["popmax"], ["logins", "nonsense"])
    logged = kinds_of(LOGGED["popmax"], ["logins"])

    assert watched == {Kind.LOGINS, Kind.CONNECTIONS}
    assert logged == {Kind.LOGINS}


def test_whoever_works_hears_when_something_else_is_wanted():
    trace, turns = Trace(), []
    trace.on_change(lambda: turns.append(trace.wanted))

    leave = trace.subscribe({Kind.DNS}, print)
    leave_too = trace.subscribe({Kind.DNS}, repr)
    leave()
    leave_too()

    assert turns == [{Kind.DNS}, set()]
