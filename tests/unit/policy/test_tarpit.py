"""Tarpitting: counted over sessions, blocked for a while, bounded."""

import pytest

from mailmax.policy import tarpit
from mailmax.policy.tarpit import WINDOW_S, Tarpit, key_of


def test_the_trigger_counts_recipients_of_all_sessions_of_an_address():
    pit = Tarpit()

    said = [pit.refused("192.0.2.1", n, trigger=3) for n in range(3)]

    assert said == [False, False, True]
    assert not pit.refused("192.0.2.2", 3.0, trigger=3)
    assert not pit.refused("192.0.2.1", 3.0, trigger=3)


def test_old_mistakes_are_forgotten():
    pit = Tarpit()
    pit.refused("192.0.2.1", 0.0, trigger=2)

    assert not pit.refused("192.0.2.1", WINDOW_S + 1, trigger=2)


def test_who_is_blocked_is_out_until_then_or_pardoned():
    pit = Tarpit()
    pit.block("192.0.2.1", 60.0)
    pit.block("192.0.2.2", 90.0)

    assert pit.blocked(50.0) == {"192.0.2.1": 10.0, "192.0.2.2": 40.0}
    assert pit.is_blocked("192.0.2.1", 59.0)
    assert not pit.is_blocked("192.0.2.1", 60.0)
    assert pit.pardon("192.0.2.2")
    assert not pit.is_blocked("192.0.2.2", 60.0)
    assert not pit.pardon("192.0.2.2")


def test_a_million_addresses_take_bounded_room(monkeypatch):
    monkeypatch.setattr(tarpit, "MOST_ADDRESSES", 100)
    pit = Tarpit()

    for number in range(1000):
        pit.refused(f"a{number}", 0.0, trigger=9)
        pit.block(f"b{number}", 60.0)

    assert len(pit) == 200
    assert pit.is_blocked("b999", 1.0)


@pytest.mark.parametrize(
    ("peer", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("", ""),
        ("not:an:address", "not:an:address"),
    ],
)
def test_a_network_of_ipv6_is_one_client(peer, key):
    assert key_of(peer) == key_of(key) == key


def test_all_are_pardoned_and_counts_stay():
    pit = Tarpit()
    pit.refused("192.0.2.1", 0.0, trigger=2)
    pit.block("192.0.2.1", 60.0)

    pit.pardon_all()

    assert not pit.keeps_out
    assert not pit.is_blocked("192.0.2.1", 1.0)
    assert pit.refused("192.0.2.1", 1.0, trigger=2)
