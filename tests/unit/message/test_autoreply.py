"""Automatic answers: whom, and with which header (RFC 3834; TRUST K1, K3)."""

import email.policy  # noqa: TID251 - the oracle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.message import autoreply
from mailmax.message.autoreply import Answer, Original
from mailmax.message.header import raw_fields, unfold

PLAIN = (
    b"From: Ada <ada@away.test>\r\nTo: Tim <tim@demo.test>, joe@demo.test\r\n"
    b"Cc: =?utf-8?q?M=C3=A4x?= <max@demo.test>\r\nSubject: lunch\r\n"
    b"Message-ID: <1@away.test>\r\n\r\nat noon\r\n"
)
ALWAYS = [
    b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted",
    b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding",
]  # fmt: skip


def answer(original: Original | None = None, **changed) -> Answer:
    facts = {
        "from_address": "tim@demo.test", "real_name": "Tim Robinson",
        "to": "ada@away.test", "subject": "Vacation", "text": "I am away.\n",
        "at_s": 1_700_000_000, "token": "a1b2", "host": "mx.demo.test",
        "original": original or autoreply.read(PLAIN),
    }  # fmt: skip
    return Answer(**(facts | changed))


def parse(octets: bytes):
    return email.message_from_bytes(octets, policy=email.policy.default)


def names(octets: bytes) -> list[bytes]:
    return [name for name, _ in raw_fields(octets[: octets.index(b"\r\n\r\n") + 2])]


@pytest.mark.rfc("3834", "3")
def test_an_answer_says_what_it_is_and_to_what():
    octets = autoreply.write(answer())

    mail = parse(octets)
    assert mail["From"] == "Tim Robinson <tim@demo.test>"
    assert mail["To"] == "ada@away.test"
    assert mail["Subject"] == "Vacation"
    assert mail["Date"] == "Tue, 14 Nov 2023 22:13:20 +0000"
    assert mail["Message-ID"] == "<a1b2@mx.demo.test>"
    assert mail["In-Reply-To"] == mail["References"] == "<1@away.test>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail.get_content() == "I am away.\r\n"
    assert octets.endswith(b"\r\n\r\nI am away.\r\n")
    assert autoreply.read(octets).is_automatic, "so another responder is silent"


@pytest.mark.rfc("3834", "3.1.5")
def test_without_a_subject_the_originals_is_named():
    original = autoreply.read(b"Subject: =?utf-8?q?M=C3=A4rz?=\r\n\r\n")

    assert parse(autoreply.write(answer(original, subject="")))["Subject"] == (
        "Auto: März"
    )


@pytest.mark.rfc("5322", "3.6.4")
def test_references_go_on():
    original = autoreply.read(
        b"References: <a@x> (odd) <b@x>\r\n <c@x>\r\nMessage-ID: <d@x>\r\n\r\n"
    )

    mail = parse(autoreply.write(answer(original)))

    assert mail["In-Reply-To"] == "<d@x>"
    assert mail["References"].split() == ["<a@x>", "<b@x>", "<c@x>", "<d@x>"]


@pytest.mark.parametrize(
    "text",
    ["", "one\n\ntwo", "März\n", "x" * 5000 + "\n", "tab\there \nspace \n.\n", "=\n"],
)
def test_the_text_arrives_as_it_was_written(text):
    octets = autoreply.write(answer(text=text))

    arrived = parse(octets).get_content().replace("\r\n", "\n")
    assert arrived == text.removesuffix("\n") + "\n"
    assert octets.isascii()
    assert max(map(len, octets.split(b"\r\n"))) <= 78


def test_addresses_are_found_in_every_field_that_names_recipients():
    original = autoreply.read(PLAIN.replace(b"\r\n\r\n", b"\r\nTo: more@x\r\n\r\n"))

    assert [f"{local}@{domain}" for local, domain in original.addressed] == [
        "tim@demo.test",
        "joe@demo.test",
        "max@demo.test",
        "more@x",
    ]


