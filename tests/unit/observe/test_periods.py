"""Which file holds a moment (LOG-1; manual 4.3.1), by the calendar of the computer."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from mailmax.observe.periods import is_of, name_of

BERLIN = ZoneInfo("Europe/Berlin")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
"""Its clocks were put forward at midnight."""


@pytest.mark.parametrize(
    ("rate", "before", "after"),
    [
        ("unlimited", "x.log", "x.log"),
        ("hourly", "x-2026-11-27T23+0100.log", "x-2026-11-28T00+0100.log"),
        ("daily", "x-2026-11-27.log", "x-2026-11-28.log"),
        ("weekly", "x-week-2026-11-22.log", "x-week-2026-11-22.log"),
        ("monthly", "x-2026-11.log", "x-2026-11.log"),
    ],
)
def test_over_midnight(rate, before, after):
    late = datetime(2026, 11, 27, 23, 59, 59, 999_999, BERLIN)
    early = datetime(2026, 11, 28, tzinfo=BERLIN)

    assert name_of("x", rate, late) == before
    assert name_of("x", rate, early) == after


def test_a_week_begins_between_saturday_and_sunday():
    saturday = datetime(2026, 11, 28, 23, 59, 59, tzinfo=BERLIN)
    sunday = datetime(2026, 11, 29, tzinfo=BERLIN)

    assert name_of("x", "weekly", saturday) == "x-week-2026-11-22.log"
    assert name_of("x", "weekly", sunday) == "x-week-2026-11-29.log"
    names = {name_of("x", "weekly", sunday + timedelta(days=day)) for day in range(7)}
    assert names == {"x-week-2026-11-29.log"}


def test_a_month_begins_with_its_first_day_and_a_week_spans_the_year():
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=BERLIN)

    assert name_of("x", "monthly", last) == "x-2026-12.log"
    assert name_of("x", "monthly", last + timedelta(seconds=1)) == "x-2027-01.log"
    assert name_of("x", "weekly", last) == name_of(
        "x", "weekly", last + timedelta(seconds=1)
    )


def test_the_hour_that_comes_twice_has_two_files():
    """Clocks are put back on 25 October 2026, from 3 to 2."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).astimezone(BERLIN)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC).astimezone(BERLIN)

    assert (first.hour, second.hour) == (2, 2)
    assert name_of("x", "hourly", first) == "x-2026-10-25T02+0200.log"
    assert name_of("x", "hourly", second) == "x-2026-10-25T02+0100.log"
    assert name_of("x", "daily", first) == name_of("x", "daily", second)


def test_a_sunday_of_25_hours_is_one_week_and_one_without_midnight_too():
    """A week goes back by days of the calendar, not by 24 hours."""
    after = datetime(2026, 10, 26, 0, 30, tzinfo=BERLIN)
    assert name_of("x", "weekly", after) == "x-week-2026-10-25.log"
    # On 4 November 2018 there was no midnight in São Paulo: 23:59 was followed by 1:00.
    late = datetime(2018, 11, 4, 2, 59, tzinfo=UTC).astimezone(SAO_PAULO)
    early = datetime(2018, 11, 4, 3, 0, tzinfo=UTC).astimezone(SAO_PAULO)
    assert (late.day, early.day, early.hour) == (3, 4, 1)
    assert name_of("x", "daily", late) == "x-2018-11-03.log"
    assert name_of("x", "daily", early) == "x-2018-11-04.log"
    assert name_of("x", "weekly", late) == "x-week-2018-10-28.log"
    assert name_of("x", "weekly", early) == "x-week-2018-11-04.log"


@pytest.mark.parametrize("zone", [BERLIN, SAO_PAULO, ZoneInfo("Asia/Kathmandu")])
@pytest.mark.parametrize("rate", ["hourly", "daily", "weekly", "monthly"])
def test_no_period_begins_within_a_quarter_of_an_hour_or_comes_back(zone, rate):
    """Over a year, whatever clocks do: names change at quarters, and never return."""
    start = datetime(2018, 1, 1, tzinfo=UTC)
    moments = [start + timedelta(minutes=15 * n) for n in range(4 * 24 * 366)]
    names = [name_of("x", rate, moment.astimezone(zone)) for moment in moments]
    runs = [now for before, now in pairwise(["", *names]) if before != now]

    assert len(runs) == len(set(runs))
    for moment, name in list(zip(moments, names, strict=True))[::97]:
        end = (moment + timedelta(minutes=14, seconds=59)).astimezone(zone)
        assert name_of("x", rate, end) == name


def test_files_are_known_by_their_names():
    assert is_of("smtp-events", "smtp-events.log")
    assert is_of("smtp-events", "smtp-events-week-2026-11-22.log")
    for other in ("smtpmax.log", "smtp-content.log", "smtp-events.txt", "smtp-eventsx"):
        assert not is_of("smtp-events", other)
