"""How filer and QueueMax count the tries of a local delivery."""

import pytest

from mailmax.base.again import forward_of, must_mend, reason_of, stuck, tries_of
from mailmax.base.envelope import Envelope, Origin, Recipient

ORIGIN = Origin(b"j" * 16, 3)
TIM, EVE = Recipient("tim@x.test", 7), Recipient("eve@x.test", 8)


@pytest.mark.parametrize(
    ("step", "tries"),
    [
        ("", 0),
        ("again 1", 1),
        ("again 9999999999", 9_999_999_999),
        ("again 12345678901", 0),
        ("again ", 0),
        ("again -1", 0),
        ("again \u0663", 0),
        ("other 4", 0),
        ("7", 0),
    ],
)
def test_only_a_step_of_ours_has_tries(step, tries):
    assert tries_of(step) == tries


def test_each_time_counts_and_nothing_else_changes():
    first = Envelope("ada@far.test", (TIM, EVE), 5, facts={"spf": "pass"})

    once = stuck(first, ORIGIN, (TIM,), "locked")
    twice = stuck(once, ORIGIN, (TIM,), "damaged", mend=True)

    assert (once.step, twice.step) == ("again 1", "again 2")
    assert twice.recipients == (TIM,)
    assert twice.origin == ORIGIN
    assert twice.facts["spf"] == "pass"
    assert (reason_of(once), reason_of(twice)) == ("locked", "damaged")
    assert not must_mend(once)
    assert must_mend(stuck(twice, ORIGIN, (TIM,), "locked"))
    assert first.facts == {"spf": "pass"}


@pytest.mark.parametrize("instead_of", [[], [7], [7, 12]])
def test_a_forward_says_that_it_is_one_and_whose_copy_it_replaces(instead_of):
    first = Envelope("ada@far.test", (TIM, EVE), 5)

    forward = stuck(first, ORIGIN, (EVE,), "locked", instead_of=instead_of)

    assert forward_of(first) is None
    assert forward_of(forward) == instead_of
    assert forward_of(stuck(forward, ORIGIN, (TIM,), "locked")) is None
