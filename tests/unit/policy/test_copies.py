"""A storm of bounces brings the postmaster some copies and no more (QUE-5)."""

import random

from mailmax.policy.copies import MOST, WINDOW_S, CopyBudget


def test_an_hour_brings_so_many():
    budget = CopyBudget()

    granted = [budget.grant(1000.0 + n) for n in range(10 * MOST)]

    assert granted == [True] * MOST + [False] * 9 * MOST


def test_the_next_hour_brings_more():
    budget = CopyBudget()
    for _ in range(MOST):
        budget.grant(1000.0)

    assert not budget.grant(999.0 + WINDOW_S)
    assert budget.grant(1000.0 + WINDOW_S)


def test_no_hour_has_more_than_that_in_it():
    chance = random.Random(7)
    budget = CopyBudget()
    times = sorted(chance.uniform(0, 4 * WINDOW_S) for _ in range(40 * MOST))

    granted = [at for at in times if budget.grant(at)]

    hours = [sum(0 <= at - start < WINDOW_S for at in granted) for start in granted]
    assert max(hours) == MOST
    assert len(granted) >= 4 * MOST
