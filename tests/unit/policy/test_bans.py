"""Banned senders: who is meant, for how long, and whom a trap never bans."""

import time

import pytest

from mailmax.base.address import Address
from mailmax.policy.bans import (
    Ban,
    Bans,
    bans_own,
    may_ban_trapped,
    read_ban,
    trapped_value,
)
from mailmax.settings.field import BadValue


def address(text: str) -> Address:
    local, _, domain = text.rpartition("@")
    return Address(local, domain)


def bans_of(*values: str, **facts) -> Bans:
    bans = Bans()
    for number, value in enumerate(values, 1):
        bans.add(Ban(number, facts.get("binding", 0), value, facts.get("expires", 0.0)))
    return bans


@pytest.mark.parametrize(
    ("ban", "refused", "taken"),
    [
        ("bob@bad.test", ["bob@bad.test", "BoB@bad.test"],
         ["bobby@bad.test", "bob@sub.bad.test", "bob+x@bad.test"]),
        ("bad.test", ["a@bad.test", "b@bad.test"], ["a@sub.bad.test", "a@xbad.test"]),
        ("*.bad.test", ["a@sub.bad.test", "a@b.c.bad.test"],
         ["a@bad.test", "a@xbad.test", "a@bad.test.far.test"]),
        ("xn--bcher-kva.test", ["a@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.test",
                                "a@xn--bcher-kva.test"], ["a@bucher.test"]),
        ("*.test", ["a@x.test", "a@y.x.test"], ["a@test"]),
    ],
)  # fmt: skip
def test_what_a_ban_means(ban, refused, taken):
    """DECISIONS 11."""
    bans = bans_of(ban)

    assert all(bans.find(address(one), 0, 0.0) for one in refused)
    assert not any(bans.find(address(one), 0, 0.0) for one in taken)


def test_the_null_path_is_nobody():
    assert bans_of("bad.test", "*.test").find(None, 0, 0.0) is None


def test_a_ban_ends_when_its_time_is_over():
    bans = bans_of("bad.test", expires=100.0)

    assert bans.find(address("a@bad.test"), 0, 99.9) == Ban(1, 0, "bad.test", 100.0)
    assert bans.find(address("a@bad.test"), 0, 100.0) is None


def test_a_connections_bans_are_for_its_clients_and_the_systems_for_all():
    """BAN-2."""
    bans = bans_of("bad.test", binding=3)
    bans.add(Ban(9, 0, "worse.test"))

    assert bans.find(address("a@bad.test"), 3, 0.0) is not None
    assert bans.find(address("a@bad.test"), 4, 0.0) is None
    assert bans.find(address("a@bad.test"), 0, 0.0) is None
    for binding in (0, 3, 4):
        assert bans.find(address("a@worse.test"), binding, 0.0) is not None


def test_rows_change_and_go():
    bans = bans_of("bad.test")

    bans.add(Ban(1, 0, "worse.test"))
    assert bans.find(address("a@bad.test"), 0, 0.0) is None
    assert bans.find(address("a@worse.test"), 0, 0.0) is not None
    bans.remove(1)
    bans.remove(1)
    assert len(bans) == 0
    assert bans.find(address("a@worse.test"), 0, 0.0) is None
    bans.add(Ban(1, 0, "worse.test"))
    bans.clear()
    assert bans.find(address("a@worse.test"), 0, 0.0) is None


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        (" Bob@Bad.TEST ", "bob@bad.test"),
        ("o'brien/x=1@bad.test", "o'brien/x=1@bad.test"),
        ("Bad.Test", "bad.test"),
        ("*.Bad.Test", "*.bad.test"),
        ("b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.test", "xn--bcher-kva.test"),
    ],
)
def test_values_have_one_form(typed, value):
    assert read_ban(typed) == value
    assert read_ban(value) == value


@pytest.mark.parametrize(
    "typed",
    ["", " ", "@", "@bad.test", "a@", "a b@bad.test", "a..b@bad.test", "*", "*.",
     "*.a@bad.test", "a@*.bad.test", "bad..test", "x" * 65 + "@bad.test", "a@[1.2.3.4]",
     "a\0@bad.test"],
)  # fmt: skip
def test_what_is_neither_an_address_nor_a_domain_is_refused(typed):
    bad = read_ban(typed)

    assert isinstance(bad, BadValue)
    assert bad.reason
    assert bad.cure


def test_banning_our_own_is_noticed():
    own = {"demo.test", "other.test"}

    assert bans_own("demo.test", own)
    assert bans_own("tim@other.test", own)
    assert bans_own("*.test", own)
    assert not bans_own("*.demo.test", own)
    assert not bans_own("far.test", own)
    assert not bans_own("a@far.test", own)


def test_whom_a_trap_never_bans():
    """TRUST B9."""
    own = {"demo.test"}.__contains__

    assert may_ban_trapped(address("x@far.test"), own, exempt=False)
    assert not may_ban_trapped(address("x@far.test"), own, exempt=True)
    assert not may_ban_trapped(None, own, exempt=False)
    assert not may_ban_trapped(address("ceo@demo.test"), own, exempt=False)
    assert not may_ban_trapped(address("ceo@DEMO.test"), own, exempt=False)
    assert not may_ban_trapped(address("x@[192.0.2.1]"), own, exempt=False)
    assert trapped_value(address("Bob@far.test")) == "bob@far.test"


def test_a_hundred_thousand_bans_slow_nobody_down():
    bans = bans_of(*(f"d{number}.test" for number in range(100_000)))
    sender = address("a@b.c.d.e.far.test")
    started = time.thread_time()

    for _ in range(2_000):
        bans.find(sender, 0, 0.0)

    assert (time.thread_time() - started) / 2_000 < 50e-6
