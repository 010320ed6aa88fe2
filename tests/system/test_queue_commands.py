"""The queue steered by its commands, over the running services."""

import json
import smtplib
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from fix_sink import Sink
from fix_suite import Account, Suite, run_mailmax

pytestmark = pytest.mark.system


@pytest.fixture
def refusing(sink: Sink):
    """Let the sink answer every recipient with a reply; with an empty one take it."""

    def refuse(reply: bytes) -> None:
        sink.refusal = reply

    yield refuse
    sink.refusal = b""


def submit(suite: Suite, sender: Account, recipient: str) -> None:
    port = suite.port("submission")
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
        smtp.starttls(context=suite.tls())
        smtp.login(sender.address, sender.password)
        smtp.sendmail(sender.address, [recipient], b"Subject: x\r\n\r\nbody\r\n")


def ask(suite: Suite, *words: str) -> Any:
    directory = ("--dir", str(suite.directory), "--json")
    return json.loads(run_mailmax("queue", *words, *directory).stdout)


def wait_for(look: Callable[[], Any], patience_s: float = 20.0) -> Any:
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    return pytest.fail("it did not come to that")


def test_held_mail_stays_held_when_queuemax_is_killed(
    suite: Suite, tim: Account, refusing
) -> None:
    refusing(b"451 4.2.0 later\r\n")
    domain = f"d{uuid.uuid4().hex}.test"

    def rows() -> list[dict[str, Any]]:
        return ask(suite, "list", "--destination", domain)["rows"]

    submit(suite, tim, f"a@{domain}")
    wait_for(lambda: [row for row in rows() if row["tries"]])

    assert ask(suite, "hold", "--destination", domain)["recipients"] == 1
    dead = suite.kill("queuemax")
    suite.wait_back("queuemax", dead)
    suite.wait_ready()
    [row] = wait_for(rows)
    assert row["state"] == "held"

    refusing(b"")
    assert ask(suite, "release", "--destination", domain)["recipients"] == 1
    wait_for(lambda: not rows())
    log = (suite.directory / "logs" / "queuemax.log").read_text()
    assert "hold by " in log
    assert f"1 recipient of 1 message (destination {domain})" in log


def test_dead_mail_is_shown_and_sent_again(
    suite: Suite, tim: Account, refusing
) -> None:
    refusing(b"550 5.1.1 nobody here\r\n")
    address = f"u{uuid.uuid4().hex}@faraway.test"
    submit(suite, tim, address)

    def dead() -> list[dict[str, Any]]:
        return ask(suite, "dead", "list", "--recipient", address)["rows"]

    [row] = wait_for(dead)
    assert row["last_reply"] == "550 5.1.1 nobody here"
    shown = ask(suite, "dead", "show", row["dead_id"])
    assert shown["reverse_path"] == tim.address
    raw = run_mailmax(
        *("queue", "dead", "show", row["dead_id"], "--raw"),
        *("--dir", str(suite.directory)),
    )
    assert raw.stdout.endswith("Subject: x\r\n\r\nbody\r\n")

    refusing(b"")
    assert ask(suite, "dead", "resend", row["dead_id"])["messages"] == 1
    assert not dead()
    wait_for(lambda: not ask(suite, "list", "--recipient", address)["rows"])
