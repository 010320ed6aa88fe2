"""We are the backup of a domain whose primary is away, then back (DOM-11, QUE-3).

Theory:
    Two computers (network namespaces), for an exchanger may not be loopback. Ours is
    MX 20 of the domain, the primary is MX 10 on the other one; a name server on ours
    says so. The suite runs behind libfaketime: what is due is due sooner for who
    starts anew after the clock was put on. With ``MAILMAX_BACKUP_PATIENTLY=1`` nobody
    touches the clock, and the retry interval, a minute, is waited for.
"""

import contextlib
import json
import os
import shutil
import smtplib
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fix_computers import WHY_NOT, Computer
from fix_dns import DnsServer
from fix_sink import Sink
from fix_suite import MakeSuite, Suite, run_mailmax
from waiting import wait_for

PATIENTLY = bool(os.environ.get("MAILMAX_BACKUP_PATIENTLY"))
LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
DOMAIN = "saved.test"
MINUTE_S = 60.0

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
    pytest.mark.skipif(
        not (PATIENTLY or LIBRARY.exists()),
        reason="faketime is not installed (make system)",
    ),
]


class Backup:
    """Our suite on its computer, and the clock that it sees."""

    def __init__(self, suite: Suite, here: Computer, clock: Path) -> None:
        self.suite = suite
        self.here = here
        self._clock = clock

    def type(self, *words: str) -> str:
        return run_mailmax(*words, "--dir", str(self.suite.directory)).stdout

    def waiting(self, recipient: str) -> dict | None:
        """Return what the queue says of a recipient that was tried and waits."""
        rows = json.loads(self.type("queue", "list", "--json"))["rows"]
        found = [row for row in rows if row["recipient"] == recipient]
        return next((row for row in found if row["state"] != "trying"), None)

    def wait_for_a_try(self, recipient: str) -> dict:
        wait_for(lambda: (self.waiting(recipient) or {"tries": 0})["tries"], 20)
        return self.waiting(recipient)

    def let_the_interval_pass(self) -> None:
        """Put the clock on, and start QueueMax again; or just wait."""
        if PATIENTLY:
            time.sleep(1.2 * MINUTE_S)
            return
        self._clock.write_text("+120\n")
        self.suite.wait_back("queuemax", self.suite.kill("queuemax"))


@pytest.fixture
def dns_server_here(two_computers: tuple[Computer, Computer]) -> Iterator[DnsServer]:
    """Give a name server on our computer."""
    here, there = two_computers
    with here.inside():
        server = DnsServer()
    server.put(DOMAIN, "MX", f"10 primary.{DOMAIN}.", f"20 backup.{DOMAIN}.")
    server.put(f"primary.{DOMAIN}", "A", there.address)
    server.put(f"backup.{DOMAIN}", "A", here.address)
    yield server
    with here.inside():
        server.close()


@pytest.fixture
def backup(
    _suites: MakeSuite,
    two_computers: tuple[Computer, Computer],
    dns_server_here: DnsServer,
) -> Iterator[Backup]:
    """Give a suite that is the backup of the domain; the primary is away."""
    here, _ = two_computers
    root = Path(tempfile.mkdtemp(prefix="mailmax-backup-", dir="/tmp"))
    root.chmod(0o755)  # the roles may run as another user
    clock = root / "offset"
    clock.write_text("+0\n")
    launcher = here.launcher
    if not PATIENTLY:
        launcher += (
            "env", f"LD_PRELOAD={LIBRARY}", f"FAKETIME_TIMESTAMP_FILE={clock}",
            "FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1",
            "NO_FAKE_STAT=1",
        )  # fmt: skip
    address = "{}:{}".format(*dns_server_here.address)
    suite = _suites(users=2, launcher=launcher, ip="*", name_servers=[address])
    found = Backup(suite, here, clock)
    for key, value in {
        "smart_host_on": "off",
        "retry_minutes": "1",
        "retries": "0",
        "resend_hours": "1",
    }.items():
        found.type("config", "set", key, value)
    wishes = ("kind=backup", "priority=50", "recipient_check=on")
    found.type("domain", "add", DOMAIN, *(f"--set={one}" for one in wishes))
    yield found
    suite.stop()
    shutil.rmtree(root)


@pytest.fixture
def primary(two_computers: tuple[Computer, Computer]) -> Iterator[Callable[[], Sink]]:
    """Give a function that lets the primary come up."""
    _, there = two_computers
    with contextlib.ExitStack() as undo:

        def come_up() -> Sink:
            with there.inside():
                sink = Sink(there.address, 25)
            undo.callback(sink.close)
            return sink

        yield come_up


def test_mail_is_kept_while_the_primary_is_away_and_delivered_when_it_is_back(
    backup: Backup,
    two_computers: tuple[Computer, Computer],
    primary: Callable[[], Sink],
) -> None:
    """DOM-11, DECISIONS 19: at each retry interval; to a better exchanger alone."""
    here, there = two_computers
    marks = {f"{uuid.uuid4().hex}@{DOMAIN}": uuid.uuid4().hex for _ in range(3)}
    *others, last = marks
    with there.inside():
        smtp = smtplib.SMTP(here.address, backup.suite.port("smtp"), timeout=20)
    with smtp:
        smtp.ehlo("elsewhere.test")
        for recipient in others:
            content = f"Subject: {marks[recipient]}\r\n\r\nhello\r\n".encode()
            assert smtp.sendmail("eve@elsewhere.test", [recipient], content) == {}

        for recipient in others:
            row = backup.wait_for_a_try(recipient)
            wait_s = row["next_try_at"] - time.time()
            assert 0 < wait_s <= 1.1 * MINUTE_S  # not the hour of other mail
        backup.type("queue", "retry", "--all")
        wait_for(lambda: backup.waiting(others[0])["tries"] > row["tries"], 20)
        assert backup.wait_for_a_try(others[0])["next_try_at"] > time.time()

        sink = primary()
        backup.let_the_interval_pass()
        for recipient in others:
            taken = sink.wait_for(marks[recipient].encode(), 30)
            assert (taken.reverse_path, taken.recipients) == (
                "eve@elsewhere.test", [recipient],
            )  # fmt: skip
        sink.refused[f"nobody@{DOMAIN}"] = b"550 5.1.1 nobody\r\n"
        smtp.mail("eve@elsewhere.test")
        assert smtp.rcpt(f"nobody@{DOMAIN}")[0] == 550
        smtp.rset()
        content = f"Subject: {marks[last]}\r\n\r\nhello\r\n".encode()
        assert smtp.sendmail("eve@elsewhere.test", [last], content) == {}

    assert sink.wait_for(marks[last].encode()).recipients == [last]
    wait_for(lambda: not json.loads(backup.type("queue", "list", "--json"))["rows"])
    for mark in marks.values():
        assert len([one for one in sink.messages if mark.encode() in one.content]) == 1
