"""The LMTP client's machine: LHLO, and an answer for each recipient (RFC 2033)."""

import pytest

from mailmax.wire.machine import NotNow
from mailmax.wire.smtp.client import Replied, Verb
from mailmax.wire.smtp.lmtp_client import LmtpClient


def events(machine):
    found = []
    while not isinstance(event := machine.next_event(), NotNow):
        found.append(event)
    return found


@pytest.fixture
def machine():
    machine = LmtpClient()
    machine.receive(b"220 box.test LMTP\r\n")
    events(machine)
    machine.ehlo("us.test")
    assert machine.take_output() == b"LHLO us.test\r\n"
    machine.receive(b"250-box.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n")
    events(machine)
    return machine


def send(machine, *replies):
    """Send to as many recipients as there are replies to RCPT."""
    machine.mail("me@here.test")
    for number, _ in enumerate(replies):
        machine.rcpt(f"r{number}@x.test")
    machine.data()
    machine.receive(b"250 ok\r\n" + b"".join(replies) + b"354 go\r\n")
    events(machine)
    machine.message(b"hello\r\n")


def test_chunking_is_not_heard(machine):
    assert "PIPELINING" in machine.offers
    assert "CHUNKING" not in machine.offers


def test_only_who_was_accepted_has_an_answer(machine):
    for _ in range(2):  # the count begins anew with each message
        send(machine, b"250 ok\r\n", b"550 no\r\n", b"250 ok\r\n")
        assert machine.answers_owed == 2

        machine.receive(b"250 one\r\n452 other\r\n")

        answers = [event for event in events(machine) if isinstance(event, Replied)]
        assert [(one.verb, one.reply.code) for one in answers] == [
            (Verb.CONTENT, 250),
            (Verb.CONTENT, 452),
        ]
        assert machine.answers_owed == 0


def test_a_354_for_nobody_is_answered_once_at_most(machine):
    send(machine, b"550 no\r\n")

    assert machine.answers_owed == 1
