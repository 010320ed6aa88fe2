"""Events reach who asked for one of their kinds, once, and nobody else."""

import dataclasses
import typing

import pytest

from mailmax.observe import events
from mailmax.observe.events import Kind, MailFailed, describe
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


@pytest.mark.parametrize("one", typing.get_args(events.Event))
def test_every_event_has_kinds_and_words(one):
    """Manual §4.4.1, §9.2.3: nothing in the catalogue is outside of all kinds."""
    hints = typing.get_type_hints(one)
    samples = {int: 7, str: "word", bool: False, float: 60.0}
    names = [field.name for field in dataclasses.fields(one)]
    event = one(*[samples[hints[name]] for name in names])

    assert event.kinds
    assert event.kinds <= set(Kind)
    assert describe(event).isprintable()


def test_every_kind_has_an_event():
    told = set()
    for one in typing.get_args(events.Event):
        told |= one.kinds if isinstance(one.kinds, frozenset) else set()
    told |= events.CommandSent("h", "EHLO us", is_about_connection=True).kinds

    assert told == set(Kind)
