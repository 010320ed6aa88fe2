"""Names, passwords and SASL messages that no honest client sends (TRUST G1, G2, G8).

Each goes over every protocol to the running suite; who is really a user gets in
afterwards, and no part of the suite has stumbled.
"""

import os
from collections.abc import Iterator

import pytest

from fix_suite import ROLES, Account, Suite, run_mailmax
from login_ways import SASL, WAYS, Wire, encoded, log_in, outcome
from mailmax.wire.pop3.apop import compute_digest

pytestmark = pytest.mark.system


@pytest.fixture(autouse=True)
def _nothing_stumbles(suite: Suite) -> Iterator[None]:
    """No role dies, and no session ends by a bug of ours."""
    before = _log(suite)
    pids = {role: suite.role_pid(role) for role in ROLES}
    yield
    told = _log(suite)[len(before) :]
    assert "session failed" not in told, told
    assert "Traceback" not in told, told
    assert {role: suite.role_pid(role) for role in ROLES} == pids


def _log(suite: Suite) -> str:
    return (suite.directory / "serve.out").read_text(errors="replace")


def octets(account: Account) -> tuple[bytes, bytes]:
    return account.address.encode(), account.password.encode()


MESSAGES = {
    "nothing": lambda name, word: encoded(b""),
    "an empty initial response": lambda name, word: b"=",
    "no NUL": lambda name, word: encoded(name),
    "one NUL": lambda name, word: encoded(b"\0" + name + word),
    "three NULs": lambda name, word: encoded(b"\0" + name + b"\0" + word + b"\0"),
    "four NULs": lambda name, word: encoded(b"\0\0" + name + b"\0" + word + b"\0"),
    "for somebody else": lambda name, word: encoded(
        b"admin\0" + name + b"\0" + word
    ),
    "no name": lambda name, word: encoded(b"\0\0" + word),
    "no password": lambda name, word: encoded(b"\0" + name + b"\0"),
    "not UTF-8": lambda name, word: encoded(b"\0" + name + b"\0" + word + b"\xff"),
    "a control character": lambda name, word: encoded(
        b"\0" + name + b"\0" + word + b"\x7f"
    ),
    "turned around": lambda name, word: encoded(
        b"\0" + name + b"\0" + word + "\u202e".encode()
    ),
    "blanks in base64": lambda name, word: _spaced(
        encoded(b"\0" + name + b"\0" + word)
    ),
    "too much padding": lambda name, word: (
        encoded(b"\0" + name + b"\0" + word) + b"="
    ),
    "no base64": lambda name, word: b"!!!!",
    "cancelled": lambda name, word: b"*",
    "100,000 octets": lambda name, word: encoded(
        b"\0" + name + b"\0" + b"p" * 100_000
    ),
}  # fmt: skip


def _spaced(base64: bytes) -> bytes:
    return base64[:8] + b" " + base64[8:]


@pytest.mark.parametrize("way", SASL)
def test_g1_a_message_of_plain_is_exactly_that_or_nothing(
    suite: Suite, tim: Account, way: str
) -> None:
    """TRUST G1: with the command and as an answer of its own."""
    service, first, command = SASL[way]
    name, word = octets(tim)
    got_in = []
    for what, make in MESSAGES.items():
        message = make(name, word)
        with Wire(suite, service) as wire:
            at_once = wire.begin(first).ask(command + b" " + message)
        with Wire(suite, service) as wire:
            wire.begin(first).ask(command)
            after = wire.ask(message)
        for answer in (at_once, after):
            if outcome(answer) in ("in", "later"):
                got_in.append((what, answer))
            assert name not in answer, what
            assert word not in answer, what

    assert got_in == []
    assert outcome(log_in(suite, way, name, word)) == "in"
    with Wire(suite, service) as wire:
        both = name + b"\0" + name + b"\0" + word
        assert outcome(wire.begin(first).ask(command + b" " + encoded(both))) == "in"


NAMES = {
    "variables": b"%{env:PATH}",
    "many variables": b"%u" * 100_000,
    "a template": b"{{7*7}}",
    "a look-up": b"${jndi:ldap://127.0.0.1:9/x}",
    "LDAP": b"*)(uid=*",
    "SQL": b"' or ''='",
    "SQL with a comment": b"tim@suite.test' --",
    "wildcards": b"%@suite.test",
    "one wildcard": b"u_0@suite.test",
    "a path": b"../../etc/passwd",
    "a format": b"{0.__class__.__init__.__globals__}",
    "an old format": b"%(asctime)s %s%n",
    "a program": b"`id`$(id)|id",
}


