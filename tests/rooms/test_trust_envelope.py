"""TRUST catalogue, table B (envelope addresses, parameters, relay), by row.

Every row against the real room through a socket; what the room committed is looked
at, not only what it said. ``all.test`` gives every name to tim: there an address that
is read as more than a name would show.
"""

import logging
import re

import pytest

from fix_smtp import SmtpRoom
from mailmax.hub.contract.rows import DomainRow, UserRow
from mailmax.policy.access import MAY_RELAY, Access
from mailmax.wire.smtp.grammar import parse_mailbox
from smtp_clients import HELLO, codes, put, talk, update

DATA = b"DATA\r\nhello\r\n.\r\n"


@pytest.fixture
def catching(smtp: SmtpRoom) -> SmtpRoom:
    """Give a room where tim gets all that is for nobody in ``all.test``."""
    update(smtp, domains=(DomainRow(3, "all.test", catch_all=7),))
    return smtp


def mail(sender: bytes, recipient: bytes, parameters: bytes = b"") -> bytes:
    return b"MAIL FROM:<%s>%s\r\nRCPT TO:<%s>\r\n" % (sender, parameters, recipient)


NAMES = [
    b"${run{id}}", b'"${run{\\x2Fbin\\x2Fsh\\t-c\\t\\x22id\\x22}}"', b"`id`",
    b"|prog", b'"|/bin/sh"',
    b"/etc/passwd", b'":include:/etc/passwd"', b'"../../x"', b'";sleep 66;"',
    b'"$(id)"', b"'/**/OR/**/1=1", b'"x\'/**/UNION/**/SELECT/**/X\'00\'--"',
    b'"\' OR 1=1 --"', b"%", b"_", b"t_m", b"%im", b'"\\\\"', b'"\\""',
    b"=?utf-8?q?a=40evil.com=3e=00?=", b'"=?x?b?Li4v?="', b"=?utf-8?b?dGlt?=",
    b'"tim@demo.test"',
]  # fmt: skip
NO_NAMES = [
    b"$(id)", b";sleep 66;", b":include:/etc/passwd", b"../../x", b"' OR 1=1 --",
    b"\\", b"${run{\\x2Fbin\\x2Fsh\\t-c\\t\\x22id\\x22}}",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_b1_b3_b5_addresses_are_names_and_nothing_more(
    catching: SmtpRoom, name: bytes
) -> None:
    """Unknown where nobody is called so; else given to that very name."""
    unknown, known = name + b"@demo.test", name + b"@all.test"
    assert codes(talk(catching, HELLO + mail(b"", unknown)))[-1] == b"550"

    heard = talk(catching, HELLO + mail(name + b"@far.test", known) + DATA)

    assert codes(heard)[-1] == b"250"
    [(record, body)] = catching.mails()
    [recipient] = record.envelope.recipients
    assert recipient.user_id == 7
    assert parse_mailbox(recipient.address.encode()) == parse_mailbox(known)
    sender = record.envelope.reverse_path.encode()
    assert parse_mailbox(sender) == parse_mailbox(name + b"@far.test")
    assert body.startswith(b"Return-Path: <" + sender + b">\r\nReceived: from ")
    assert re.findall(rb"\n\tfor <(.*)>;\r", body) in (
        [], [recipient.address.encode()],
    )  # fmt: skip


@pytest.mark.parametrize("name", NO_NAMES)
def test_b1_b3_what_is_no_address_is_none(catching: SmtpRoom, name: bytes) -> None:
    for said in (mail(name + b"@far.test", b"x"), mail(b"", name + b"@all.test")):
        assert b"501" in codes(talk(catching, HELLO + said))
    assert catching.mails() == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"ETRN a'; DROP TABLE q;--", b"501"), (b"ETRN a'--", b"501"),
        (b"ETRN %", b"501"), (b"ETRN _", b"501"), (b"ETRN @%.test", b"501"),
        (b"ETRN \xff", b"501"), (b"ETRN a\0b", b"501"),
        (b"ETRN #x", b"459"), (b"ETRN #'--", b"459"), (b"ETRN @x", b"459"),
        (b"ETRN demo.test", b"459"), (b"ETRN other.test", b"459"),
        (b"ETRN tim@demo.test", b"501"),
    ],
)  # fmt: skip
def test_b3_etrn_is_for_listed_domains_alone(
    smtp: SmtpRoom, line: bytes, code: bytes
) -> None:
    update(smtp, domains=(DomainRow(9, "held.test", kind="etrn"),))

    assert codes(talk(smtp, HELLO + line + b"\r\nNOOP\r\n"))[-2:] == [code, b"250"]
    assert smtp.hub.asked == []


