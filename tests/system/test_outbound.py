"""Mail to the outside that does not arrive: reports to local senders, the list."""

import json
import smtplib
import time
import uuid

import pytest

from fix_sink import Sink
from fix_suite import Account, Suite, run_mailmax

pytestmark = pytest.mark.system


def submit(suite: Suite, sender: Account, recipient: str, text: str) -> None:
    port = suite.port("submission")
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
        smtp.starttls(context=suite.tls())
        smtp.login(sender.address, sender.password)
        content = f"Subject: {text}\r\n\r\nbody\r\n".encode()
        smtp.sendmail(sender.address, [recipient], content)


@pytest.fixture
def refusing(sink: Sink):
    """Let the sink refuse every recipient with a reply."""

    def refuse(reply: bytes) -> None:
        sink.refusal = reply

    yield refuse
    sink.refusal = b""


def test_a_refused_message_comes_back_to_its_sender(
    suite: Suite, tim: Account, refusing
) -> None:
    refusing(b"550 5.1.1 nobody here\r\n")
    mark = f"mark{uuid.uuid4().hex}"
    submit(suite, tim, "nobody@faraway.test", mark)

    report = suite.wait_for(tim, mark)
    assert b"Return-Path: <>" in report
    assert b"Final-Recipient: rfc822; nobody@faraway.test" in report
    assert b"Status: 5.1.1" in report


def test_mail_that_waits_is_listed(suite: Suite, tim: Account, refusing) -> None:
    refusing(b"451 4.2.0 later\r\n")
    address = f"u{uuid.uuid4().hex}@faraway.test"
    submit(suite, tim, address, "waiting")

    end = time.monotonic() + 60
    while time.monotonic() < end:
        done = run_mailmax("queue", "list", "--dir", str(suite.directory), "--json")
        rows = [r for r in json.loads(done.stdout)["rows"] if r["recipient"] == address]
        if rows and rows[0]["tries"]:
            break
        time.sleep(0.1)
    assert rows[0]["state"] == "retry"
    assert rows[0]["last_reply"] == "451 4.2.0 later"
    assert tim.address == rows[0]["reverse_path"]
