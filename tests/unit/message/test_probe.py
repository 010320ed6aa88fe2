"""The test message, read back by the standard library."""

import email.policy  # noqa: TID251 - the oracle
from dataclasses import replace

import pytest

from mailmax.message.autoreply import may_answer, read
from mailmax.message.probe import RETURN_PATH, Letter, message_id, write

LETTER = Letter(
    to="tim@demo.test",
    sender="postmaster@demo.test",
    host="mx.demo.test",
    system="Haus 7",
    token="a1b2",
    at_s=1_700_000_000,
    language="en",
)


def parsed(letter: Letter):
    octets = write(letter)
    assert octets.startswith(RETURN_PATH)
    assert all(len(line) < 998 for line in octets.split(b"\r\n"))
    assert octets.isascii()
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert not mail.defects
    return mail


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "Test message from Haus 7", "This is a test message"),
        ("de", "Testnachricht von Haus 7", "Sie können sie löschen."),
    ],
)
def test_it_says_in_one_language_from_where_and_when(language, subject, words):
    mail = parsed(replace(LETTER, language=language))

    text = mail.get_content()
    assert mail["Subject"] == subject
    assert mail["Content-Language"] == language
    assert words in text
    for said in ("Haus 7", "mx.demo.test", "tim@demo.test", "2023-11-14 22:13:20 UTC"):
        assert said in text


def test_it_is_mail_of_the_postmaster_that_nobody_answers():
    mail = parsed(LETTER)

    assert mail["From"] == "Mail System <postmaster@demo.test>"
    assert mail["To"] == "tim@demo.test"
    assert mail["Date"] == "Tue, 14 Nov 2023 22:13:20 +0000"
    assert mail["Message-ID"] == message_id(LETTER) == "<test.a1b2@mx.demo.test>"
    assert mail["Return-Path"] == "<>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert not may_answer(read(write(LETTER)), "postmaster@demo.test")


@pytest.mark.parametrize(
    "system", ["x\r\nBcc: all@demo.test", "{to}{at}", "Überall", "=?utf-8?q?x?=", "%s"]
)
def test_no_name_of_a_system_ends_a_field_or_begins_a_line(system):
    mail = parsed(replace(LETTER, system=system))

    assert mail["Bcc"] is None
    shown = system.replace("\r", " ").replace("\n", " ")
    assert mail["Subject"] == f"Test message from {shown}"
    assert shown in mail.get_content()
