"""What MAIL and RCPT may ask for: values to facts, or a fault."""

import pytest

from mailmax.wire.smtp.arguments import read_etrn, read_mail, read_rcpt
from mailmax.wire.smtp.commands import Asked, Etrn
from mailmax.wire.smtp.grammar import name_parameter, parse_parameters
from mailmax.wire.smtp.parameters import read_asked, read_notices
from mailmax.wire.smtp.replies import (
    NO_PARAMETERS,
    NODE_NOT_ALLOWED,
    SYNTAX,
    unknown,
    unreadable,
)


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

    assert read(b"REQUIRETLS") == unknown("REQUIRETLS")
    assert read(b"HOLDFOR=1") == unknown("HOLDFOR")
    assert read(b"REQUIRETLS", encrypted=True).asked.require_tls
    assert read(b"REQUIRETLS=1", encrypted=True) == unreadable("REQUIRETLS")
    assert read(b"HOLDFOR=1", may_hold=True).asked.hold_for_s == 1
    refused = read_rcpt(b"TO:<a@b> NOTIFY=NEVER", extended=False, smtputf8=False)
    assert refused == NO_PARAMETERS


@pytest.mark.rfc("5321", "4.1.1.11")
@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        (b"SIZE=x", unreadable("SIZE")),
        (b"BODY=7BIT SIZE=1 size=2", unreadable("SIZE")),
        (b"SIZE", unknown("SIZE")),
        (b"BODY=9BIT", unknown("BODY")),
        (b"AUTH=a+0Ab", unreadable("AUTH")),
        (b"SMTPUTF8=1", unknown("SMTPUTF8")),
        (b"BY=1;X", unreadable("BY")),
        (b"BY", unreadable("BY")),
        (b"SIZE=1 RET=SOME", unreadable("RET")),
        (b"ENVID=+0A", unreadable("ENVID")),
        (b"MT-PRIORITY=10", unreadable("MT-PRIORITY")),
        (b"HOLDFOR=0", unreadable("HOLDFOR")),
        (b"HOLDUNTIL=tomorrow", unreadable("HOLDUNTIL")),
        (b"HOLDFOR=1 HOLDUNTIL=2030-01-01T00:00:00Z", unreadable("HOLDUNTIL")),
        (b"NOTIFY=NEVER", unknown("NOTIFY")),
        (b"SIZE=1 X-LATER=1", unknown("number 2")),
        (b"X-LATER=\x01", unreadable("number 1")),
        (b"BODY=7BIT  SIZE=1 \xff", unreadable("number 3")),
    ],
)
def test_who_is_refused_for_a_parameter_hears_which(parameters: bytes, refusal):
    found = read_mail(
        b"FROM:<a@b> " + parameters, extended=True, encrypted=True, may_hold=True
    )

    assert found == refusal


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        (b"NOTIFY=SOON", unreadable("NOTIFY")),
        (b"NOTIFY=NEVER ORCPT=x", unreadable("ORCPT")),
        (b"NOTIFY=NEVER SIZE=1", unknown("SIZE")),
        (b"ORCPT=rfc822;a X=1 Y=2", unknown("number 2")),
        (b"ORCPT", unreadable("ORCPT")),
    ],
)
def test_the_same_of_a_recipient(parameters: bytes, refusal):
    found = read_rcpt(b"TO:<a@b> " + parameters, extended=True, smtputf8=False)

    assert found == refusal


def test_no_word_of_a_client_is_said_back():
    for reply in (unknown(name_parameter(b"X-\x1b[2J", 7)), unreadable("")):
        assert reply.text in ("Parameter number 7 not recognised", SYNTAX.text)


@pytest.mark.rfc("1985", "5.1")
def test_etrn():
    assert read_etrn(b"Demo.TEST") == Etrn("demo.test", with_subdomains=False)
    assert read_etrn(b"@demo.test") == Etrn("demo.test", with_subdomains=True)
    assert read_etrn(b"#queue") == NODE_NOT_ALLOWED
    for wrong in (b"", b"@", b"a b", b"#a b", b"a_b", b"@@a", b"a@b"):
        assert read_etrn(wrong) == SYNTAX, wrong
