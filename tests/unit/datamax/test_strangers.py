"""Strangers at a door: few at a time, and who floods puts out its own."""

import pytest

from mailmax.datamax.strangers import Strangers


@pytest.fixture
def strangers() -> Strangers[int]:
    return Strangers(most=4, most_of_address=3)


def come(strangers: Strangers[int], *addresses: str, first: int = 0) -> list[int]:
    """Let some in; return who had to go, in that order."""
    gone = [strangers.enter(first + n, one) for n, one in enumerate(addresses)]
    return [one for one in gone if one is not None]


def test_while_there_is_room_nobody_goes(strangers):
    assert come(strangers, "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2") == []
    assert len(strangers) == 4


def test_an_address_with_too_many_loses_its_slowest(strangers):
    assert come(strangers, "192.0.2.2", *["192.0.2.1"] * 5) == [1, 2]
    assert len(strangers) == 4


def test_with_too_many_in_all_the_address_with_the_most_loses_one(strangers):
    crowd = ["192.0.2.9", "192.0.2.1", "192.0.2.1", "192.0.2.1"]
    assert come(strangers, *crowd, "192.0.2.2", "192.0.2.3") == [1, 2]


def test_a_network_of_ipv6_is_one_address(strangers):
    many = [f"2001:db8::{number}" for number in range(1, 5)]
    assert come(strangers, *many, "2001:db8:0:1::1") == [0]


def test_who_has_left_makes_room_and_may_leave_twice(strangers):
    come(strangers, *["192.0.2.1"] * 3)
    for who in (0, 0, 1):
        strangers.leave(who)

    assert len(strangers) == 1
    assert come(strangers, *["192.0.2.1"] * 2, first=10) == []
    assert come(strangers, "192.0.2.1", first=20) == [2]
