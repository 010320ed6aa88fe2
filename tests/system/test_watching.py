"""Watching the running services: activity, logins, traces (HUB-7, ACT-1, SPY-1, SPY-2).

Theory:
    The watchers are processes of ``mailmax spy``, as an operator starts them. Lines
    are waited for by what the test itself does, under a name that nobody else has.
"""

import base64
import contextlib
import json
import poplib
import queue
import secrets
import smtplib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from fix_suite import Account, Suite, run_mailmax
from waiting import wait_for

pytestmark = pytest.mark.system

PATIENCE_S = 60.0


class Watcher:
    """One ``mailmax spy … --json``, and what it has printed."""

    def __init__(self, suite: Suite, *words: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mailmax", "spy", *words, "--json"),
                *("--dir", str(suite.directory)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.told: list[dict] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def until(self, true: Callable[[dict], bool]) -> dict:
        """Return the first line that fits; what comes before it is kept in `told`."""
        while True:
            line = json.loads(self._lines.get(timeout=PATIENCE_S))
            self.told.append(line)
            if true(line):
                return line

    def text(self, *words: str) -> str:
        """Wait for a line with all of these words; return its text."""
        line = self.until(lambda o: all(word in o.get("text", "") for word in words))
        return line["text"]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._thread.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def spy(suite: Suite) -> Iterator[Callable[..., Watcher]]:
    """Give a function that begins to watch, and returns when that acts."""
    begun: list[Watcher] = []

    def begin(*words: str, knock: Callable[[], object], word: str) -> Watcher:
        watcher = Watcher(suite, *words)
        begun.append(watcher)
        for _ in range(100):
            knock()
            with contextlib.suppress(queue.Empty):
                while True:
                    line = watcher._lines.get(timeout=0.1)
                    if word in line:
                        return watcher
        pytest.fail("nothing is seen")

    yield begin
    for watcher in begun:
        watcher.close()


def knock_pop(suite: Suite) -> None:
    poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=10).quit()


def test_spy_2_a_pop_session_is_seen_whole_and_its_password_is_not(
    suite: Suite, spy: Callable[..., Watcher], tim: Account
) -> None:
    suite.send("eve@there.test", tim.address, b"Subject: seen\r\n\r\nhello\r\n")
    suite.wait_for(tim, "seen")
    events = "connections,commands,errors,logins,statistics,transfers"
    words = ("trace", "popmax", "--events", events)
    watcher = spy(*words, knock=lambda: knock_pop(suite), word="connected")
    wrong = secrets.token_hex(8)

    client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=10)
    client.user(tim.address)
    with pytest.raises(poplib.error_proto):
        client.pass_(wrong)
    client.user(tim.address)
    client.pass_(tim.password)
    client.retr(1)
    client.quit()

    watcher.text("failed to log in", tim.address)
    watcher.text("logged in", tim.address)
    watcher.text("message 1 sent to", tim.address)
    watcher.text(tim.address, "fetched 1 message")
    everything = json.dumps(watcher.told)
    assert "RETR 1" in everything
    assert tim.password not in everything
    assert wrong not in everything
    sessions = {o["session"] for o in watcher.told if o.get("user") == tim.address}
    assert len(sessions) == 1


