"""What services count reaches DataMax, once, in its time (HUB-7, ACT-1)."""

import asyncio
from typing import get_args

import pytest

from mailmax.datamax import activity_desk
from mailmax.hub import activity, telling
from mailmax.hub.activity import ActivityReports
from mailmax.hub.contract.activity import (
    Activity,
    AskActivity,
    Measure,
    ReportActivity,
    Slot,
)
from mailmax.hub.contract.message import Denied, Done
from mailmax.observe.counters import Counters
from waiting import until

RUN = b"0123456789abcdef"


async def seen(desk, service="popmax", within="hour") -> dict[str, int]:
    answer = await desk.ask(AskActivity(service, within))
    assert isinstance(answer, Activity)
    return {line.measure: sum(line.values) for line in answer.series}


async def test_counts_are_told_in_batches_and_seen_in_every_range(house):
    desk = await house.begin()
    hub, counters = await house.client("popmax"), Counters()
    reports = ActivityReports(hub, counters, period_s=0.01)
    await reports.start()

    counters.connections += 3
    counters.failed_logins += 1
    counters.octets_out += 5_000_000_000
    await until(lambda: not counters._taken[0] < 3)
    counters.connections += 4
    await reports.stop()

    for within, count, step_s in (
        ("hour", 360, 10),
        ("12h", 720, 60),
        ("day", 1_440, 60),
        ("week", 672, 900),
    ):
        answer = await desk.ask(AskActivity("popmax", within))
        lines = {line.measure: line.values for line in answer.series}
        assert list(lines) == list(get_args(Measure))
        assert {len(values) for values in lines.values()} == {count}
        assert answer.step_s == step_s
        assert answer.until % step_s == 0
        assert sum(lines["connections"]) == 7
        assert sum(lines["failed_logins"]) == 1
        assert sum(lines["octets_out"]) == 5_000_000_000
    assert sum((await seen(desk, "imapmax")).values()) == 0


async def test_starts_of_a_service_are_told_at_once_and_outlive_the_hub(house):
    """SCREENS 3.4: marks of restarts in the graphs."""

    async def starts(desk, within="hour") -> int:
        answer = await desk.ask(AskActivity("popmax", within))
        assert len(answer.starts) == len(answer.series[0].values)
        return sum(answer.starts)

    desk = await house.begin()
    hub = await house.client("popmax")
    for _ in range(2):
        reports = ActivityReports(hub, Counters(), period_s=3_600)
        await reports.start()
        await until(lambda told=reports: told._number and not told._told)
        await reports.stop()
    before = await starts(desk)
    await house.stop()
    await house.start()
    await until(lambda: hub.is_joined and desk.is_joined)

    assert before == 2
    for within in ("hour", "12h", "day", "week"):
        assert await starts(desk, within) == 2


async def test_only_what_is_asked_for_is_answered(house):
    desk = await house.begin()

    answer = await desk.ask(AskActivity("popmax", "hour", ("logins", "logins")))
    nobody = await desk.ask(AskActivity("nobody"))

    assert [line.measure for line in answer.series] == ["logins"]
    assert nobody.kind == "not_found"
    assert "smtpmax" in nobody.cure


async def test_services_of_two_computers_are_added_up(house):
    desk = await house.begin()

    for _ in range(2):
        counters = Counters()
        counters.messages_in += 2
        reports = ActivityReports(await house.client("smtpmax"), counters)
        await reports.tell()

    assert (await seen(desk, "smtpmax"))["messages_in"] == 4