@pytest.mark.parametrize("way", WAYS)
def test_g2_a_name_is_text_and_is_never_expanded(
    suite: Suite, tim: Account, way: str
) -> None:
    """TRUST G2: the answer is the one that any unknown name gets."""
    name, word = octets(tim)
    begin = len(_log(suite))
    usual = log_in(suite, way, b"nobody-has-this-name", b"password")
    assert outcome(usual) == "no"

    for what, hostile in NAMES.items():
        for answer in (
            log_in(suite, way, hostile, word),
            log_in(suite, way, name, hostile),
        ):
            if len(hostile) < 500:
                assert answer == usual, what
            assert outcome(answer) in ("no", "fault"), what

    told = _log(suite)[begin:]
    assert os.environ["PATH"] not in told
    assert "uid=" not in told.replace("uid=*", "")
    assert outcome(log_in(suite, way, name, word)) == "in"


def set_password(suite: Suite, user: Account, password: str) -> None:
    words = ("user", "password", user.address, "--password", password)
    run_mailmax(*words, "--dir", str(suite.directory))


def outcomes(suite: Suite, user: Account, password: bytes) -> set[str]:
    """Try one password by every way."""
    name = user.address.encode()
    return {outcome(log_in(suite, way, name, password)) for way in WAYS}


def test_g8_a_password_is_the_same_by_every_way(suite: Suite, tim: Account) -> None:
    """TRUST G8: letters in two forms, long ones to the last octet."""
    set_password(suite, tim, "Ren\u00e9-and-more")

    assert outcomes(suite, tim, "Ren\u00e9-and-more".encode()) == {"in"}
    assert outcomes(suite, tim, "Rene\u0301-and-more".encode()) == {"in"}
    assert outcomes(suite, tim, b"Rene-and-more") == {"no"}

    long = "p" * 72 + "q" * 200
    set_password(suite, tim, long)
    assert outcomes(suite, tim, long.encode()) == {"in"}
    assert outcomes(suite, tim, long[:72].encode()) == {"no"}
    assert outcomes(suite, tim, long[:-1].encode()) == {"no"}


IMPOSSIBLE = {
    "blanks": b"   ",
    "a NUL behind it": b"pass\0word",
    "1,025 octets": b"p" * 1025,
    "a megabyte": b"p" * 1_000_000,
}


@pytest.mark.parametrize("password", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_g8_what_cannot_be_a_password_lets_nobody_in(
    suite: Suite, tim: Account, password: bytes
) -> None:
    """TRUST G8: nothing is cut off and then found right."""
    assert outcomes(suite, tim, password) <= {"no", "fault"}
    assert outcomes(suite, tim, tim.password.encode() + b"\0" + b"x") <= {"no", "fault"}
    assert outcome(log_in(suite, "pop3 plain", *octets(tim))) == "in"


def apop(wire: Wire, name: str, digest: str) -> bytes:
    return wire.ask(f"APOP {name} {digest}".encode())


def test_g6_a_challenge_is_good_for_one_try(suite: Suite, tim: Account) -> None:
    """TRUST G6: no digest works twice, in its own session or in another."""
    words = ("user", "apop", tim.address, "--secret", "tanstaaf-6")
    run_mailmax(*words, "--dir", str(suite.directory))
    offer = ("config", "set", "offer_apop")
    run_mailmax(*offer, "true", "--dir", str(suite.directory))
    try:
        challenges = set()
        for _ in range(20):
            with Wire(suite, "pop3") as wire:
                challenges.add(_challenge(wire))
        assert len(challenges) == 20

        with Wire(suite, "pop3") as first:
            digest = compute_digest(_challenge(first), "tanstaaf-6")
            assert outcome(apop(first, tim.address, digest)) == "in"
        with Wire(suite, "pop3") as second:
            assert outcome(apop(second, tim.address, digest)) == "no"
        with Wire(suite, "pop3") as third:
            right = compute_digest(_challenge(third), "tanstaaf-6")
            assert outcome(apop(third, tim.address, digest)) == "no"
            assert outcome(apop(third, tim.address, right)) == "fault"
    finally:
        run_mailmax(*offer, "false", "--dir", str(suite.directory))


def _challenge(wire: Wire) -> str:
    return "<" + wire.greeting.decode().partition("<")[2].rstrip()
