"""A flood with forged senders gets some answers and no more (TRUST K4)."""

import pytest

from mailmax.policy.replies import (
    MOST_IN_ALL,
    MOST_OF_USER,
    MOST_TO_ADDRESS,
    WINDOW_S,
    Budget,
)


def granted(budget: Budget, asked: list[tuple[float, int, str]]) -> int:
    count = 0
    for one in asked:
        if budget.allows(*one):
            budget.spend(*one)
            count += 1
    return count


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        ([(0.0, 7, f"v{n}@x") for n in range(10_000)], MOST_OF_USER),
        ([(0.0, n, "victim@x") for n in range(10_000)], MOST_TO_ADDRESS),
        ([(0.0, n, f"v{n}@x") for n in range(10_000)], MOST_IN_ALL),
    ],
)
def test_each_bound_holds_and_ends_with_its_minute(asked, most):
    budget = Budget()

    assert granted(budget, asked[:most]) == most
    assert granted(budget, asked) == 0
    later = [(at + WINDOW_S, user, target) for at, user, target in asked]
    assert granted(budget, later) == most


def test_what_is_refused_leaves_others_alone():
    budget = Budget()
    granted(budget, [(0.0, 7, f"v{n}@x") for n in range(1000)])

    assert budget.allows(1.0, 8, "v1@x")


def test_a_clock_that_jumped_forbids_nothing_for_long():
    budget = Budget()
    granted(budget, [(10.0**9, 7, f"v{n}@x") for n in range(1000)])

    assert budget.allows(0.0, 7, "v@x")
