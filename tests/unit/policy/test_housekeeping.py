"""What is too old, who is spared, and when the clock is not believed."""

from dataclasses import replace
from datetime import datetime

import pytest

from mailmax.base.units import DAY_S
from mailmax.policy.housekeeping import (
    Standing,
    begin_of_new,
    is_idle,
    old_messages,
    why_spared,
)
from mailmax.policy.quiet_hour import Mark, clock_trouble, drift, is_due
from mailmax.store.mailboxes.values import Flag

NOW = 1_800_000_000.0
DAY_MS = DAY_S * 1000
NOW_MS = int(NOW * 1000)


@pytest.mark.manual("4.1")
@pytest.mark.parametrize(("age_ms", "old"), [(-1, False), (0, False), (1, True)])
def test_a_message_is_old_when_it_is_over_the_days(age_ms, old):
    date = NOW_MS - 30 * DAY_MS - age_ms

    found = old_messages([date], bytearray(1), begin_of_new(NOW, 30), spare=True)

    assert found == ([0] if old else [])


def test_seen_or_not_makes_no_difference_but_flagged_and_drafts_stay():
    flags = [0, Flag.SEEN, Flag.FLAGGED, Flag.DRAFT, Flag.DELETED | Flag.ANSWERED]
    dates = [0] * 5

    spared = old_messages(dates, bytearray(flags), NOW, spare=True)
    every = old_messages(dates, bytearray(flags), NOW, spare=False)

    assert spared == [0, 1, 4]
    assert every == [0, 1, 2, 3, 4]


def test_nothing_is_older_than_0_days_and_the_future_is_not_old():
    begin = begin_of_new(NOW, 0)

    assert old_messages([0, -1], bytearray(2), begin, spare=False) == []
    future = [NOW_MS + 400 * DAY_MS]
    assert old_messages(future, bytearray(1), begin_of_new(NOW, 1), spare=False) == []
    assert not is_idle(Standing("normal", 0, 0), begin)


@pytest.mark.parametrize(
    ("made", "login", "idle"),
    [(91, 0, True), (89, 0, False), (400, 91, True), (400, 89, False), (90, 0, False)],
)
def test_idle_counts_from_the_last_login_or_from_the_creation(made, login, idle):
    last = NOW - login * DAY_S if login else 0
    user = Standing("normal", NOW - made * DAY_S, last)

    assert is_idle(user, begin_of_new(NOW, 90)) is idle


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"is_here": True}, "is logged in"),
        ({"is_administrator": True}, "is an administrator"),
        ({"is_postmaster": True}, "is a postmaster"),
        ({"kind": "trap"}, "is a trap"),
        ({"kind": "disabled"}, "is disabled"),
        ({"is_pointed_to": True}, "gets what others pass on"),
        ({"forwards": True}, "forwards"),
    ],
)
def test_who_is_relied_on_without_a_login_is_spared(changes, why):
    assert why == why_spared(replace(Standing("normal", 0, 0), **changes))


@pytest.mark.parametrize(
    ("now", "begun", "due"),
    [
        ("2026-05-02 02:59", "2026-05-01 03:00", False),
        ("2026-05-02 03:00", "2026-05-01 03:00", True),
        ("2026-05-02 05:59", "2026-05-01 03:00", True),
        ("2026-05-02 06:00", "2026-05-01 03:00", False),
        ("2026-05-02 03:30", "2026-05-02 03:00", False),
        ("2026-05-02 15:01", "2026-05-01 03:00", True),
        ("2026-05-02 15:00", "2026-05-01 03:00", False),
        ("2026-05-02 01:00", "2026-05-01 14:00", False),
    ],
)
def test_the_days_work_begins_in_the_quiet_hours(now, begun, due):
    read = datetime.fromisoformat

    assert is_due(read(now), 3, read(begun)) is due


def mark(wall: float, boot: str = "a", uptime: float = 0.0, drifted: float = 0.0):
    return Mark(NOW + wall, boot, uptime, drifted)


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        (mark(0), mark(5 * DAY_S, uptime=5 * DAY_S), ""),
        (mark(0), mark(DAY_S, uptime=0), ""),
        (mark(0), mark(DAY_S + 1, uptime=0), "the clock was set: 1.0 days forward"),
        (mark(0), mark(-DAY_S - 1, uptime=0), "the clock was set: 1.0 days back"),
        (mark(0), mark(3650 * DAY_S), "the clock was set: 3650.0 days forward"),
        (mark(0, drifted=DAY_S), mark(60), "the clock was set: 1.0 days forward"),
        (mark(0), mark(DAY_S, "b"), ""),
        (mark(0), mark(-3600, "b"), ""),
        (
            mark(0),
            mark(30 * DAY_S, "b"),
            "the computer was off, or its clock was set: 30.0 days forward",
        ),
    ],
)
def test_a_clock_that_moved_by_more_than_a_day_is_not_believed(then, now, words):
    assert clock_trouble(then, now) == words


def test_small_steps_add_up():
    then = mark(0)
    for step in range(1, 4):
        now = mark(step * 0.4 * DAY_S)
        then = mark(now.wall - NOW, drifted=drift(then, now))

    assert "1.2 days forward" in clock_trouble(then, then)
