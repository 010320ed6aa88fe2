"""What the client asks for: parameters of MAIL and RCPT."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.envelope import Recipient, Wishes
from mailmax.wire.smtp.asking import (
    Asked,
    encode_xtext,
    mail_words,
    recipient_words,
)

ALL = {
    "SIZE": "",
    "8BITMIME": "",
    "SMTPUTF8": "",
    "DSN": "",
    "DELIVERBY": "",
    "MT-PRIORITY": "",
    "REQUIRETLS": "",
}
WISHES = Wishes("QQ=314+x", "HDRS", 0, 1, "RT", -3, require_tls=True)


def test_everything_is_asked_for_where_it_is_offered():
    words = list(mail_words(Asked(500, "8BITMIME", True, WISHES, 90), ALL))

    assert words == [
        "SIZE=500",
        "BODY=8BITMIME",
        "SMTPUTF8",
        "RET=HDRS",
        "ENVID=QQ+3D314+2Bx",
        "BY=90;RT",
        "MT-PRIORITY=-3",
        "REQUIRETLS",
    ]


def test_nothing_is_asked_for_where_nothing_is_offered():
    recipient = Recipient("a@x.test", notify="NEVER", original="rfc822;b@y.test")

    assert not list(mail_words(Asked(500, "8BITMIME", True, WISHES, 90), {}))
    assert not list(recipient_words(recipient, {}))


def test_what_nobody_asked_for_is_not_said():
    assert list(mail_words(Asked(wishes=Wishes()), ALL)) == []
    assert list(recipient_words(Recipient("a@x.test"), ALL)) == []


@pytest.mark.parametrize(
    ("original", "said"),
    [
        ("rfc822;Bob@Example.org", "rfc822;Bob@Example.org"),
        ("rfc822;a+b=c@x.test", "rfc822;a+2Bb+3Dc@x.test"),
        ("x400;/C=DE; /A=x y", "x400;/C+3DDE;+20/A+3Dx+20y"),
        ("utf-8;b\\x{E4}r@x.test", "utf-8;b\\x{E4}r@x.test"),
        ("rfc822;bär@x.test", "rfc822;b+C3+A4r@x.test"),
    ],
)
def test_the_original_recipient_travels_as_xtext(original, said):
    recipient = Recipient("a@x.test", notify="SUCCESS,DELAY", original=original)

    assert [*recipient_words(recipient, ALL)] == [
        "NOTIFY=SUCCESS,DELAY",
        f"ORCPT={said}",
    ]


@given(st.text())
def test_nothing_can_end_a_word(text):
    """TRUST B2: neither a space nor a line end leaves as it is."""
    said = encode_xtext(text)

    assert said.isascii()
    assert said.isprintable()
    assert not {" ", "="} & set(said)


@given(st.text(st.characters(min_codepoint=0, max_codepoint=126)))
def test_xtext_can_be_read_back(text):
    said = encode_xtext(text)
    pieces = said.split("+")
    read = pieces[0] + "".join(chr(int(p[:2], 16)) + p[2:] for p in pieces[1:])

    assert read == text
