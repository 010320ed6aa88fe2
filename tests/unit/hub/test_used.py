"""What mail comes to is told in batches, each user at most once a minute."""

import time
from collections.abc import Mapping

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.hub import used
from mailmax.hub.contract.message import Done
from mailmax.hub.contract.used import MOST_USED, ReportUsed
from mailmax.hub.used import UsedReports
from mailmax.store.mailboxes.segments import counted as counting
from mailmax.store.mailboxes.segments.counted import Counted


class Hub:
    """Takes every report, or is away."""

    def __init__(self) -> None:
        self.reports: list[ReportUsed] = []
        self.is_away = False

    async def ask(self, request: ReportUsed) -> Done:
        if self.is_away:
            raise TemporaryFailure("away")
        self.reports.append(request)
        return Done()

    def take(self) -> Mapping[int, tuple[int, int]]:
        rows = [row for report in self.reports for row in report.rows]
        self.reports.clear()
        assert len({row.user_id for row in rows}) == len(rows)
        return {row.user_id: (row.octets, row.messages) for row in rows}


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def reports(hub, counted) -> UsedReports:
    return UsedReports(hub, counted)


TIM, ANN = UserId(1), UserId(2)


async def test_of_many_changes_the_last_is_told(hub, counted, reports):
    counted.note(TIM, 10, 1)
    counted.note(ANN, 5, 1)
    counted.note(TIM, 30, 2)

    await reports.tell()
    assert hub.take() == {TIM: (30, 2), ANN: (5, 1)}
    await reports.tell()
    assert hub.take() == {}


async def test_a_user_is_told_once_a_minute(hub, counted, reports, monkeypatch):
    counted.note(TIM, 10, 1)
    await reports.tell()
    hub.take()
    counted.note(TIM, 20, 2)
    counted.note(ANN, 1, 1)
    await reports.tell()
    assert hub.take() == {ANN: (1, 1)}

    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + used.PAUSE_S + 1)
    await reports.tell()
    [report] = hub.reports
    assert report.rows[0].age_s > used.PAUSE_S
    assert hub.take() == {TIM: (20, 2)}


async def test_what_a_hub_missed_is_told_when_it_is_back(hub, counted, reports):
    hub.is_away = True
    counted.note(TIM, 10, 1)
    await reports.tell()
    counted.note(TIM, 11, 2)
    hub.is_away = False

    await reports.tell()
    assert hub.take() == {TIM: (11, 2)}


async def test_many_users_are_told_in_parts(hub, counted, reports):
    for number in range(MOST_USED + 1):
        counted.note(UserId(number), number, 1)

    await reports.tell()
    assert [len(report.rows) for report in hub.reports] == [MOST_USED, 1]


async def test_at_the_end_nobody_waits_for_the_minute(hub, counted, reports):
    await reports.start()
    counted.note(TIM, 10, 1)
    await reports.tell()
    hub.take()
    counted.note(TIM, 20, 2)

    await reports.stop()
    assert hub.take() == {TIM: (20, 2)}


async def test_too_many_are_dropped(hub, counted, reports, monkeypatch):
    monkeypatch.setattr(counting, "MOST", 2)
    monkeypatch.setattr(used, "MOST_WAITING", 3)
    hub.is_away = True
    for numbers in ((1, 2, 3), (3, 4, 1)):
        for number in numbers:
            counted.note(UserId(number), number, 1)
        await reports.tell()
    hub.is_away = False

    await reports.tell()
    assert set(hub.take()) == {1, 2, 3}
