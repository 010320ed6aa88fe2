"""The retry table: monotone waits, a notice once, an end always (Manual §4.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.units import HOUR_S, MINUTE_S
from mailmax.policy.retry import (
    RetryLimits,
    Schedule,
    Stage,
    Step,
    next_step,
    place_after,
    schedule_of,
    wait_until,
)

LIMITS = RetryLimits(retry_minutes=10, retries=2, resend_hours=4, resends=2)


def story(limits, chance=0.5, *, is_permanent=False):
    stage, tries, steps = Stage.FRESH, 0, []
    while stage.is_waiting:
        step = next_step(stage, tries, limits, chance, is_permanent=is_permanent)
        steps.append(step)
        stage, tries = step.stage, step.tries
    return steps


def test_the_manual_s_way_through_both_queues():
    expected = [
        Step(Stage.RETRY, 0, 10 * MINUTE_S),
        Step(Stage.RETRY, 1, 10 * MINUTE_S),
        Step(Stage.SOFT, 0, 4 * HOUR_S, is_notice_due=True),
        Step(Stage.SOFT, 1, 4 * HOUR_S),
        Step(Stage.FAILED, 2),
    ]
    assert expected == story(LIMITS)


def test_the_defaults_try_for_more_than_four_days():
    total_s = sum(step.wait_s for step in story(RetryLimits()))

    assert 4 * 24 * HOUR_S < total_s < 5 * 24 * HOUR_S


@pytest.mark.parametrize(
    ("retries", "resends", "stages"),
    [(0, 0, ["FAILED"]), (0, 1, ["SOFT", "FAILED"]), (1, 0, ["RETRY", "FAILED"])],
)
def test_a_queue_of_no_tries_is_passed_over(retries, resends, stages):
    limits = RetryLimits(retries=retries, resends=resends)

    assert stages == [step.stage.name for step in story(limits)]


@given(st.integers(0, 20), st.integers(0, 20), st.floats(0, 1), st.integers(1, 1000))
def test_every_story_ends_with_at_most_one_notice(retries, resends, chance, minutes):
    limits = RetryLimits(minutes, retries, 4, resends)
    steps = story(limits, chance)

    assert Stage.FAILED is steps[-1].stage
    assert len(steps) == 1 + retries + resends
    assert sum(step.is_notice_due for step in steps) <= 1
    assert all(step.wait_s > 0 for step in steps[:-1])


@given(st.integers(-(2**60), 2**60), st.integers(0, 2**50))
def test_a_clock_that_jumped_neither_freezes_nor_breaks(due_ms, now_ms):
    """TRUST D14."""
    wait_s = wait_until(Stage.RETRY, due_ms, now_ms, LIMITS)

    assert 0.0 <= wait_s <= 11 * MINUTE_S
    assert wait_until(Stage.FRESH, due_ms, now_ms, LIMITS) == 0.0


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 100))
def test_counting_all_tries_leads_to_the_same_place_as_walking(
    retries, resends, attempts
):
    limits = RetryLimits(retries=retries, resends=resends)
    walked = [(Stage.FRESH, 0)]
    walked += [(s.stage, s.tries) for s in story(limits) if s.stage.is_waiting]

    expected = walked[min(attempts, len(walked) - 1)]

    assert place_after(attempts, limits) == expected


def test_what_is_refused_for_good_is_over_at_once():
    for stage in (Stage.FRESH, Stage.RETRY, Stage.SOFT):
        step = next_step(stage, 0, LIMITS, 0.5, is_permanent=True)
        assert step == Step(Stage.FAILED, 1)


def test_the_manual_s_way_tries_what_was_refused_as_a_soft_error():
    """Manual §4.4: it immediately enters the soft error queue, with a notice."""
    limits = RetryLimits(10, 2, 4, 2, is_permanent_final=False)

    assert story(limits, is_permanent=True) == [
        Step(Stage.SOFT, 0, 4 * HOUR_S, is_notice_due=True),
        Step(Stage.SOFT, 1, 4 * HOUR_S),
        Step(Stage.FAILED, 2),
    ]
    refused_later = next_step(Stage.RETRY, 0, limits, 0.5, is_permanent=True)
    assert refused_later == Step(Stage.SOFT, 0, 4 * HOUR_S, is_notice_due=True)
    none = RetryLimits(10, 2, 4, 0, is_permanent_final=False)
    assert story(none, is_permanent=True) == [Step(Stage.FAILED, 1)]


@given(st.integers(0, 20), st.integers(0, 50), st.integers(1, 1440), st.integers(1, 9))
def test_a_backup_domain_s_mail_is_tried_at_every_retry_interval_for_as_long(
    retries, resends, minutes, hours
):
    usual = RetryLimits(minutes, retries, hours, resends)
    steps = story(usual.of(Schedule.BACKUP))

    assert {round(step.wait_s) for step in steps[:-1]} <= {minutes * MINUTE_S}
    wanted_s = sum(step.wait_s for step in story(usual))
    lasted_s = sum(step.wait_s for step in steps)
    assert wanted_s - 1 <= lasted_s <= wanted_s + minutes * MINUTE_S
    assert sum(step.is_notice_due for step in steps) == bool(resends)


def test_only_backup_domains_have_a_schedule_of_their_own():
    assert schedule_of("backup") is Schedule.BACKUP
    assert {schedule_of(kind) for kind in ("", "relay", "etrn")} == {Schedule.USUAL}
    assert LIMITS.of(Schedule.USUAL) is LIMITS
