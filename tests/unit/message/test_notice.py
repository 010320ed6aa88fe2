"""The notice that a box is nearly full, read back by the standard library."""

import email.policy  # noqa: TID251 - the oracle

import pytest

from mailmax.message.autoreply import may_answer, read
from mailmax.message.notice import HELD_BACK, Notice, nearly_full, write


def notice(words):
    return Notice("tim@demo.test", "mx.demo.test", "a1", 1_700_000_000, words)


@pytest.mark.parametrize(
    ("limit", "measure", "threshold", "words"),
    [
        (500 * 2**20, "percent", 10, ["500 MB", "10 percent"]),
        (2**30 + 2**19, "megabytes", 5, ["1024.5 MB", "5 MB"]),
        (1536, "percent", 1, ["1.5 kB", "1 percent"]),
    ],
)
def test_it_is_mail_that_says_what_there_is_and_is_answered_by_nobody(
    limit, measure, threshold, words
):
    said = nearly_full(limit, measure, threshold)

    octets = write(notice(said))

    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert not mail.defects
    assert mail["From"] == "Mail System <mailer-daemon@mx.demo.test>"
    assert mail["To"] == "tim@demo.test"
    assert mail["Subject"] == "Your mailbox is nearly full"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert all(word in mail.get_content() for word in words)
    assert not may_answer(read(octets), "mailer-daemon@mx.demo.test")


def test_that_forwards_wait_is_mail_that_nobody_answers():
    octets = write(notice(HELD_BACK))

    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert not mail.defects
    assert mail["Subject"] == "Your mail is not forwarded today"
    assert "stays in your mailbox" in mail.get_content()
    assert not may_answer(read(octets), "mailer-daemon@mx.demo.test")
