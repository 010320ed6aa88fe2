"""Wrong passwords: delays, pauses, and who is spared (TRUST section 3, G4)."""

import tracemalloc

import pytest

from mailmax.policy.throttle import (
    BUCKETS,
    NETWORK_TRIES,
    PAIR_TRIES,
    Throttle,
    network_of,
)

TIM, HOME, AWAY = "tim@demo.test", "192.0.2.1", "198.51.100.1"


def test_delays_double_from_one_to_fifteen_seconds():
    throttle = Throttle()

    assert [throttle.failed(TIM, HOME, 0.0) for _ in range(6)] == [
        1.0, 2.0, 4.0, 8.0, 15.0, 15.0,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tries", "heard"), [(PAIR_TRIES - 1, True), (PAIR_TRIES, False)]
)
def test_a_full_pair_is_not_heard(tries, heard):
    throttle = Throttle()
    for _ in range(tries):
        throttle.failed(TIM, HOME, 0.0)

    assert throttle.may_try(TIM, HOME, 0.0) is heard
    assert throttle.may_try(TIM, AWAY, 0.0)
    assert throttle.may_try("tom@demo.test", HOME, 0.0)


@pytest.mark.parametrize(
    ("tries", "heard"), [(NETWORK_TRIES - 1, True), (NETWORK_TRIES, False)]
)
def test_a_full_network_is_heard_for_known_users_only(tries, heard):
    throttle = Throttle()
    throttle.succeeded(TIM, HOME, 0.0)
    for n in range(tries):
        throttle.failed(f"u{n}@demo.test", "192.0.2.99", 0.0)

    assert throttle.may_try("tom@demo.test", HOME, 0.0) is heard
    assert throttle.may_try(TIM, HOME, 0.0)


def test_a_user_is_never_locked_out_everywhere():
    throttle = Throttle()
    for n in range(5000):
        throttle.failed(TIM, f"10.{n >> 8}.{n & 255}.1", 0.0)

    assert throttle.may_try(TIM, HOME, 0.0)


def test_it_leaks_one_try_a_minute():
    throttle = Throttle()
    for _ in range(PAIR_TRIES):
        throttle.failed(TIM, HOME, 0.0)

    assert not throttle.may_try(TIM, HOME, 59.0)
    assert throttle.may_try(TIM, HOME, 61.0)
    assert throttle.failed(TIM, HOME, 7 * 86_400.0) == 1.0


def test_a_right_password_empties_the_pair():
    throttle = Throttle()
    for _ in range(PAIR_TRIES - 1):
        throttle.failed(TIM, HOME, 0.0)

    throttle.succeeded(TIM, HOME, 0.0)
    throttle.failed(TIM, HOME, 0.0)

    assert throttle.may_try(TIM, HOME, 0.0)


def test_what_is_kept_elsewhere_is_as_good_as_what_was_remembered():
    throttle, later = Throttle(), Throttle()
    throttle.succeeded(TIM, HOME, 0.0)
    throttle.failed("once@demo.test", AWAY, 0.0)
    for n in range(NETWORK_TRIES):
        throttle.failed(f"u{n % 30}@demo.test", "192.0.2.99", 10.0)

    tries, known = throttle.take_changes()
    for key, bucket in tries.items():
        later.fill(key, *bucket)
    for pair, at in known.items():
        later.know(pair, at)

    assert not any("once" in key for key in tries), "that is not worth it"
    assert later.may_try(TIM, HOME, 20.0)
    assert not later.may_try("tom@demo.test", HOME, 20.0)
    assert later.may_try("tom@demo.test", HOME, 20.0 + 2 * 60)
    assert throttle.take_changes() == ({}, {})


def test_a_pair_that_was_emptied_is_kept_no_more():
    throttle = Throttle()
    for _ in range(3):
        throttle.failed(TIM, HOME, 0.0)
    throttle.take_changes()

    throttle.succeeded(TIM, HOME, 0.0)

    assert throttle.take_changes()[0] == {f"{network_of(HOME)} {TIM}": None}


def test_memory_is_bounded(monkeypatch):
    """A million made-up addresses take no more than the buckets there are."""
    monkeypatch.setattr("mailmax.policy.throttle.BUCKETS", 5_000)
    throttle = Throttle()
    tracemalloc.start()

    for n in range(6_000):
        throttle.failed(f"user{n}@demo.test", f"10.{n >> 8}.{n & 255}.1", 0.0)

    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(throttle) == 5_000
    assert taken / 5_000 * BUCKETS < 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002/64"),
        ("fe80::1%eth0", "fe80:0000:0000:0000/64"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_networks(peer, network):
    assert network_of(peer) == network
