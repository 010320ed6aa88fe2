"""When virus definitions are to be updated."""

import pytest

from mailmax.policy.updates import UpdateTimes, is_due
from mailmax.settings.field import BadValue
from mailmax.settings.local import UpdateSettings, parse_local, second_of_day

DAY = 86_400
NOON = 12 * 3600
NOW = 1_700_000_000.0


def test_nothing_set_is_never_due() -> None:
    assert not UpdateTimes().are_set
    assert not is_due(UpdateTimes(), 0.0, NOW, NOON)


@pytest.mark.parametrize(
    ("ago", "due"), [(0, False), (3 * 3600 - 1, False), (3 * 3600, True), (DAY, True)]
)
def test_every_so_many_hours(ago, due) -> None:
    assert is_due(UpdateTimes(every_hours=3), NOW - ago, NOW, NOON) is due


@pytest.mark.parametrize(
    ("at", "ago", "due"),
    [
        (NOON, 60, True),  # it has just become noon
        (NOON - 30, 60, True),
        (NOON - 30, 20, False),  # done since
        (NOON + 1, DAY - 10, False),  # not yet
        (NOON + 1, DAY + 10, True),  # missed yesterday
        (0, NOON + 60, True),
        (0, NOON - 60, False),
    ],
)
def test_daily_at_a_time(at, ago, due) -> None:
    assert is_due(UpdateTimes(daily_at_s=at), NOW - ago, NOW, NOON) is due


def test_what_was_missed_for_days_is_done_once() -> None:
    times = UpdateTimes(daily_at_s=0)
    assert is_due(times, NOW - 9 * DAY, NOW, NOON)
    assert not is_due(times, NOW, NOW + 20, NOON + 20)


def test_a_clock_that_was_put_back_stops_nothing() -> None:
    times = UpdateTimes(daily_at_s=0, every_hours=1)
    future = NOW + 365 * DAY
    assert not is_due(times, future, NOW, NOON)
    assert is_due(UpdateTimes(daily_at_s=NOON), future, NOW + 1, NOON + 1) is False


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00", 0), ("3:30", 12_600), ("23:59", 86_340)]
    + [(bad, None) for bad in ("", "24:00", "12:60", "12", "1:5", "-1:00", "ab:cd")],
)
def test_times_of_the_day(text, seconds) -> None:
    assert second_of_day(text) == seconds


def test_the_local_file_says_it() -> None:
    parsed = parse_local(
        b'[virus_updates]\ndaily_at = "03:30"\nevery_hours = 6\non_start = true\n'
        b'command = ["/bin/true", "%d"]\ntimeout_minutes = 2\n'
    )
    assert not isinstance(parsed, BadValue)
    assert parsed.virus_updates == UpdateSettings(
        "03:30", 6, True, ("/bin/true", "%d"), 2
    )


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('daily_at = "25:00"', "daily_at"),
        ("every_hours = -1", "every_hours"),
        ("timeout_minutes = 0", "timeout_minutes"),
        ("command = []", "command"),
        ('command = ["freshclam"]', "command"),
    ],
)
def test_nonsense_is_refused(line, field) -> None:
    parsed = parse_local(f"[virus_updates]\n{line}\n".encode())
    assert isinstance(parsed, BadValue)
    assert parsed.field == f"virus_updates.{field}"