HIDDEN = [b"\r", b"\n", b"\0", b"\t", b"\x1b", b"\x7f", "\u2028".encode(),
          "\u0085".encode(), "\u202e".encode()] + [
    bytes([octet]) for octet in range(0x80, 0x100)
]  # fmt: skip
PLACES = [
    b"EHLO a%sb", b"MAIL FROM:<a%sb@far.test> SMTPUTF8",
    b'MAIL FROM:<"a%sb"@far.test> SMTPUTF8', b"MAIL FROM:<a@far%s.test> SMTPUTF8",
    b"MAIL FROM:<a@far.test> AUTH=x%sy", b"MAIL FROM:<a@far.test> ENVID=x%sy",
    b"MAIL FROM:<a@far.test> SIZE=1%s", b"RCPT TO:<a%sb@all.test>",
    b'RCPT TO:<"a%sb"@all.test>', b"RCPT TO:<a@all%s.test>",
    b"RCPT TO:<a@all.test> ORCPT=rfc822;x%sy", b"VRFY a%sb",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_b2_control_characters_reach_nothing(
    catching: SmtpRoom, place: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for hidden in HIDDEN:
        line = place % hidden + b"\r\n"
        begun = b"MAIL FROM:<a@far.test> SMTPUTF8\r\n" if b"RCPT" in place else b""
        heard = talk(catching, HELLO + begun + line + b"RSET\r\n")
        answers = codes(heard)[3 if begun else 2 : -1]
        if b"VRFY" in place:
            answers = [code for code in answers if code != b"252"]
        assert all(code[:1] == b"5" for code in answers), (line, answers)
        assert all(one.decode("ascii").isprintable() for one in heard), line
    assert all(record.getMessage().isprintable() for record in caplog.records)

    talk(catching, HELLO + mail(b"a@far.test", b"x@all.test") + DATA)
    assert len(catching.mails()) == 1


@pytest.mark.parametrize("hidden", [b"+0A", b"+0D+0A", b"+00", b"+7F", b"+80", b"+"])
def test_b2_xtext_hides_nothing(smtp: SmtpRoom, hidden: bytes) -> None:
    for line in (b"MAIL FROM:<a@far.test> AUTH=x%sy", b"MAIL FROM:<> ENVID=x%sy"):
        heard = codes(talk(smtp, HELLO + line % hidden + b"\r\n"))
        assert heard[-1] == b"501", line
    begun = HELLO + b"MAIL FROM:<>\r\n"
    for line in (
        b"RCPT TO:<tim@demo.test> ORCPT=rfc822;x%sy",
        b"RCPT TO:<tim@demo.test> ORCPT=utf-8;x%sy",
    ):
        heard = codes(talk(smtp, begun + line % hidden + b"\r\n"))
        assert heard[-1] == b"501", line


B4 = [
    b'""@all.test', b"@", b"@all.test", b"a@b@all.test", b"a@", b"a@[300.1.1.1]",
    b"a@[127.0.0.1", b"a@all.test.", b"a@.test", b"a@all..test", b"a@-all.test",
    b"x" * 256 + b"@all.test", b"a@" + b"x" * 64 + b".test",
    b"a@" + b"x." * 126 + b"test",
    "a@a\u212all.test".encode(), "a@ALL\u3002test".encode(), "a@\u00dc.test".encode(),
    b"a.@all.test", b".a@all.test", b"a..b@all.test",
]  # fmt: skip


@pytest.mark.parametrize("path", B4, ids=lambda path: path[:20])
def test_b4_what_is_no_address(catching: SmtpRoom, path: bytes) -> None:
    sent = codes(talk(catching, HELLO + mail(path, b"", b" SMTPUTF8")))
    named = codes(talk(catching, HELLO + mail(b"", path, b" SMTPUTF8")))

    assert sent[2:] in ([b"501", b"503"], [b"553", b"503"])
    assert named[2:] in ([b"250", b"501"], [b"250", b"553"])


def test_b4_no_address_is_too_long_for_us(catching: SmtpRoom) -> None:
    for octets, code in ((65, b"250"), (255, b"250"), (10_000, b"500")):
        path = b"x" * octets + b"@all.test"
        assert codes(talk(catching, HELLO + mail(b"", path)))[-1] == code
    assert codes(talk(catching, HELLO + mail(b"", b"")))[-1] == b"501"


@pytest.mark.parametrize(
    "path", [b"a@[127.0.0.1]", b"a@[IPv6:::1]", b"a@xn--zz--zz", b"a@localhost"]
)
def test_b4_b6_who_is_elsewhere(smtp: SmtpRoom, path: bytes) -> None:
    """Address literals, names of this computer and broken A-labels are not ours."""
    assert codes(talk(smtp, HELLO + mail(b"", path)))[-1] == b"550"
    assert codes(talk(smtp, HELLO + mail(path, b"tim@demo.test")))[-1] == b"250"


def test_b4_one_user_has_one_address(smtp: SmtpRoom) -> None:
    """U-labels and A-labels, any case, tags, quotes, routes: one user, one copy."""
    domain = "xn--bcher-kva.test"
    eve = UserRow(20, f"eve@{domain}", f"{domain}/00/eve~20")
    update(smtp, domains=(DomainRow(3, domain),), users=(eve,))
    paths = [
        "eve@bücher.test", f"EVE@{domain.upper()}", f'"eve"@{domain}',
        f'"e\\ve"@{domain}', f"eve+x@{domain}", f"@far.test:eve@{domain}",
    ]  # fmt: skip
    said = "MAIL FROM:<> SMTPUTF8\r\n" + "".join(f"RCPT TO:<{p}>\r\n" for p in paths)

    assert set(codes(talk(smtp, HELLO + said.encode() + DATA))[1:-2]) == {b"250"}
    [(record, _)] = smtp.mails()
    [recipient] = record.envelope.recipients
    assert recipient.user_id == 20


B6 = [
    b"u%remote.test@demo.test", b"remote.test!u@demo.test",
    b"@demo.test:u@remote.test", b'"u@remote.test"@demo.test',
    b"u@remote.test@demo.test", b"u@demo.test@remote.test", b"u@[192.0.2.1]",
    b"u@[127.0.0.1]", b"u@demo.test.", b'"tim@demo.test"@remote.test',
    b"tim\0@demo.test", b"tim@demo.test\0@remote.test", b"tim@demo.test%remote.test",
    b"@[127.0.0.1]:tim@remote.test", b"tim@remote.test", b"tim@xdemo.test",
    b"tim@demo.test.remote.test", b"tim@[IPv6:::1]", b"postmaster@[127.0.0.1]",
]  # fmt: skip


@pytest.mark.parametrize("path", B6)
def test_b6_no_form_of_an_address_relays(smtp: SmtpRoom, path: bytes) -> None:
    for sender in (b"", b"tim@demo.test", b"a@far.test"):
        heard = talk(smtp, HELLO + mail(sender, path) + DATA)
        assert codes(heard)[3] in {b"550", b"501", b"553"}, (sender, heard)
    assert smtp.mails() == []


def test_b6_postmaster_and_any_case_are_ours(smtp: SmtpRoom) -> None:
    put(smtp, postmaster="tim@demo.test")
    paths = [b"postmaster", b"PostMaster@demo.test", b"postmaster@OTHER.test",
             b"TIM@DEMO.TEST", b"@far.test,@x.test:tim@demo.test"]  # fmt: skip
    for path in paths:
        assert codes(talk(smtp, HELLO + mail(b"", path)))[-1] == b"250", path


def test_b6_an_address_may_be_given_leave_to_relay(make_smtp) -> None:
    room = make_smtp(meet=lambda _visitor: Access("custom", MAY_RELAY))

    talk(
        room, HELLO, mail(b"a@far.test", b"u@remote.test") + b"DATA\r\n", b"x\r\n.\r\n"
    )

    [(record, body)] = room.mails()
    [recipient] = record.envelope.recipients
    assert (recipient.address, recipient.user_id) == ("u@remote.test", 0)
    assert body[record.envelope.return_path_octets :].startswith(b"Received: ")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (b"SIZE=0", b"250"), (b"SIZE=", b"501"), (b"SIZE", b"555"),
        (b"SIZE=-1", b"501"), (b"SIZE=+1", b"501"), (b"SIZE=1 size=1", b"501"),
        (b"SIZE=0x10", b"501"),
        (b"SIZE=18446744073709551616", b"552"), (b"SIZE=" + b"9" * 1000, b"501"),
        (b"BODY=9BIT", b"555"), (b"BODY", b"555"), (b"BODY=BINARYMIME", b"555"),
        (b"SMTPUTF8=1", b"555"), (b"X", b"555"), (b"X=1", b"555"), (b"X==", b"501"),
        (b'X="a b"', b"501"), (b'X="', b"555"), (b'"', b"501"), (b"=", b"501"),
        (b"RET=FULL ENVID=x", b"250"), (b"HOLDFOR=1", b"250"),
        (b"ENVID=" + b"x" * 100, b"250"), (b"ENVID=" + b"x" * 101, b"501"),
        (b"RET=FULL X=1", b"555"), (b"NOTIFY=SOON", b"555"),
        (b" ".join(b"X%d=1" % n for n in range(150)), b"555"),
        (b" ".join(b"X%d=1" % n for n in range(1000)), b"500"),
    ],
    ids=lambda value: value[:20],
)  # fmt: skip
def test_b7_parameters(smtp: SmtpRoom, parameters: bytes, code: bytes) -> None:
    line = b"MAIL FROM:<a@b.test> " + parameters + b"\r\n"

    assert codes(talk(smtp, HELLO + line))[-1] == code
    if b"SIZE" not in parameters:
        line = b"MAIL FROM:<>\r\nRCPT TO:<tim@demo.test> " + parameters + b"\r\n"
        assert codes(talk(smtp, HELLO + line))[-1][:1] == b"5"