async def test_what_was_counted_while_the_hub_was_away_is_told_in_its_time(
    house, monkeypatch
):
    await house.begin()
    hub, counters = await house.client("popmax"), Counters()
    reports = ActivityReports(hub, counters)
    moment = reports._loop.time()
    monkeypatch.setattr(reports, "_loop", Clock(moment))
    await house.stop()
    await until(lambda: not hub.is_joined)

    counters.connections += 1
    await reports.tell()
    reports._loop.now += 600
    counters.connections += 10
    await reports.tell()
    await house.start()
    await until(lambda: hub.is_joined)
    await reports.tell()

    desk = await house.admin()
    answer = await desk.ask(AskActivity("popmax", "hour", ("connections",)))
    values = [value for value in answer.series[0].values if value]
    places = [place for place, value in enumerate(answer.series[0].values) if value]
    assert values == [1, 10]
    assert places[1] - places[0] in {59, 60, 61}


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now


async def test_an_hour_and_more_without_the_hub_loses_detail_and_no_count(house):
    desk = await house.begin()
    hub, counters = await house.client("popmax"), Counters()
    await hub.stop()
    reports = ActivityReports(hub, counters)

    for _ in range(activity.MOST_WAITING + 100):
        counters.connections += 1
        await reports.tell()
    waiting = len(reports._waiting) + len(reports._told)
    reports._hub = await house.client("popmax")
    await reports.tell()

    assert waiting <= activity.MOST_WAITING + 1
    assert (await seen(desk))["connections"] == activity.MOST_WAITING + 100


async def test_a_report_whose_answer_was_lost_is_taken_once(house):
    """Also when the hub was started again in between."""
    desk = await house.begin()
    hub = await house.client("popmax")
    report = ReportActivity(RUN, 1, (Slot(0.0, 5),))

    assert await hub.ask(report) == Done()
    assert await hub.ask(report) == Done()
    once = await seen(desk)
    await house.stop()
    await house.start()
    await until(lambda: hub.is_joined and desk.is_joined)
    assert await hub.ask(report) == Done()
    again = await seen(desk)
    assert await hub.ask(ReportActivity(RUN, 2, (Slot(0.0, 5),))) == Done()

    assert (once["connections"], again["connections"]) == (5, 5)
    assert (await seen(desk))["connections"] == 10


async def test_activity_outlives_a_hub_that_is_killed_but_for_a_minute(
    house, monkeypatch
):
    monkeypatch.setattr(activity_desk, "WRITE_S", 0.01)
    await house.begin()
    hub = await house.client("popmax")
    await hub.ask(ReportActivity(RUN, 1, (Slot(0.0, 5),)))
    path = house.root / "data/activity"
    await until(path.exists)
    kept = path.read_bytes()

    await house.stop()
    path.write_bytes(kept)  # what a kill would have left
    await house.start()
    desk = await house.admin()

    assert (await seen(desk))["connections"] == 5
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("role", ["filer", "housekeeping", "admin"])
async def test_who_is_not_counted_is_not_heard(house, role):
    desk = await house.begin()
    hub = await house.client(role, frozenset())

    answer = await hub.ask(ReportActivity(RUN, 1, (Slot(0.0, 5),)))

    assert isinstance(answer, Denied)
    assert sum((await seen(desk)).values()) == 0


async def test_what_is_no_report_ends_nothing(house):
    desk = await house.begin()
    hub = await house.client("popmax")

    many = await hub.ask(ReportActivity(RUN, 1, (Slot(0.0, 1),) * 500))
    nameless = await hub.ask(ReportActivity(b"", 1, (Slot(0.0, 1),)))
    odd = await hub.ask(ReportActivity(RUN, 1, (Slot(float("nan"), -1, 2**60),)))

    assert isinstance(many, Denied)
    assert isinstance(nameless, Denied)
    assert odd == Done()
    assert (await seen(desk))["connections"] == 0


async def test_a_hub_that_never_answers_holds_no_role_back(monkeypatch):
    monkeypatch.setattr(telling, "PARTING_S", 0.05)

    class Deaf:
        async def ask(self, _: object) -> None:
            await asyncio.sleep(3_600)

    counters = Counters()
    counters.connections += 1
    reports = ActivityReports(Deaf(), counters, period_s=0.001)
    await reports.start()

    async with asyncio.timeout(5):
        await reports.stop()
