"""Our Received line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.message import header, received


def line(**changed) -> bytes:
    facts = {
        "helo": "client.example", "address": "192.0.2.1", "by": "mx.demo.test",
        "protocol": "ESMTPS", "mail_id": "1f00.7", "recipient": "tim@demo.test",
        "unix_s": 837_595_405,
    }  # fmt: skip
    return received.write(**(facts | changed))


def test_one_line():
    assert line() == (
        b"Received: from client.example ([192.0.2.1])\r\n"
        b"\tby mx.demo.test with ESMTPS id 1f00.7\r\n"
        b"\tfor <tim@demo.test>;\r\n"
        b"\tWed, 17 Jul 1996 09:23:25 +0000\r\n"
    )


def test_clauses_that_are_not_known_are_left_out():
    assert line(address="", mail_id="", recipient="", helo="") == (
        b"Received: from unknown\r\n\tby mx.demo.test with ESMTPS;\r\n"
        b"\tWed, 17 Jul 1996 09:23:25 +0000\r\n"
    )


@pytest.mark.parametrize(
    "recipient",
    ['"tim@demo.test"@all.test', '"a b"@demo.test', '"\\\\"@demo.test', "ä@demo.test",
     "a" * 400 + "@demo.test", "a>;\r\n@demo.test"],
)  # fmt: skip
def test_an_address_is_written_as_it_is_or_not_at_all(recipient):
    """TRUST B1: what is left of another may be somebody's."""
    assert line(recipient=recipient) == line(recipient="")


def test_ipv6_is_tagged():
    assert b"([IPv6:2001:db8::1])" in line(address="2001:db8::1")


@given(
    st.fixed_dictionaries(
        {
            key: st.text(max_size=400)
            for key in ("helo", "address", "by", "protocol", "mail_id", "recipient")
        }
    )
)
def test_no_text_leaves_its_clause(facts):
    written = line(**facts)

    [(name, _)] = header.raw_fields(written)
    assert name == b"Received"
    assert written.endswith(b"\r\n\tWed, 17 Jul 1996 09:23:25 +0000\r\n")
    assert written.count(b";") == 1
    assert written.count(b"(") == written.count(b")") <= 1
    assert max(map(len, written.split(b"\r\n"))) <= 998
    assert written.isascii()


def test_hops_are_counted():
    assert received.count_hops(b"Received: a\r\nX: b\r\nreceived : c\r\n\r\n") == 2
    assert received.count_hops(line() * 30) == 30
    assert (
        received.count_hops(b"X: Received: a\r\n Received: b\r\n\r\nReceived: c") == 0
    )
