"""What forwards may still send on, as the filer counts it (USR-3, TRUST K7)."""

from concurrent.futures import Future
from datetime import UTC, datetime

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.filer import allowance
from mailmax.filer.allowance import Allowance, Coming
from mailmax.hub.contract.rows import DayRow
from mailmax.hub.contract.sending import MOST_TOLD, DayOfUser, Forwarded

NOON = datetime(2023, 11, 14, 12, tzinfo=UTC)
TODAY = NOON.astimezone().date().toordinal()
MAIL = Coming(100, int(NOON.timestamp() * 1000))
TIM = 7


class Hub:
    """Takes calls and answers them when it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[Forwarded], Future]] = []
        self.is_prompt = False

    def __call__(self, rows):
        answer: Future = Future()
        if self.is_prompt:
            answer.set_result([])
        self.calls.append((list(rows), answer))
        return answer


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def counted(hub, monkeypatch) -> Allowance:
    monkeypatch.setattr(allowance, "PAUSE_S", 0)
    monkeypatch.setattr(allowance, "AGAIN_S", 0)
    return Allowance(hub)


def send(counted: Allowance, row: DayRow, times: int = 1) -> int:
    """Send on as often as it may be, at most so often; return how often that was."""
    for number in range(times):
        if not counted.may_send(TIM, row, MAIL):
            return number
        counted.add([Forwarded(TIM, 1, MAIL.octets)])
    return times


@pytest.mark.parametrize(
    ("row", "times"),
    [
        (DayRow(3, 0), 3),
        (DayRow(3, 0, TODAY, 1), 2),
        (DayRow(3, 0, TODAY - 1, 3), 3),
        (DayRow(0, 250), 2),
        (DayRow(0, 250, TODAY, 1, 100), 1),
        (DayRow(5, 250, TODAY, 4, 0), 1),
        (DayRow(3, 0, TODAY, 9), 0),
    ],
)
def test_so_much_and_no_more_is_sent_on_in_a_day(counted, row, times):
    assert send(counted, row, 10) == times


def test_the_hub_is_told_in_one_batch_and_what_it_answers_counts(counted, hub):
    row = DayRow(10, 0)
    send(counted, row, 4)
    counted.add([Forwarded(8, 1, 5), Forwarded(8, 2, 6)])

    counted.tell()
    counted.tell()

    [(rows, answer)] = hub.calls
    assert rows == [Forwarded(TIM, 4, 400), Forwarded(8, 3, 11)]
    assert send(counted, row, 2) == 2
    handed_in_elsewhere = DayRow(10, 0, TODAY, 9, 900)
    answer.set_result([DayOfUser(TIM, handed_in_elsewhere)])
    counted.tell()
    assert not counted.may_send(TIM, row, MAIL), "nine, and two more since"
    assert hub.calls[1][0] == [Forwarded(TIM, 2, 200)]


def test_while_the_hub_is_away_all_is_kept_and_counts(counted, hub):
    row = DayRow(4, 0)
    send(counted, row, 2)
    counted.tell()

    hub.calls[0][1].set_exception(TemporaryFailure("away"))
    send(counted, row)
    counted.tell()
    hub.calls[1][1].cancel()
    counted.tell()

    assert send(counted, row, 9) == 1
    assert [rows for rows, _ in hub.calls] == [
        [Forwarded(TIM, 2, 200)],
        [Forwarded(TIM, 3, 300)],
        [Forwarded(TIM, 3, 300)],
    ]


def test_a_row_that_was_pushed_later_says_more(counted, hub):
    send(counted, DayRow(10, 0))
    assert not counted.may_send(TIM, DayRow(10, 0, TODAY, 9, 0), MAIL)
    assert counted.may_send(TIM, DayRow(20, 0, TODAY, 9, 0), MAIL)


def test_a_row_that_is_older_than_an_answer_says_nothing(counted, hub):
    send(counted, DayRow(10, 0))
    counted.tell()
    hub.calls[0][1].set_result([DayOfUser(TIM, DayRow(10, 0, TODAY, 10, 0))])
    counted.tell()

    assert not counted.may_send(TIM, DayRow(10, 0, TODAY, 3, 0), MAIL)


def test_the_next_day_begins_with_nothing(counted):
    row = DayRow(3, 0, TODAY, 3, 0)
    tomorrow = Coming(100, MAIL.at_ms + 86_400_000)

    assert not counted.may_send(TIM, row, MAIL)
    assert counted.may_send(TIM, row, tomorrow)


AHEAD = datetime.now().astimezone().date().toordinal() + 3650


def test_a_day_that_lies_ahead_ends_though_all_is_refused(counted, hub):
    """TRUST D14: the hub is told, and what it has then is over the next day."""
    row = DayRow(3, 0, AHEAD, 3, 0)
    assert not counted.may_send(TIM, row, MAIL)

    counted.tell()
    [(rows, answer)] = hub.calls
    answer.set_result([DayOfUser(TIM, DayRow(3, 0, TODAY, 3, 0))])
    counted.tell()

    assert rows == [Forwarded(TIM, 0, 0)]
    assert not counted.may_send(TIM, row, MAIL)
    assert counted.may_send(TIM, row, Coming(100, MAIL.at_ms + 86_400_000))


def test_a_count_of_today_that_refuses_is_not_told(counted, hub):
    assert not counted.may_send(TIM, DayRow(3, 0, TODAY, 3, 0), MAIL)
    counted.tell()
    assert hub.calls == []


def test_a_row_that_was_corrected_replaces_one_that_lies_ahead(counted):
    assert not counted.may_send(TIM, DayRow(3, 0, AHEAD, 3, 0), MAIL)
    assert counted.may_send(TIM, DayRow(3, 0, TODAY, 1, 0), MAIL)


@pytest.mark.parametrize("times_told", [1, 3])
def test_mail_of_yesterday_that_is_sent_on_today_is_of_the_hubs_day(
    counted, hub, times_told
):
    """However often the hub is told, which counts it as today's."""
    row = DayRow(4, 0, TODAY, 4, 400)
    assert send(counted, row) == 0
    counted.add([Forwarded(TIM, 1, MAIL.octets)])  # of a message that came today
    sent = 1
    for _ in range(times_told):
        counted.tell()
        answer = DayRow(4, 0, TODAY + 1, sent, sent * MAIL.octets)
        hub.calls[-1][1].set_result([DayOfUser(TIM, answer)])
        counted.tell()
        sent += send(counted, row)

    assert sent == 1 + times_told
    assert send(counted, row, 9) == 4 - sent


def test_a_call_has_a_bound(counted, hub):
    counted.add([Forwarded(number, 1, 1) for number in range(MOST_TOLD + 1)])

    counted.tell()
    hub.calls[0][1].set_result([])
    counted.tell()

    assert [len(rows) for rows, _ in hub.calls] == [MOST_TOLD, 1]


def test_a_stop_waits_for_the_answer_as_long_as_it_may(counted, hub):
    counted.add([Forwarded(TIM, 1, 1)])
    counted.finish(0.05)
    assert len(hub.calls) == 1

    hub.calls[0][1].set_result([])
    hub.is_prompt = True
    counted.add([Forwarded(TIM, 1, 1)])
    counted.finish(10)

    assert [rows for rows, _ in hub.calls] == 2 * [[Forwarded(TIM, 1, 1)]]