@pytest.mark.rfc("3834", "2")
@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied",
        "auto-submitted: Auto-Generated (vacation)",
        "Auto-Submitted: auto-notified; owner-email=x@y",
        "Auto-Submitted:",
        "Precedence: bulk",
        "PRECEDENCE: List",
        "Precedence: junk",
        "List-Id: <all.example.org>",
        "List-Unsubscribe: <mailto:x@y>",
        "List-Anything: x",
        "X-Spam-Flag: YES",
        "X-Auto-Response-Suppress: OOF",
        "Content-Type: multipart/report; report-type=delivery-status",
    ],
)
def test_automatic_mail_and_lists_are_never_answered(field):
    original = autoreply.read(field.encode() + b"\r\n" + PLAIN)

    assert not autoreply.may_answer(original, "ada@away.test")


@pytest.mark.parametrize(
    "field",
    ["Auto-Submitted: no", "Auto-Submitted: NO (really)", "Precedence: first-class",
     "X-Spam-Flag: NO", "X-Auto-Response-Suppress: None",
     "Content-Type: multipart/mixed; boundary=x"],
)  # fmt: skip
def test_mail_that_people_write_is(field):
    original = autoreply.read(field.encode() + b"\r\n" + PLAIN)

    assert autoreply.may_answer(original, "ada@away.test")


@pytest.mark.rfc("3834", "2")
@pytest.mark.parametrize(
    "sender",
    ["", "MAILER-DAEMON@away.test", "owner-list@away.test", "List-Request@away.test",
     "list-bounces@away.test", "no-reply@away.test", "nobody", "@away.test", "ada@"],
)  # fmt: skip
def test_role_addresses_and_the_null_path_are_never_answered(sender):
    assert not autoreply.may_answer(autoreply.read(PLAIN), sender)


@pytest.mark.parametrize(
    "subject",
    [
        b"=?utf-8?q?x=0D=0ABcc:_v@x?=",
        b"=?utf-8?b?DQpCY2M6IHZAeA==?=",
        b"x\r\n\t y" + b"z" * 100_000,
        b"a\x00b\x1bc\x7f",
        b"x\nBcc: v@x",
        b"=?utf-8?q?" + b"=F0=9F=98=80" * 2000 + b"?=",
        b"=?x?q?y?= =?",
    ],
)
def test_a_hostile_subject_adds_nothing(subject):
    original = autoreply.read(b"Subject: " + subject + b"\r\nMessage-ID: <1@x>\r\n\r\n")

    octets = autoreply.write(answer(original, subject=""))

    assert sorted(names(octets)) == sorted([*ALWAYS, b"In-Reply-To", b"References"])
    assert max(map(len, octets.split(b"\r\n"))) < 998
    assert b"\0" not in octets
    assert octets.replace(b"\r\n", b"").translate(None, b"\r\n") == octets.replace(
        b"\r\n", b""
    )


anything = st.text(max_size=400)


@given(
    header=st.binary(max_size=2000),
    name=anything,
    subject=anything,
    text=anything,
    to=anything,
    sender=anything,
)
def test_whatever_comes_in_the_fields_are_those_that_were_meant(
    header, name, subject, text, to, sender
):
    """Reparsed, the generated header has exactly the intended fields (TRUST K3)."""
    original = autoreply.read(b"Message-ID: <1@x>\r\n" + header)
    wanted = [*ALWAYS, b"In-Reply-To", b"References"]

    octets = autoreply.write(
        answer(
            original,
            real_name=name,
            subject=subject,
            text=text,
            to=to,
            from_address=sender,
        )
    )

    assert sorted(names(octets)) == sorted(wanted)
    found = {name: unfold(value) for name, value in raw_fields(octets)}
    assert found[b"Auto-Submitted"] == b"auto-replied"
    assert found[b"To"].startswith(b"<")
    assert found[b"To"].endswith(b">")
    assert found[b"To"].count(b">") == 1
    assert max(map(len, octets.split(b"\r\n"))) < 998
    stdlib = email.message_from_bytes(octets, policy=email.policy.compat32)
    assert sorted(key.encode() for key in stdlib) == sorted(wanted)
    assert not stdlib.defects


@given(st.binary(max_size=3000))
def test_any_octets_can_be_read(octets):
    original = autoreply.read(octets)

    autoreply.may_answer(original, "ada@away.test")
    assert len(original.references) <= autoreply.MOST_REFERENCES
