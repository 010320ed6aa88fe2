"""PLAIN and LOGIN, strictly (TRUST G1)."""

import base64

import pytest

from mailmax.wire.sasl.exchange import (
    Credentials,
    SaslFault,
    decode_response,
    encode_challenge,
)
from mailmax.wire.sasl.login import Login
from mailmax.wire.sasl.mechanisms import begin_exchange
from mailmax.wire.sasl.plain import Plain


def test_plain_asks_and_takes():
    exchange = begin_exchange(b"plain")
    assert exchange.step(None) == b""
    assert exchange.step(b"\0tim\0secret") == Credentials("tim", "secret")


def test_plain_may_name_oneself_twice():
    assert Plain().step(b"tim\0tim\0p") == Credentials("tim", "p")


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (b"", SaslFault.MALFORMED),
        (b"tim", SaslFault.MALFORMED),
        (b"\0tim", SaslFault.MALFORMED),
        (b"\0tim\0p\0", SaslFault.MALFORMED),
        (b"\0\0tim\0p", SaslFault.MALFORMED),
        (b"\0\0p", SaslFault.MALFORMED),
        (b"\0tim\0", SaslFault.MALFORMED),
        (b"\0\xff\0p", SaslFault.MALFORMED),
        (b"\0tim\0\xc3", SaslFault.MALFORMED),
        (b"\0ti\nm\0p", SaslFault.MALFORMED),
        (b"\0tim\0p\x7f", SaslFault.MALFORMED),
        ("\0tim\0p\u202e".encode(), SaslFault.MALFORMED),
        ("\0t\u0080im\0p".encode(), SaslFault.MALFORMED),
        (b"\0tim\0" + b"p" * 1025, SaslFault.MALFORMED),
        (b"\0" + b"t" * 513 + b"\0p", SaslFault.MALFORMED),
        (b"admin\0tim\0p", SaslFault.NOT_ONESELF),
    ],
)
def test_plain_refuses(message, fault):
    assert Plain().step(message) is fault


def test_long_passwords_and_any_script_are_taken():
    assert Plain().step(b"\0tim\0" + b"p" * 1024) == Credentials("tim", "p" * 1024)
    assert Plain().step("\0тим\0пароль ".encode()) == Credentials("тим", "пароль ")


def test_login_asks_twice_or_takes_the_name_at_once():
    exchange = Login()
    assert exchange.step(None) == b"Username:"
    assert exchange.step(b"tim") == b"Password:"
    assert exchange.step(b"secret") == Credentials("tim", "secret")
    quick = begin_exchange(b"LOGIN")
    assert quick.step(b"tim") == b"Password:"
    assert quick.step(b"") is SaslFault.MALFORMED


def test_unknown_mechanisms_are_none():
    assert begin_exchange(b"CRAM-MD5") is None
    assert begin_exchange(b"") is None


def test_responses_are_canonical_base64():
    assert decode_response(base64.b64encode(b"\0tim\0p")) == b"\0tim\0p"
    assert decode_response(b"=", initial=True) == b""
    assert decode_response(b"") == b""
    assert decode_response(b"*") is SaslFault.CANCELLED
    assert encode_challenge(b"Username:") == b"VXNlcm5hbWU6"


@pytest.mark.parametrize(
    "line",
    [
        b"=", b"AHRp bQ==", b"AHRpbQ", b"AHRpbQ=", b"AHRpbQ==AA", b"!!!!",
        b"A" * 12292, b"AHRpbQBw=", b"AHRpbR==", b"AHRpbQ===",
    ],
)  # fmt: skip
def test_anything_else_is_refused(line):
    assert decode_response(line) is SaslFault.MALFORMED


def test_secrets_are_not_shown():
    assert "secret" not in repr(Credentials("tim", "secret"))
