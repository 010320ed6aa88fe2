"""How often the hub is knocked at."""

from mailmax.hub.pauses import (
    LONGEST_NEAR_S,
    LONGEST_S,
    LONGEST_SOON_S,
    SOON_TRIES,
    Pauses,
)


def waits(pauses: Pauses, count: int) -> list[float]:
    return [pauses.next_s() for _ in range(count)]


def test_far_away_pauses_double_to_five_seconds():
    seen = waits(Pauses("tls:hub:1"), 12)

    for n, wait in enumerate(seen):
        assert min(0.05 * 2**n, LONGEST_S) <= wait <= 1.5 * min(0.05 * 2**n, LONGEST_S)


def test_on_this_computer_they_stay_short_for_half_a_minute():
    pauses = Pauses("unix:/run/datamax.sock")

    seen = waits(pauses, SOON_TRIES)
    assert max(seen) <= 1.5 * LONGEST_SOON_S
    assert 20 < sum(seen) < 40
    assert LONGEST_NEAR_S <= max(waits(pauses, 100)) <= 1.5 * LONGEST_NEAR_S


def test_a_hub_that_refuses_is_not_hurried():
    pauses = Pauses("unix:/run/datamax.sock")
    pauses.refused()

    assert waits(pauses, 10)[-1] >= LONGEST_S


def test_after_joining_they_are_short_again():
    pauses = Pauses("tls:hub:1")
    waits(pauses, 10)

    pauses.joined()

    assert pauses.next_s() <= 0.075
