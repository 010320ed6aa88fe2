"""VRFY: with what is known, to who may know it (Manual 4.3; DECISIONS 29)."""

import pytest

from fix_smtp import SmtpRoom, user
from mailmax.hub.contract.rows import DomainRow
from smtp_clients import client, push_filters, put, update

FRIEND = "127.0.1.9"
NOT_SAID = (252, b"2.5.2 Cannot verify, but will take mail and try")
NOBODY = (550, b"5.1.1 No such user here")
TIM = (250, b"2.1.5 <tim@demo.test>")


@pytest.fixture
def asked(filtered: SmtpRoom) -> SmtpRoom:
    """Give a room that answers, and trusts one address."""
    put(filtered, vrfy=True)
    push_filters(filtered, ("127.0.1.*", "trusted", 0))
    return filtered


@pytest.mark.manual("4.3")
@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("tim", TIM),
        ("<tim@demo.test>", TIM),
        ("TIM@Demo.Test", TIM),
        ("timothy@demo.test", TIM),
        ("tim@other.test", TIM),
        ("a+b@demo.test", (250, b"2.1.5 <a+b@demo.test>")),
        ("guess@demo.test", NOBODY),
        ("guess", NOBODY),
        ("tim+tag@demo.test", NOT_SAID),
        ("postmaster", NOT_SAID),
        ('"tim"@demo.test', TIM),
        ("off@demo.test", NOT_SAID),
        ("x@far.test", NOT_SAID),
        ("x@passed.test", NOT_SAID),
        ("guess@caught.test", NOT_SAID),
        ("x@", NOBODY),
        ("@", NOBODY),
        ("<>", NOBODY),
        ("\xd0\xb0@demo.test", NOBODY),
        ("two words", NOBODY),
    ],
)
def test_the_trusted_are_told(asked: SmtpRoom, words: str, answer: object) -> None:
    """SMTP-1."""
    update(
        asked,
        domains=(
            DomainRow(3, "passed.test", "relay"),
            DomainRow(4, "caught.test", catch_all=7),
        ),
        users=(user(9, "off", kind="disabled"),),
    )
    with client(asked, FRIEND) as one:
        one.send(b"VRFY " + words.encode("latin-1") + b"\r\n")
        assert one.getreply() == answer


def test_others_are_told_when_they_have_logged_in(asked: SmtpRoom) -> None:
    with client(asked) as one:
        for words in ("tim", "guess"):
            assert one.docmd("VRFY", words) == NOT_SAID
        assert one.docmd("VRFY")[0] == 501
        assert one.docmd("EXPN", "tim")[0] == 502
    push_filters(asked, ("127.0.1.*", "permitted", 0))
    with client(asked, FRIEND) as one:
        one.starttls()
        one.login("tim", "secret")
        assert one.docmd("VRFY", "ann") == (250, b"2.1.5 <ann@demo.test>")
        one.mail("tim@demo.test")
        assert one.docmd("VRFY", "guess") == NOBODY
        assert one.rcpt("ann@demo.test")[0] == 250


def test_switched_off_nobody_is_told(asked: SmtpRoom) -> None:
    put(asked, vrfy=False)
    with client(asked, FRIEND) as one:
        assert one.docmd("VRFY", "tim") == one.docmd("VRFY", "guess") == NOT_SAID
