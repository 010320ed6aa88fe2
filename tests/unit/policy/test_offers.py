"""What may go to a server, by what it offers."""

import pytest

from mailmax.policy.offers import (
    check_eight_bit,
    check_nul,
    check_size,
    check_wide_header,
    spell_address,
)
from mailmax.policy.outcome import Outcome


@pytest.mark.parametrize(
    ("offer", "size", "may"),
    [
        ("1000", 1000, True),
        ("1000", 1001, False),
        ("0", 10**9, True),
        ("", 10**9, True),
        ("what", 10**9, True),
        ("9" * 16, 10**9, True),
        ("²", 10**9, True),
    ],
)
def test_sizes(offer, size, may):
    assert may == (check_size({"SIZE": offer}, size) is None)
    assert check_size({}, size) is None


def test_eight_bit_content_needs_8bitmime():
    assert check_eight_bit({"8BITMIME": ""}) is None
    assert check_eight_bit({}).status == "5.6.3"


@pytest.mark.parametrize(
    ("offers", "header", "may"),
    [
        ({"SMTPUTF8": ""}, b"Subject: \xc3\xbc", True),
        ({}, b"Subject: \xc3\xbc", False),
        ({}, b"Subject: u", True),
    ],
)
def test_an_international_header_needs_smtputf8(offers, header, may):
    refusal = check_wide_header(offers, header)
    assert may == (refusal is None)
    assert may or refusal.status == "5.6.9"


def test_content_with_nul_goes_nowhere():
    """TRUST A3."""
    assert check_nul(bytes(range(1, 256))) is None
    assert check_nul(b"x\r\n\0.\r\n").status == "5.6.3"


@pytest.mark.parametrize(
    ("address", "offers", "spelt"),
    [
        ("a@x.test", {}, "a@x.test"),
        ("", {}, ""),
        ("ä@x.test", {"SMTPUTF8": ""}, "ä@x.test"),
        ("a@bücher.test", {}, "a@xn--bcher-kva.test"),
        ("a@bücher.test", {"SMTPUTF8": ""}, "a@bücher.test"),
        ('"<a> \\"b>"@x.test', {}, '"<a> \\"b>"@x.test'),
    ],
)
def test_addresses_are_spelt_as_the_server_takes_them(address, offers, spelt):
    assert spelt == spell_address(address, offers)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("ä@x.test", "5.6.7"),
        ("a@\u00ad.test", "5.6.7"),
        ("a\r\n@x.test", "5.1.3"),
        ("a>@x.test", "5.1.3"),
        ("<a@x.test", "5.1.3"),
        ("a\x00@x.test", "5.1.3"),
        ('"a"@x>.test', "5.1.3"),
        ('"a"<b>"c"@x.test', "5.1.3"),
        ('"a\r\n"@x.test', "5.1.3"),
    ],
)
def test_addresses_that_cannot_be_sent(address, status):
    outcome = spell_address(address, {})

    assert isinstance(outcome, Outcome)
    assert outcome.status in {status, "5.1.3"}
