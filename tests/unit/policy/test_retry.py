"""The retry table: monotone waits, a notice once, an end always (Manual §4.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.units import HOUR_S, MINUTE_S
from mailmax.policy.retry import (
    RetryLimits,
    Stage,
    Step,
    next_step,
    place_after,
    wait_until,
)

LIMITS = RetryLimits(retry_minutes=10, retries=2, resend_hours=4, resends=2)


def story(limits, chance=0.5):
    stage, tries, steps = Stage.FRESH, 0, []
    while stage.is_waiting:
        step = next_step(stage, tries, limits, chance)
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
