"""POP before SMTP: whose window is open, from where, and for how long (TRUST G10)."""

from mailmax.policy import windows
from mailmax.policy.windows import Windows

HERE, THERE = "192.0.2.1", "192.0.2.2"
TIM, ANN = 7, 8


def test_a_window_is_for_one_user_at_one_address_until_it_closes():
    found = Windows()
    found.open(HERE, TIM, 60.0)

    assert found.is_open(HERE, TIM, 59.9)
    assert not found.is_open(HERE, TIM, 60.0)
    assert not found.is_open(THERE, TIM, 1.0)
    assert not found.is_open(HERE, ANN, 1.0)
    assert found.anybody(HERE, 1.0)
    assert not found.anybody(HERE, 60.0)
    assert not found.anybody(THERE, 1.0)


def test_a_neighbour_in_the_same_ipv6_network_has_none():
    """TRUST G10: a window is for the very address, not for its /64."""
    found = Windows()
    found.open("2001:db8::1", TIM, 60.0)

    assert found.is_open("2001:db8::1", TIM, 1.0)
    assert not found.is_open("2001:db8::2", TIM, 1.0)


def test_neighbours_behind_one_address_have_windows_of_their_own():
    found = Windows()
    found.open(HERE, TIM, 60.0)
    found.open(HERE, ANN, 90.0)

    assert found.expired(60.0) == [(HERE, TIM)]
    found.close(HERE, TIM)
    assert found.is_open(HERE, ANN, 61.0)
    found.close(HERE, ANN)
    found.close(HERE, ANN)
    assert len(found) == 0
    assert not found.anybody(HERE, 1.0)


def test_a_login_again_opens_it_anew():
    found = Windows()
    found.open(HERE, TIM, 60.0)
    found.open(HERE, TIM, 90.0)

    assert found.is_open(HERE, TIM, 89.0)
    assert found.of_user(TIM) == [(HERE, TIM)]
    assert found.of_user(ANN) == []
    found.clear()
    assert not found.is_open(HERE, TIM, 1.0)


def test_there_are_never_too_many(monkeypatch):
    monkeypatch.setattr(windows, "MOST_ADDRESSES", 3)
    monkeypatch.setattr(windows, "MOST_USERS", 2)
    found = Windows()
    for number in range(5):
        found.open(f"192.0.2.{number}", TIM, 60.0)
    assert {address for address, _, _ in found.all()} == {
        f"192.0.2.{number}" for number in (2, 3, 4)
    }
    for user in (1, 2, 3):
        found.open("192.0.2.4", user, 60.0)
    assert [one for _, one in found.expired(99.0)][-2:] == [2, 3]
