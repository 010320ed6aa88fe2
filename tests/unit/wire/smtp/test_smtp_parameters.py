"""What MAIL and RCPT may ask for: values to facts, or a fault."""

import pytest

from mailmax.wire.smtp.arguments import read_etrn, read_mail, read_rcpt
from mailmax.wire.smtp.commands import Asked, Etrn
from mailmax.wire.smtp.grammar import parse_parameters
from mailmax.wire.smtp.parameters import read_asked, read_notices
from mailmax.wire.smtp.replies import BAD_PARAMETER, NODE_NOT_ALLOWED, SYNTAX


def ask(octets: bytes) -> Asked:
    return read_asked(parse_parameters(octets))


def notices(octets: bytes, *, smtputf8: bool = False) -> tuple[str, str]:
    return read_notices(parse_parameters(octets), smtputf8=smtputf8)


@pytest.mark.rfc("3461", "4")
def test_envid_and_ret():
    assert ask(b"ENVID=QQ+2B1+20two ret=Hdrs") == Asked("QQ+1 two", "HDRS")


@pytest.mark.rfc("4865", "4")
@pytest.mark.parametrize(
    ("octets", "asked"),
    [
        (b"HOLDFOR=1", Asked(hold_for_s=1)),
        (b"HOLDFOR=999999999", Asked(hold_for_s=999_999_999)),
        (b"HOLDUNTIL=1970-01-01T00:01:00Z", Asked(hold_until_s=60)),
        (b"HOLDUNTIL=1970-01-01T00:01:00.9Z", Asked(hold_until_s=60)),
        (b"HOLDUNTIL=1969-12-31T00:00:00Z", Asked(hold_until_s=1)),
    ],
)
def test_holds(octets: bytes, asked: Asked):
    assert ask(octets) == asked


@pytest.mark.rfc("2852", "4")
@pytest.mark.parametrize(
    ("octets", "by_s", "mode"),
    [(b"BY=1;r", 1, "R"), (b"BY=+7;RT", 7, "RT"), (b"BY=-7;nt", -7, "NT"),
     (b"BY=0;N", 0, "N"), (b"BY=999999999;R", 999_999_999, "R")],
)  # fmt: skip
def test_deliver_by(octets: bytes, by_s: int, mode: str):
    assert ask(octets) == Asked(by_s=by_s, by_mode=mode)


@pytest.mark.rfc("6710", "3")
@pytest.mark.parametrize("priority", range(-9, 10))
def test_priorities(priority: int):
    assert ask(b"MT-PRIORITY=%d" % priority) == Asked(priority=priority)


@pytest.mark.rfc("3461", "4.1")
def test_notify_is_put_in_order():
    assert notices(b"NOTIFY=delay,Success,DELAY") == ("SUCCESS,DELAY", "")
    assert notices(b"NOTIFY=never") == ("NEVER", "")


@pytest.mark.rfc("3461", "4.2")
def test_the_original_recipient_is_decoded_and_of_any_type():
    assert notices(b"ORCPT=rfc822;Tim+2Bx@Far.test")[1] == "rfc822;Tim+x@Far.test"
    assert notices(b"ORCPT=x400;/c+3Dde/")[1] == "x400;/c=de/"
    longest = b"rfc822;" + b"x" * 493
    assert notices(b"ORCPT=" + longest)[1] == longest.decode()


@pytest.mark.rfc("6533", "3")
def test_an_original_recipient_in_utf8_becomes_ascii():
    raw = "ORCPT=utf-8;д😀@x".encode()

    assert notices(raw, smtputf8=True)[1] == r"utf-8;\x{434}\x{1F600}@x"
    assert notices(rb"ORCPT=utf-8;\x{434}@x")[1] == r"utf-8;\x{434}@x"


@pytest.mark.parametrize(
    "parameters",
    [b"BODY=7BIT SIZE=3", b"SMTPUTF8"],
)
def test_who_asks_for_nothing_has_nothing(parameters: bytes):
    mail = read_mail(
        b"FROM:<a@b> " + parameters, extended=True, encrypted=True, may_hold=True
    )

    assert mail.asked is None


def test_what_is_not_offered_is_not_known():
    def read(parameters: bytes, **offers: bool):
        offers = {"encrypted": False, "may_hold": False, **offers}
        return read_mail(b"FROM:<> " + parameters, extended=True, **offers)

    assert read(b"REQUIRETLS") == read(b"HOLDFOR=1") == BAD_PARAMETER
    assert read(b"REQUIRETLS", encrypted=True).asked.require_tls
    assert read(b"REQUIRETLS=1", encrypted=True) == SYNTAX
    assert read(b"HOLDFOR=1", may_hold=True).asked.hold_for_s == 1
    refused = read_rcpt(b"TO:<a@b> NOTIFY=NEVER", extended=False, smtputf8=False)
    assert refused == BAD_PARAMETER


@pytest.mark.rfc("1985", "5.1")
def test_etrn():
    assert read_etrn(b"Demo.TEST") == Etrn("demo.test", with_subdomains=False)
    assert read_etrn(b"@demo.test") == Etrn("demo.test", with_subdomains=True)
    assert read_etrn(b"#queue") == NODE_NOT_ALLOWED
    for wrong in (b"", b"@", b"a b", b"#a b", b"a_b", b"@@a", b"a@b"):
        assert read_etrn(wrong) == SYNTAX, wrong
