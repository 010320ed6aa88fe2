"""Logging in to another server: PLAIN and LOGIN from the client's side (RFC 4954)."""

from base64 import b64decode, b64encode

import pytest

from mailmax.wire.sasl.exchange import Credentials
from mailmax.wire.sasl.mechanisms import begin_exchange
from mailmax.wire.sasl.responding import choose_responder


@pytest.mark.parametrize("offered", ["PLAIN", "LOGIN", "login plain", "XOAUTH2 LOGIN"])
@pytest.mark.parametrize(
    ("name", "password"), [("tim", "geheim"), ("tim@here.test", "é" * 400)]
)
def test_our_own_server_side_understands_it(offered, name, password):
    """However it is begun, and with passwords too long for one line."""
    responder = choose_responder(offered, name, password)
    _, mechanism, *initial = responder.begin().split(" ")
    exchange = begin_exchange(mechanism.encode())

    step = exchange.step(b64decode(initial[0]) if initial else None)
    while isinstance(step, bytes):
        step = exchange.step(b64decode(responder.respond()))

    assert step == Credentials(name, password)
    assert step.password == password
    assert all(len(line) < 512 for line in (responder.begin(),))


def test_what_is_asked_beyond_that_is_cancelled():
    responder = choose_responder("PLAIN", "tim", "x")

    assert responder.begin() == "AUTH PLAIN " + b64encode(b"\0tim\0x").decode()
    assert responder.respond() == "*"


@pytest.mark.parametrize("offered", ["", "CRAM-MD5", "GSSAPI XOAUTH2"])
def test_nothing_that_we_know_is_offered(offered):
    assert choose_responder(offered, "tim", "x") is None
