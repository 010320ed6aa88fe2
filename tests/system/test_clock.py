"""The clock of the computer jumps while everything runs (TRUST M9).

The whole suite runs behind libfaketime, whose offset a test writes into a file; what
the kernel says of time that passed (CLOCK_MONOTONIC) goes on as it is. That a jump
brings one retry early and not the end is shown beside it, with a clock that is passed
in: `test_queuemax.py`; what Housekeeping makes of it: `test_housekeeping.py`.
CI tries three jumps, ``MAILMAX_CLOCK_FULL=1`` all.
"""

import email.utils  # noqa: TID251 - tests may
import json
import os
import re
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_battered import pids
from fix_sink import Sink
from fix_suite import Account, MakeSuite, Suite, run_mailmax
from login_ways import Wire
from waiting import wait_for

pytestmark = pytest.mark.system

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
DAY_S = 86_400
JUMPS = {
    "an hour on": ("+3600", 3600),
    "an hour back": ("-3600", -3600),
    "thirty days on": (f"+{30 * DAY_S}", 30 * DAY_S),
    "thirty days back": (f"-{30 * DAY_S}", -30 * DAY_S),
    "ten years on": (f"+{3650 * DAY_S}", 3650 * DAY_S),
    "a year back": (f"-{365 * DAY_S}", -365 * DAY_S),
}
BELIEVED_S = DAY_S
IS_FULL = bool(os.environ.get("MAILMAX_CLOCK_FULL"))
TRIED = list(JUMPS) if IS_FULL else ["an hour back", "ten years on", "a year back"]


class Clock:
    """The clock of a suite."""

    def __init__(self, suite: Suite, file: Path) -> None:
        self.suite = suite
        self._file = file

    def jump(self, offset: str) -> None:
        self._file.write_text(f"{offset}\n")

    def shown(self, user: Account) -> float:
        """Send a message; return by how much its trace is off."""
        mark = uuid.uuid4().hex
        text = f"Subject: {mark}\r\n\r\n".encode()
        self.suite.send("eve@elsewhere.test", user.address, text)
        found = self.suite.wait_for(user, mark).decode()
        moment = re.search(r"Received:.*?;\s+([^\r]+)\r", found, re.DOTALL)[1]
        return email.utils.parsedate_to_datetime(moment).timestamp() - time.time()


@pytest.fixture
def clock(_suites: MakeSuite) -> Iterator[Clock]:
    """Give the clock of a suite of its own; it is right yet."""
    if not Path(LIBRARY).exists():
        pytest.skip("faketime is not installed (make system)")
    file = Path(tempfile.mkdtemp(prefix="mailmax-clock-", dir="/tmp")) / "offset"
    file.parent.chmod(0o755)  # the roles may run as another user
    file.write_text("+0\n")
    launcher = (
        "env", f"LD_PRELOAD={LIBRARY}", f"FAKETIME_TIMESTAMP_FILE={file}",
        "FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "NO_FAKE_STAT=1",
    )  # fmt: skip
    suite = _suites(users=2, launcher=launcher)
    yield Clock(suite, file)
    suite.stop()
    shutil.rmtree(file.parent)


def mailmax(suite: Suite, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "mailmax", *words, "--dir", str(suite.directory)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def runs(suite: Suite) -> int:
    """Ask for housekeeping; return the exit code: 4 where it does not believe.

    Each process sees a jump within a second.
    """
    return mailmax(suite, "housekeeping", "run").returncode


def submit(suite: Suite, sender: Account, recipient: str) -> None:
    port = suite.port("submission")
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
        smtp.login(sender.address, sender.password)
        text = f"Subject: {recipient}\r\n\r\n{recipient}\r\n"
        smtp.sendmail(sender.address, [recipient], text.encode())


def waiting(suite: Suite, recipient: str) -> list[dict]:
    shown = run_mailmax("queue", "list", "--json", "--dir", str(suite.directory))
    rows = json.loads(shown.stdout)["rows"]
    return [row for row in rows if row["recipient"] == recipient and row["tries"]]


@pytest.fixture
def deferred(clock: Clock, sink: Sink) -> str:
    """Give the recipient of a message that waits to be tried again."""
    recipient = f"w{uuid.uuid4().hex}@faraway.test"
    sink.refused[recipient] = b"451 4.2.0 later\r\n"
    submit(clock.suite, clock.suite.users[0], recipient)
    wait_for(lambda: waiting(clock.suite, recipient))
    return recipient


def test_m9_the_clock_jumps_and_nothing_ends_or_stops(
    clock: Clock, deferred: str, sink: Sink
) -> None:
    """TRUST M9: sessions, what waits, what is fresh, and what is old."""
    suite, sender, keeper = clock.suite, *clock.suite.users
    mailmax(suite, "user", "set", keeper.address, "housekeeping=messages_by_age")
    before = pids(suite)
    with suite.imap(keeper) as imap, Wire(suite, "pop3") as pop:
        imap.append("INBOX", None, None, b"Subject: kept\r\n\r\n")
        imap.select("INBOX")
        pop.ask(f"USER {sender.address}".encode())
        assert pop.ask(f"PASS {sender.password}".encode()).startswith(b"+OK")
        for offset, off_s, what in ((*JUMPS[what], what) for what in TRIED):
            clock.jump(offset)
            wait_for(
                lambda off_s=off_s: abs(clock.shown(keeper) - off_s) < 100,
            )
            fresh = f"f{uuid.uuid4().hex}@faraway.test"
            submit(suite, sender, fresh)
            sink.wait_for(fresh.encode())
            assert len(waiting(suite, deferred)) == 1, what
            believed = abs(off_s) < BELIEVED_S
            wait_for(lambda code=0 if believed else 4: runs(suite) == code)
            assert imap.noop()[0] == "OK", what
            assert pop.ask(b"NOOP").startswith(b"+OK"), what
        _, (kept,) = imap.search(None, "SUBJECT", "kept")

    assert kept, "Housekeeping has deleted by a clock that jumped"
    assert pids(suite) == before
    with suite.imap(sender) as client:
        client.select("INBOX", readonly=True)
        assert client.search(None, "SUBJECT", "undelivered")[1] == [b""]
    clock.jump("+0")
    wait_for(lambda: abs(clock.shown(keeper)) < 100)
    wait_for(lambda: runs(suite) == 0)