def test_spy_2_imap_and_smtp_are_seen_by_user_and_by_address(
    suite: Suite, spy: Callable[..., Watcher], tim: Account, anna: Account
) -> None:
    """Side by side: each sees what it chose and no more."""
    words = ("trace", "imap", "--events", "commands,transfers", "--user", tim.address)
    imap = spy(*words, knock=lambda: suite.imap(tim).logout(), word="> ")
    words = ("trace", "smtp", "--events", "mail,errors", "--address", "127.0.0.0/8")
    smtp = spy(
        *words,
        knock=lambda: suite.send("a@there.test", anna.address, b"Subject: x\r\n\r\n"),
        word="mail ",
    )

    for user in (anna, tim):
        client = suite.imap(user)
        client.append("INBOX", None, None, b"Subject: appended\r\n\r\nhello\r\n")
        client.logout()
    with smtplib.SMTP("127.0.0.1", suite.port("submission"), timeout=10) as client:
        client.ehlo()
        login = f"\0{tim.address}\0{tim.password}".encode()
        code, _ = client.docmd("AUTH", f"PLAIN {base64.b64encode(login).decode()}")
        assert code == 235
        client.sendmail(tim.address, [anna.address], b"Subject: hi\r\n\r\nhello\r\n")

    assert tim.address in imap.text("message from", "into INBOX")
    assert anna.address in smtp.text(f"from <{tim.address}>")
    seen = [o for o in imap.told if "text" in o]
    assert {o["user"] for o in seen} == {tim.address}
    assert {o["event"] for o in smtp.told} <= {"MailReceived", "ReplySaid"}
    everything = json.dumps([*imap.told, *smtp.told])
    assert tim.password not in everything
    assert base64.b64encode(login).decode() not in everything


def test_spy_2_what_the_queue_says_to_another_server_is_seen(
    suite: Suite, spy: Callable[..., Watcher], tim: Account
) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", suite.port("submission"), timeout=10) as client:
            client.login(tim.address, tim.password)
            client.sendmail(
                tim.address, ["bob@far.test"], b"Subject: out\r\n\r\nhi\r\n"
            )

    words = ("trace", "queue", "--events", "connections,conversation")

    watcher = spy(*words, knock=send, word="RCPT TO:<bob@far.test>")
    send()

    watcher.text("< MAIL FROM", tim.address)
    watcher.text("< RCPT TO:<bob@far.test>")


def test_spy_1_logins_are_tracked_live_and_in_total(
    suite: Suite, spy: Callable[..., Watcher], tim: Account
) -> None:
    before = totals(suite)
    knock = lambda: suite.imap(tim).logout()  # noqa: E731
    watcher = spy("logins", "--follow", knock=knock, word="logged in")

    with pytest.raises(suite.imap_error):
        suite.imap(Account(tim.address, "wrong"))
    suite.imap(tim).logout()

    watcher.text("failed to log in", tim.address)
    watcher.text("logged in as", tim.address)
    for name, times in (("logins", 2), ("failed", 1), ("connections", 3)):
        wait_for(lambda k=name, n=times: totals(suite)[k] >= before[k] + n)


def totals(suite: Suite) -> dict[str, int]:
    told = run_mailmax("spy", "logins", "--json", "--dir", str(suite.directory))
    [imap] = [o for o in json.loads(told.stdout)["rows"] if o["service"] == "imapmax"]
    return imap


def activity(suite: Suite, service: str) -> dict[str, int]:
    words = ("activity", service, "--json", "--dir", str(suite.directory))
    [found] = json.loads(run_mailmax(*words).stdout)["activity"]
    return {name: sum(values) for name, values in found["series"].items()}


def test_hub_7_what_services_do_is_in_the_activity_of_the_hour(
    suite: Suite, tim: Account
) -> None:
    before = {name: activity(suite, name) for name in ("smtp", "imap", "queue")}

    content = b"Subject: counted\r\n\r\n" + b"x" * 900 + b"\r\n"
    suite.send("eve@there.test", tim.address, content)
    suite.wait_for(tim, "counted")
    with pytest.raises(suite.imap_error):
        suite.imap(Account(tim.address, "wrong"))
    with smtplib.SMTP("127.0.0.1", suite.port("submission"), timeout=10) as client:
        client.login(tim.address, tim.password)
        client.sendmail(tim.address, ["bob@far.test"], content)

    def grown(service: str, measure: str) -> int:
        return activity(suite, service)[measure] - before[service][measure]

    wait_for(lambda: grown("smtp", "messages_in") >= 2)
    wait_for(lambda: grown("imap", "failed_logins") >= 1)
    wait_for(lambda: grown("queue", "messages_out") >= 1)
    wait_for(lambda: grown("smtp", "octets_in") >= 2 * len(content))
    wait_for(lambda: grown("imap", "octets_out") >= len(content))
    wait_for(lambda: grown("imap", "connections") >= 2)
