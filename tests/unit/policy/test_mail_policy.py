"""Whose address, may it be relayed, does it fit: pure decisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.address import Address
from mailmax.base.result import Accepted
from mailmax.hub.contract.rows import DomainRow
from mailmax.policy.quota import (
    MESSAGE_CEILING_OCTETS,
    effective_limit,
    fits_box,
    is_nearly_full,
)
from mailmax.policy.recipients import NoUser, resolve


class Book:
    def __init__(self, rows):
        self.rows = rows

    def find(self, key):
        return self.rows.get(key)

    def user_by_id(self, user_id):
        return {5: "catcher"}.get(user_id)

    def domain(self, name):
        return {row.name: row for row in DOMAINS}.get(name)


DOMAINS = (
    DomainRow(1, "demo.test"),
    DomainRow(2, "other.test"),
    DomainRow(3, "all.test", catch_all=5),
    DomainRow(4, "lost.test", catch_all=6),
    DomainRow(5, "relay.test", "relay"),
    DomainRow(6, "backup.test", "backup"),
    DomainRow(7, "etrn.test", "etrn"),
)


BOOK = Book({
    "tim@demo.test": "tim",
    "a+b@demo.test": "exact",
    "a@demo.test": "base",
    "postmaster@other.test": "other's postmaster",
    "boss@demo.test": "boss",
    "tak@demo.test": "tak",
    "tim@all.test": "all's tim",
    "tim@relay.test": "nobody's",
})  # fmt: skip


@pytest.mark.parametrize(
    ("local", "domain", "expected"),
    [
        ("tim", "demo.test", "tim"),
        ("TIM", "demo.test", "tim"),
        ("ta\N{KELVIN SIGN}", "demo.test", NoUser.UNKNOWN),
        ("boss+\N{KELVIN SIGN}", "demo.test", "boss"),
        ("tim+", "demo.test", "tim"),
        ("tim+a+b", "demo.test", "tim"),
        ("+tim", "demo.test", NoUser.UNKNOWN),
        ("a+b", "demo.test", "exact"),
        ("a+c", "demo.test", "base"),
        ("nobody", "demo.test", NoUser.UNKNOWN),
        ("tim", "other.test", NoUser.UNKNOWN),
        ("tim", "far.test", NoUser.ELSEWHERE),
        ("tim", "all.test", "all's tim"),
        ("tim+tag", "all.test", "all's tim"),
        ("nobody", "all.test", "catcher"),
        ("postmaster", "all.test", "boss"),
        ("nobody", "lost.test", NoUser.UNKNOWN),
        ("tim", "relay.test", NoUser.PASSED_ON),
        ("any", "backup.test", NoUser.PASSED_ON),
        ("any", "etrn.test", NoUser.PASSED_ON),
        ("tim@demo.test", "far.test", NoUser.ELSEWHERE),
        ("u%far.test", "demo.test", NoUser.UNKNOWN),
        ("postmaster", "", "boss"),
        ("Postmaster", "demo.test", "boss"),
        ("postmaster", "other.test", "other's postmaster"),
        ("postmaster", "[127.0.0.1]", NoUser.ELSEWHERE),
        ("postmaster+x", "demo.test", NoUser.UNKNOWN),
    ],
)
def test_recipients(local, domain, expected):
    found = resolve(BOOK, Address(local, domain), "demo.test", "Boss@demo.test")
    assert found == expected


def test_without_a_postmaster_there_is_none():
    assert resolve(BOOK, Address("postmaster", ""), "demo.test", "") is NoUser.UNKNOWN
    assert resolve(BOOK, Address("postmaster", ""), "", "x@y") is NoUser.ELSEWHERE


@pytest.mark.parametrize(
    ("limit", "held", "message", "fits"),
    [
        (0, 10**12, 10**12, True),
        (100, 0, 100, True),
        (100, 0, 101, False),
        (100, 60, 40, True),
        (100, 60, 41, False),
        (100, 99, 0, True),
        (100, 100, 0, False),
        (100, 500, 0, False),
    ],
)
def test_boxes(limit, held, message, fits):
    assert isinstance(fits_box(limit, held, message), Accepted) is fits


def test_message_limits_have_a_ceiling():
    assert effective_limit(0) == MESSAGE_CEILING_OCTETS
    assert effective_limit(10**12) == MESSAGE_CEILING_OCTETS
    assert effective_limit(5000) == 5000
    assert effective_limit(5000, 100) == 100


@given(st.text(max_size=20), st.sampled_from(["demo.test", "far.test", "", "x"]))
def test_resolving_ends_with_a_user_or_a_reason(local, domain):
    found = resolve(BOOK, Address(local, domain), "demo.test", "")
    elsewhere = domain not in ("demo.test", "")
    assert (found is NoUser.ELSEWHERE) == elsewhere


@pytest.mark.manual("4.1")
@pytest.mark.parametrize(
    ("limit", "held", "measure", "threshold", "expected"),
    [
        (1000, 900, "percent", 10, False),
        (1000, 901, "percent", 10, True),
        (1000, 5000, "percent", 1, True),
        (10 * 2**20, 9 * 2**20, "megabytes", 1, False),
        (10 * 2**20, 9 * 2**20 + 1, "megabytes", 1, True),
        (1000, 5000, "none", 100, False),
        (0, 5000, "percent", 100, False),
        (0, 5000, "megabytes", 100, False),
    ],
)
def test_a_box_is_nearly_full_when_less_than_the_threshold_is_left(
    limit, held, measure, threshold, expected
):
    assert is_nearly_full(limit, held, measure, threshold) is expected
