"""Content without its transfer encoding and charset."""

import base64
import binascii
import quopri
import re
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.message import charsets, content
from mailmax.message.part import scan


@given(st.binary(max_size=300))
def test_base64_comes_back(octets):
    assert content.decode(base64.encodebytes(octets), b"base64") == octets


@given(st.binary(max_size=300).map(lambda octets: octets.replace(b"\r", b"")))
def test_quoted_printable_comes_back(octets):
    """Of line ends, quopri itself keeps one kind alone."""
    written = quopri.encodestring(octets, quotetabs=True)

    assert content.decode(written, b"quoted-printable") == octets


@given(st.binary(max_size=300))
def test_escaped_octets_come_back_whatever_they_are(octets):
    written = b"".join(b"=%02X" % octet for octet in octets)

    assert content.decode(written, b"quoted-printable") == octets


@given(st.binary(max_size=200))
def test_no_octets_raise(octets):
    content.decode(octets, b"base64")
    content.decode(octets, b"quoted-printable")
    charsets.decode(octets, octets)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"YWJj\r\nZGVm", b"abcdef"),
        (b"YQ==YmM=", b"abc"),
        (b"Y!W-J_j", b"abc"),
        (b"YWJjZ", b"abc"),
        (b"====", b""),
        (b"", b""),
    ],
)
def test_broken_base64_is_read_as_far_as_it_goes(octets, expected):
    assert content.decode(octets, b"base64") == expected


def test_an_unknown_encoding_is_left_as_it_is():
    assert content.decode(b"x", b"uuencode") == b"x"


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (
            (
                b"Content-Type: text/plain; charset=iso-8859-15\r\n"
                b"Content-Transfer-Encoding: Quoted-Printable\r\n\r\n=A4=\r\n5"
            ),
            "€5",
        ),
        (b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff", "\ufffd"),
        (b"Content-Type: text/plain; charset=utf-16\r\n\r\n\xff\xfea\0", "a"),
        (b"Content-Type: text/plain; charset=utf-7\r\n\r\n+ADw-", "+ADw-"),
        (b"Content-Type: text/plain; charset=us-ascii\r\n\r\n\xc3\xa4", "ä"),
        (b"\r\n\xe4", "ä"),
    ],
)
def test_text(mail, expected):
    """TRUST D-6."""
    tree = scan(mail)

    assert content.text(tree, tree.parts[0]) == expected


@pytest.mark.parametrize(
    "name", [b"zlib", b"idna", b"os", b"../x", b"utf-7", b"rot13", b"x" * 1000, b"\xff"]
)
def test_names_that_are_no_charset_of_mail(name):
    assert charsets.codec(name) is None


def in_one_piece(encoded: bytes) -> bytes:
    """Decode runs of base64 one by one, without steps."""
    letters = re.sub(rb"[^A-Za-z0-9+/=]", b"", encoded)
    found = b""
    for run in letters.split(b"="):
        whole = run[:-1] if len(run) % 4 == 1 else run
        found += base64.b64decode(whole + b"=" * (-len(whole) % 4))
    return found


@given(st.binary(max_size=40) | st.text("QUF=+/\r\n-", max_size=60).map(str.encode))
def test_base64_is_the_same_in_whatever_steps(encoded: bytes) -> None:
    wanted = in_one_piece(encoded)
    for step in (1, 3, 4, 7):
        with mock.patch.object(content, "_STEP_OCTETS", step):
            assert content.decode(encoded, b"base64") == wanted


@given(st.text("a=4\r\n \t", max_size=60).map(str.encode))
def test_quoted_printable_is_the_same_in_whatever_steps(encoded: bytes) -> None:
    wanted = binascii.a2b_qp(encoded)
    for step in (1, 3, 7):
        with mock.patch.object(content, "_STEP_OCTETS", step):
            assert content.decode(encoded, b"quoted-printable") == wanted
