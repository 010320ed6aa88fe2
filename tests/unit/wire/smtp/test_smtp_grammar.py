"""Paths and parameters (TRUST B1 to B7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.address import Address
from mailmax.wire.smtp.grammar import (
    LOCAL_LIMIT,
    SyntaxFault,
    decode_xtext,
    parse_domain,
    parse_mailbox,
    parse_number,
    parse_parameters,
    split_path,
)


@pytest.mark.parametrize(
    ("path", "local", "domain"),
    [
        (b"tim@Demo.Test", "tim", "demo.test"),
        (b"Tim+tag@demo.test", "Tim+tag", "demo.test"),
        (b"a.b@localhost", "a.b", "localhost"),
        (b'"a b"@x.test', "a b", "x.test"),
        (b'"a\\"b\\\\"@x.test', 'a"b\\', "x.test"),
        (b'"a@b"@x.test', "a@b", "x.test"),
        (b'"|/bin/sh"@local', "|/bin/sh", "local"),
        (b"|prog@local", "|prog", "local"),
        (b"/etc/passwd@local", "/etc/passwd", "local"),
        (b"`id`@local", "`id`", "local"),
        (b"u%remote@local", "u%remote", "local"),
        (b"remote!u@local", "remote!u", "local"),
        (b"@a.test,@b.test:u@remote.test", "u", "remote.test"),
        (b"@[127.0.0.1]:u@remote.test", "u", "remote.test"),
        (b"u@[127.0.0.1]", "u", "[127.0.0.1]"),
        (b"u@[IPv6:::1]", "u", "[ipv6:::1]"),
        (b"u@[IPv6:2001:DB8:0:0::1]", "u", "[ipv6:2001:db8::1]"),
        (b"=?utf-8?q?a=40evil.com=3e=00?=@good.com", "=?utf-8?q?a=40evil.com=3e=00?=",
         "good.com"),
        ("почта@пример.рф".encode(), "почта", "xn--e1afmkfd.xn--p1ai"),
        (b"u@xn--i-7iq.ws", "u", "xn--i-7iq.ws"),
        (b"x" * LOCAL_LIMIT + b"@a.test", "x" * LOCAL_LIMIT, "a.test"),
        (b"u@" + b"x" * 63 + b".test", "u", "x" * 63 + ".test"),
    ],
)  # fmt: skip
def test_mailboxes(path, local, domain):
    assert parse_mailbox(path) == Address(local, domain)


@pytest.mark.parametrize(
    "path",
    [
        b"", b"@", b"a", b"a@", b"@b", b"a@b@c", b'""@x', b'"a@x', b'"a"x@x', b'a"b"@x',
        b"a b@x", b".a@x", b"a.@x", b"a..b@x", b"a@.x", b"a@x.", b"a@x..y", b"a@-x",
        b"a@x-", b"a@[300.1.1.1]", b"a@[127.0.0.1", b"a@127.0.0.1]", b"a@[IPv6:::g]",
        b"a@[IPv6:fe80::1%eth0]", b"a@[x-tag:y]", b"a@x_y", b"a\0@x", b"a@x\0",
        b'"a\0"@x', b'"a\nb"@x', b'"a\rb"@x', b"a\x7f@x", b"a@x\r", b"\xff@x",
        b"a@\xff",
        "a\u2028@x".encode(), "a\u0085@x".encode(), "a@\u212aelvin".encode(),
        "a@b\u3002c".encode(), "a@\u00dc.test".encode(), "a@x\u2028".encode(),
        b"x" * (LOCAL_LIMIT + 1) + b"@a", b"u@" + b"x" * 64 + b".test",
        b"u@" + b"x." * 128, b"@a.test:", b"@a.test,b.test:u@c", b"@:u@c", b"@a.test",
        b"a@x y", b"a@<x>", b"${run{\\x2Fbin\\x2Fsh}}@lo cal", b"x" * 10000,
        b'"' + b"x" * (LOCAL_LIMIT + 1) + b'"@a', b'"a\\',
    ],
)  # fmt: skip
def test_what_is_no_mailbox(path):
    assert parse_mailbox(path) is None


def test_domains_up_to_their_limit():
    """TRUST B4: 255 octets, L-1, L, L+1."""
    labels = b".".join([b"x" * 63] * 3)
    assert parse_domain(labels + b"." + b"y" * 62) is not None
    assert parse_domain(labels + b"." + b"y" * 63) is not None
    assert parse_domain(labels + b"." + b"y" * 61 + b".z") is not None
    assert parse_domain(labels + b"." + b"y" * 62 + b".z") is None


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=64)
)
def test_what_is_written_can_be_read(local):
    """Parse after format gives the same address, whatever the local part."""
    address = Address(local, "x.test")
    assert parse_mailbox(str(address).encode()) == address


@given(st.binary(max_size=80))
def test_parsers_never_raise_anything_else(octets):
    parse_mailbox(octets)
    parse_domain(octets)
    for parser in (split_path, parse_parameters, decode_xtext):
        try:
            parser(octets)
        except SyntaxFault:
            continue


@pytest.mark.parametrize(
    ("argument", "path", "rest"),
    [
        (b"<a@b>", b"a@b", b""),
        (b" <a@b>  SIZE=1 ", b"a@b", b"SIZE=1"),
        (b"<>", b"", b""),
        (b'<"a>b"@c> X', b'"a>b"@c', b"X"),
        (b'<"a\\">"@c>', b'"a\\">"@c', b""),
    ],
)
def test_paths_are_split_from_parameters(argument, path, rest):
    assert split_path(argument) == (path, rest)


@pytest.mark.parametrize(
    "argument", [b"", b"a@b", b"<a@b", b"<a@b>SIZE=1", b'<"a>b@c>', b"a<b@c>"]
)
def test_paths_need_their_brackets(argument):
    with pytest.raises(SyntaxFault):
        split_path(argument)


def test_parameters_have_their_grammar():
    """TRUST B7."""
    assert parse_parameters(b"SIZE=1 smtputf8  BODY=8BITMIME") == {
        b"SIZE": b"1",
        b"SMTPUTF8": None,
        b"BODY": b"8BITMIME",
    }
    many = b" ".join(b"X%d=1" % n for n in range(1000))
    assert len(parse_parameters(many)) == 1000


@pytest.mark.parametrize(
    "octets",
    [b"SIZE=1 SIZE=2", b"SIZE=", b"=1", b"A=b=c", b'A="x y"', b"A=\0", b"A=\x80",
     b"A_B=1", b"\xff", b"size=1 SIZE"],
)  # fmt: skip
def test_wrong_parameters(octets):
    with pytest.raises(SyntaxFault):
        parse_parameters(octets)


def test_numbers_are_bounded_before_they_are_read():
    assert parse_number(b"0", 100) == 0
    assert parse_number(b"00099", 100) == 99
    assert parse_number(b"101", 100) == 101
    assert parse_number(b"18446744073709551616", 100) == 101
    for wrong in (b"", b"-1", b"+1", b"1 ", b"x", b"9" * 21, "٣".encode()):
        with pytest.raises(SyntaxFault):
            parse_number(wrong, 100)


def test_xtext_hides_nothing():
    """TRUST B2."""
    assert decode_xtext(b"a+2Bb+3D") == b"a+b="
    for wrong in (b"+0A", b"+0D+0A", b"+00", b"+2", b"+", b"+zz", b"+2b", b"\xff"):
        with pytest.raises(SyntaxFault):
            decode_xtext(wrong)
