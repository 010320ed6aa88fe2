"""Kinds of settings: what a person may type, and how a bad value is named."""

import pytest

from mailmax.settings.field import BadValue
from mailmax.settings.kinds import (
    block_lists,
    boolean,
    domain_name,
    is_host_name,
    mail_address,
    mail_addresses,
    name_servers,
    number,
    octets,
    one_line,
    optional,
    smart_host,
    text,
)
from mailmax.settings.system import SYSTEM_SETTINGS


@pytest.mark.parametrize(
    ("check", "raw", "value"),
    [
        (boolean, "On", True),
        (boolean, "no", False),
        (boolean, True, True),
        (number(5, 10), "5", 5),
        (number(5, 10), 10, 10),
        (octets(1, 10**12), "10", 10),
        (octets(1, 10**12), "10k", 10_240),
        (octets(1, 10**12), "10 KiB", 10_240),
        (octets(1, 10**12), "2MB", 2 * 1024**2),
        (octets(1, 10**12), "1g", 1024**3),
        (domain_name, " Mail.Example.ORG ", "mail.example.org"),
        (mail_address, "Tim@Example.org", "Tim@example.org"),
        (smart_host, "relay.example.org:2525", "relay.example.org:2525"),
        (smart_host, "[2001:db8::1]:25", "[2001:db8::1]:25"),
        (smart_host, "[2001:db8::1]", "[2001:db8::1]"),
        (smart_host, "192.0.2.1", "192.0.2.1"),
        (name_servers, "1.1.1.1, 8.8.8.8:5353 ::1", ["1.1.1.1", "8.8.8.8:5353", "::1"]),
        (name_servers, [], []),
        (optional(domain_name), "", ""),
        (mail_addresses(2), "a@b.test, C@D.test", ["a@b.test", "C@d.test"]),
        (mail_addresses(2), [], []),
        (one_line(5), " Märzé ", "Märzé"),
        (text(20), "one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        (
            text(20),
            "\N{FAMILY}\N{ZERO WIDTH JOINER}\t\N{NO-BREAK SPACE}",
            "\N{FAMILY}\N{ZERO WIDTH JOINER}\t\N{NO-BREAK SPACE}",
        ),
    ],
)
def test_good_values_and_what_they_mean(check, raw, value):
    assert check("key", raw) == value
    assert check("key", value) == value


@pytest.mark.parametrize(
    ("check", "raw"),
    [
        (boolean, "perhaps"),
        (boolean, 2),
        (mail_addresses(2), "a@b.test c@d.test e@f.test"),
        (mail_addresses(2), "A@b.test, a@B.test"),
        (mail_addresses(2), "nobody"),
        (one_line(5), "123456"),
        (one_line(5), "a\nb"),
        (text(5), "123456"),
        (text(5), "äöü"),
        (text(5), "a\0b"),
        (text(5), "a\x1b"),
        (text(5), "\ud800"),
        (number(5, 10), "4"),
        (number(5, 10), "11"),
        (number(5, 10), "9" * 5000),
        (number(5, 10), "٦"),
        (number(5, 10), "6.0"),
        (number(5, 10), True),
        (octets(1, 10), "11"),
        (octets(1, 10), "1k"),
        (octets(1, 10), "k"),
        (octets(1, 10), "-1"),
        (domain_name, "-a.example"),
        (domain_name, "a..example"),
        (domain_name, "a" * 64 + ".example"),
        (domain_name, "1.2.3.4"),
        (domain_name, "mül.example"),
        (mail_address, "tim"),
        (mail_address, "tim@"),
        (mail_address, "a b@example.org"),
        (smart_host, "a b"),
        (smart_host, "example.org:0"),
        (smart_host, "example.org:x"),
        (smart_host, "[2001:db8::1"),
        (smart_host, "2001:db8::1]"),
        (smart_host, "[]"),
        (name_servers, "ns.example.org"),
        (name_servers, "1.1.1.1 " * 9),
        (name_servers, 5),
    ],
)
def test_bad_values_are_named(check, raw):
    bad = check("key", raw)

    assert isinstance(bad, BadValue)
    assert bad.field == "key"
    assert bad.reason
    assert bad.cure
    assert len(str(bad)) < 300


@pytest.mark.parametrize(
    ("name", "yes"),
    [
        ("a" * 63 + ".example", True),
        ("a" * 64 + ".example", False),
        (".".join(["a" * 49] * 5) + ".ab", True),
        (".".join(["a" * 49] * 5) + ".abcd", False),
        ("localhost", True),
        ("a.", False),
        ("", False),
        ("a_b", False),
    ],
)
def test_host_names(name, yes):
    assert is_host_name(name) is yes


@pytest.mark.parametrize("key", SYSTEM_SETTINGS)
def test_every_default_is_a_good_value(key):
    field = SYSTEM_SETTINGS[key]

    assert field.decode(field.default) == field.default
    assert field.help
    assert field.label


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", []),
        ("dnsbl.example.org", ["dnsbl.example.org"]),
        (
            "A.test., b.test@192.0.2.1,c.test@[2001:db8::1]:5353",
            ["a.test", "b.test@192.0.2.1", "c.test@[2001:db8::1]:5353"],
        ),
        (["a.test", "b.test@2001:db8::1"], ["a.test", "b.test@2001:db8::1"]),
    ],
)
def test_block_lists_keep_their_order(typed, kept):
    assert block_lists("lists", typed) == kept
    assert block_lists("lists", kept) == kept


@pytest.mark.parametrize(
    "typed",
    ["192.0.2.1", "a b_c", "a@", "a.test@host.test", "a.test@1.2.3.4:0", "a@@1.2.3.4",
     "a.test,a.test", "zen example", "a.test b.test", 7, ["x.test"] * 21],
)  # fmt: skip
def test_what_is_no_list_of_block_lists(typed):
    assert isinstance(block_lists("lists", typed), BadValue)
