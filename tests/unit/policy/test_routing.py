"""Routes: whose mail goes where, by the tables of system and domains (DOM-1, DOM-2)."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.hub.contract.rows import DomainRow
from mailmax.policy.outcome import Outcome, Result, judge_rcpt, judge_reply, printable
from mailmax.policy.routing import (
    Destination,
    Login,
    SmartHost,
    SmartHostChoice,
    Tls,
    choose_smart_host,
    find_route,
    parse_delivery_address,
    parse_smart_host,
)
from mailmax.policy.targets import may_send_to, parse_literal
from mailmax.settings.domain import SMART_HOST_TLS

ITS_OWN = SmartHost("own.test", 587, Tls.REQUIRED, Login("me", "secret"))
THE_SYSTEMS = SmartHost("system.test", 2526)
SYSTEM = SmartHostChoice(True, THE_SYSTEMS)
NONE = SmartHostChoice(False, THE_SYSTEMS)


def smart(host):
    return Destination(
        host.host,
        host.port,
        is_host=True,
        is_configured=True,
        title="smart host",
        tls=host.tls,
        login=host.login,
    )


def delivery(host, port=25, **more):
    return Destination(
        host, port, is_host=True, is_configured=True, title="delivery address", **more
    )


@pytest.mark.parametrize(
    ("own", "system", "expected"),
    [
        (None, NONE, None),
        (None, SYSTEM, THE_SYSTEMS),
        (SmartHostChoice(), SYSTEM, THE_SYSTEMS),
        (SmartHostChoice(), NONE, None),
        (SmartHostChoice(None, ITS_OWN), SYSTEM, THE_SYSTEMS),
        (SmartHostChoice(None, ITS_OWN), NONE, None),
        (SmartHostChoice(True, ITS_OWN), SYSTEM, ITS_OWN),
        (SmartHostChoice(True, ITS_OWN), NONE, ITS_OWN),
        (SmartHostChoice(True), SYSTEM, THE_SYSTEMS),
        (SmartHostChoice(True), NONE, THE_SYSTEMS),
        (SmartHostChoice(True), SmartHostChoice(False), None),
        (SmartHostChoice(False, ITS_OWN), SYSTEM, None),
        (SmartHostChoice(False), NONE, None),
    ],
)
def test_the_sender_s_domain_says_which_smart_host(own, system, expected):
    """DOM-2: the system's setting, on, or off; GEN-8."""
    assert expected == choose_smart_host(own, system)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (DomainRow(1, "d.test", "relay", delivery_address="in.test:2525"),
         delivery("in.test", 2525)),
        (DomainRow(1, "d.test", "etrn", delivery_address="192.0.2.7"),
         delivery("192.0.2.7")),
        (DomainRow(1, "d.test", "etrn"),
         Destination("d.test", is_best_other=True)),
        (DomainRow(1, "d.test", "backup", priority=20),
         Destination("d.test", priority=20)),
    ],
)  # fmt: skip
def test_what_is_passed_on_never_goes_to_a_smart_host(row, expected):
    """DOM-1, DOM-10, DOM-11; DECISIONS 18, 19: whatever the smart hosts say."""
    senders = (None, SmartHostChoice(True, ITS_OWN), SmartHostChoice(False))
    for sender, system in product(senders, (SYSTEM, NONE)):
        assert expected == find_route("d.test", row, sender, system)


def test_what_is_nobody_s_here():
    assert smart(THE_SYSTEMS) == find_route("d.test", None, None, SYSTEM)
    own = SmartHostChoice(True, ITS_OWN)
    assert smart(ITS_OWN) == find_route("d.test", None, own, SYSTEM)
    assert Destination("d.test") == find_route("d.test", None, None, NONE)
    assert Destination("192.0.2.1", is_host=True) == find_route(
        "[192.0.2.1]", None, None, NONE
    )


@pytest.mark.parametrize("address", ["", "a b", "x:0", "lmtp:", "lmtp:a:"])
def test_a_relay_domain_without_a_usable_address_waits(address):
    """It is a matter of the administrator's: nothing is returned for it."""
    row = DomainRow(1, "d.test", "relay", delivery_address=address)

    outcome = find_route("d.test", row, None, SYSTEM)

    assert isinstance(outcome, Outcome)
    assert (outcome.result, outcome.status) == (Result.TRANSIENT, "4.4.4")
    assert "d.test" in outcome.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in.test", delivery("in.test")),
        ("[2001:db8::1]:26", delivery("2001:db8::1", 26)),
        ("lmtp:in.test", delivery("in.test", 24, is_lmtp=True)),
        ("LMTP:in.test:2003", delivery("in.test", 2003, is_lmtp=True)),
        ("lmtp:/run/Box/lmtp.sock", delivery("/run/Box/lmtp.sock", 24, is_lmtp=True)),
        ("", None),
        ("/run/lmtp.sock", delivery("/run/lmtp.sock")),
        ("lmtp:", None),
    ],
)
def test_delivery_addresses_are_read(text, expected):
    assert expected == parse_delivery_address(text)


@pytest.mark.parametrize(
    ("destination", "text"),
    [
        (Destination("d.test"), "d.test"),
        (Destination("d.test", 2526), "d.test:2526"),
        (delivery("d.test", 24, is_lmtp=True), "lmtp:d.test"),
        (delivery("d.test", 25, is_lmtp=True), "lmtp:d.test:25"),
        (delivery("/run/a", 24, is_lmtp=True), "lmtp:/run/a"),
    ],
)
def test_how_people_read_a_destination(destination, text):
    assert text == str(destination)


def test_a_password_is_in_no_repr():
    assert "secret" not in repr(smart(ITS_OWN)) + repr(ITS_OWN) + str(smart(ITS_OWN))


def test_the_words_of_the_settings_are_the_wishes_there_are():
    assert tuple(one.value for one in Tls) == SMART_HOST_TLS


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
    """TRUST C5."""
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