def test_b7_nothing_that_was_not_offered(smtp: SmtpRoom) -> None:
    for parameter in (b"SMTPUTF8", b"SIZE=1", b"BODY=8BITMIME"):
        line = b"HELO a\r\nMAIL FROM:<a@b.test> " + parameter + b"\r\n"
        assert codes(talk(smtp, line))[-1] == b"555"


def test_b8_a_dictionary_ends_soon(stranger: SmtpRoom) -> None:
    names = b"".join(b"RCPT TO:<user%d@demo.test>\r\n" % n for n in range(10_000))

    heard = talk(stranger, HELLO, b"MAIL FROM:<a@far.test>\r\n" + names)

    assert codes(heard).count(b"550") == 20
    assert heard[-1].startswith(b"421 4.7.0")


def test_b10_users_send_as_themselves(smtp: SmtpRoom) -> None:
    login = HELLO + b"AUTH PLAIN AHRpbQBzZWNyZXQ=\r\n"
    for sender, code in (
        (b"tim@demo.test", b"250"), (b"tim+tag@demo.test", b"250"), (b"", b"250"),
        (b"ann@demo.test", b"553"), (b"tim@far.test", b"553"),
        (b"nobody@demo.test", b"553"),
    ):  # fmt: skip
        for door in ("smtp", "submission"):
            line = b"MAIL FROM:<" + sender + b">\r\n"
            assert codes(talk(smtp, login + line, door=door))[-1] == code, sender
