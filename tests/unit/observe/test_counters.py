"""Plain numbers, taken once."""

from mailmax.observe.counters import MEASURES, Counters


def test_what_was_taken_is_not_taken_again():
    counters = Counters()
    counters.connections += 3
    counters.octets_out += 100

    first = dict(zip(MEASURES, counters.take(), strict=True))
    counters.connections += 1
    second = dict(zip(MEASURES, counters.take(), strict=True))

    assert first["connections"] == 3
    assert first["octets_out"] == 100
    assert second["connections"] == 1
    assert sum(second.values()) == 1
    assert sum(counters.take()) == 0
