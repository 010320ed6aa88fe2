"""Routing: MX order, null MX, loops, smart host, forbidden targets (TRUST C4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.dns import Answer, MxRecord
from mailmax.policy.outcome import Outcome, Result, judge_rcpt, judge_reply, printable
from mailmax.policy.routing import (
    MAX_HOSTS,
    Destination,
    SmartHost,
    find_destination,
    order_hosts,
    parse_smart_host,
)
from mailmax.policy.targets import may_send_to, parse_literal

OURS = frozenset({"mx.here.test"})


def low(low, high):
    return low


def mx(*pairs):
    return Answer(tuple(MxRecord(*pair) for pair in pairs))


def test_lower_preference_is_tried_first():
    answer = mx((20, "b.test"), (10, "a.test"), (30, "c.test"))

    assert order_hosts("d.test", answer, OURS, low) == ("a.test", "b.test", "c.test")


def test_equal_preferences_are_shuffled():
    numbers = iter([0.9, 0.1, 0.5])
    answer = mx((10, "a.test"), (10, "b.test"), (10, "c.test"))

    order = order_hosts("d.test", answer, OURS, lambda low, high: next(numbers))
    assert order == ("b.test", "c.test", "a.test")


def test_without_mx_the_domain_itself_is_the_host():
    assert order_hosts("d.test", Answer(), OURS, low) == ("d.test",)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(exists=False), "5.1.2"),
        (mx((0, "")), "5.1.10"),
        (mx((10, "mx.here.test")), "5.4.6"),
        (mx((10, "mx.here.test"), (10, "b.test"), (20, "c.test")), "5.4.6"),
    ],
)
def test_there_may_be_nowhere_to_go(answer, status):
    outcome = order_hosts("d.test", answer, OURS, low)

    assert isinstance(outcome, Outcome)
    assert (Result.PERMANENT, status) == (outcome.result, outcome.status)


def test_where_we_are_listed_only_better_hosts_count():
    answer = mx((10, "a.test"), (20, "mx.here.test"), (30, "c.test"))

    assert order_hosts("d.test", answer, OURS, low) == ("a.test",)


def test_five_hundred_exchangers_are_cut_to_twenty():
    answer = mx(*[(number, f"h{number}.test") for number in range(500)])

    assert len(order_hosts("d.test", answer, OURS, low)) == MAX_HOSTS


def test_destinations():
    smart = SmartHost("127.0.0.1", 2526)

    assert Destination("d.test") == find_destination("d.test", None)
    assert Destination("192.0.2.1", is_host=True) == find_destination(
        "[192.0.2.1]", None
    )
    assert Destination(
        "127.0.0.1", 2526, is_host=True, is_configured=True
    ) == find_destination("d.test", smart)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relay.test", SmartHost("relay.test")),
        ("Relay.test:2526", SmartHost("relay.test", 2526)),
        ("127.0.0.1:2526", SmartHost("127.0.0.1", 2526)),
        ("[::1]:25", SmartHost("::1")),
        ("[192.0.2.1]", SmartHost("192.0.2.1")),
        ("::1", SmartHost("::1")),
        ("", None),
        ("a:", None),
        ("a:0", None),
        ("a:65536", None),
        ("a:99999999999", None),
        ("a:²", None),
        ("[::1]25", None),
        ("a b", None),
    ],
)
def test_smart_hosts_are_read(text, expected):
    assert expected == parse_smart_host(text)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.0.3", "0.0.0.0", "0.1.2.3", "169.254.169.254"),
        *("::1", "::", "fe80::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
        *("64:ff9b::7f00:1", "::127.0.0.1", "2002:7f00:1::", "224.0.0.1", "ff02::1"),
        *("255.255.255.255", "240.0.0.1", "localhost", "", "fec0::1"),
    ],
)
def test_addresses_that_a_stranger_may_not_name(address):
    assert not may_send_to(address)


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "10.0.0.1", "192.168.1.1", "2001:db8::1", "8.8.8.8"]
)
def test_addresses_that_mail_may_go_to(address):
    assert may_send_to(address)


@pytest.mark.parametrize(
    ("domain", "address"),
    [
        ("[192.0.2.1]", "192.0.2.1"),
        ("[IPv6:2001:db8::1]", "2001:db8::1"),
        ("[ipv6:::1]", "::1"),
        ("[::1]", None),
        ("[300.1.1.1]", None),
        ("d.test", None),
        ("[]", None),
    ],
)
def test_address_literals_are_read(domain, address):
    assert address == parse_literal(domain)


@pytest.mark.parametrize(
    ("code", "text", "result", "status"),
    [
        (250, b"2.1.5 ok", Result.DELIVERED, "2.1.5"),
        (250, b"ok", Result.DELIVERED, "2.0.0"),
        (550, b"5.1.1 no", Result.PERMANENT, "5.1.1"),
        (550, b"4.1.1 muddled", Result.PERMANENT, "5.0.0"),
        (451, b"4.3.0 later", Result.TRANSIENT, "4.3.0"),
        (354, b"what", Result.TRANSIENT, "4.5.0"),
        (150, b"what", Result.TRANSIENT, "4.5.0"),
        (550, b"5.1111.1 x", Result.PERMANENT, "5.0.0"),
    ],
)
def test_replies_are_judged_by_their_first_digit(code, text, result, status):
    outcome = judge_reply(code, (text,), "mx.test")

    assert (result, status) == (outcome.result, outcome.status)


def test_552_to_rcpt_means_452():
    """RFC 5321 §4.5.3.1.10, unless it says that the mailbox is full."""
    assert Result.TRANSIENT is judge_rcpt(552, (b"too many",), "h").result
    assert Result.PERMANENT is judge_rcpt(552, (b"5.2.2 full",), "h").result


@given(st.binary(max_size=3000))
def test_a_stranger_s_words_become_one_printable_line(octets):
    """TRUST C2."""
    text = printable(octets)

    assert len(text) <= 1024
    assert text.isascii()
    assert text.isprintable() or not text
