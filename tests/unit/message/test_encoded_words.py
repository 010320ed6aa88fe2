"""RFC 2047, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.message import encoded_words
from mailmax.message.header import unfold


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # RFC 2047 §8
        (b"(=?ISO-8859-1?Q?a?=)", "(a)"),
        (b"(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        (b"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        (b"(=?ISO-8859-1?Q?a?=\t  =?ISO-8859-1?Q?b?=)", "(ab)"),
        (b"(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        (b"=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"),
        (
            b"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=",
            "If you can read this yo",
        ),
        # a character cut in two; a language; a name that means its superset
        (b"=?utf-8?b?w6Q=?= =?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ää"),
        (b"=?utf-8*de?q?=C3=A4?=", "ä"),
        (b"=?iso-8859-1?q?=80?=", "€"),
        (b"=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"),
        (b"a=?utf-8?q?b?=c", "abc"),
        (b"x =?utf-8?q?a?= y =?utf-8?q?b?= z", "x a y b z"),
        # what is none stays; what is broken is read as far as it goes
        (b"=?utf-8?q?open", "=?utf-8?q?open"),
        (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
        (b"=?utf-8?b?YQ?=", "a"),
        (b"=?utf-8?b?YWJjZ?=", "abc"),
        (b"=?nowhere?q?=E4?=", "\ufffd"),
        (b"=?utf-7?q?+ADw-script+AD4-?=", "+ADw-script+AD4-"),
        (b"=?zlib?b?eJw=?=", "x\ufffd"),
        (b"=?utf-8?q?=FF?=", "\ufffd"),
        (b"\xc3\xa4 \xe4".replace(b" \xe4", b""), "ä"),
        (b"\xe4", "ä"),
    ],
)
def test_decode(value, expected):
    assert encoded_words.decode(value) == expected


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120))
def test_what_is_encoded_comes_back(text):
    shown = "".join(c if c.isprintable() else " " for c in text)

    written = encoded_words.encode(text)

    assert encoded_words.decode(unfold(b"x" + written)[1:]) == shown.rstrip(
        " " if written.isascii() and b"=?" not in written else ""
    )
    assert all(len(line) <= 76 for line in written.split(b"\r\n") if b"=?" in line)


@given(st.text(max_size=80))
def test_no_text_ends_the_field(text):
    written = encoded_words.encode(text)

    assert b"\n" not in written.replace(b"\r\n ", b"")
    assert b"\r" not in written.replace(b"\r\n ", b"")


@given(st.binary(max_size=200))
def test_no_octets_raise(value):
    encoded_words.decode(value)
    encoded_words.decode(b"=?utf-8?b?" + value + b"?=")


def test_long_and_unterminated_words_are_linear():
    """TRUST D-5."""
    value = b"=?x?b?" * 15_000 + b"A" * 10_000

    assert len(encoded_words.decode(value)) == len(value)
