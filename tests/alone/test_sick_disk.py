"""The whole suite on a disk that is full or fails: refused, never lost.

TRUST C6, with M5 and M6.
"""

import contextlib
import os
import shutil
import smtplib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_ledger import Ledger
from fix_sink import Sink
from fix_suite import Account, MakeSuite, Suite
from mailmax.store.free_space import ASK_S

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]


def send(suite: Suite, ledger: Ledger, user: Account, octets: int = 3000) -> int:
    """Send one message; return the reply's code, and note a promise."""
    name, content = ledger.make(octets)
    with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=30) as smtp:
        try:
            smtp.sendmail("eve@elsewhere.test", [user.address], content)
        except smtplib.SMTPResponseException as refusal:
            return refusal.smtp_code
        except smtplib.SMTPRecipientsRefused as refusal:
            ((code, _),) = refusal.recipients.values()
            return code
    ledger.promise(name)
    return 250


def settled(suite: Suite, ledger: Ledger, user: Account, patience_s: float = 30.0):
    """Wait until all that was promised is there; return the verdict."""
    end = time.monotonic() + patience_s
    while True:
        with suite.imap(user) as client:
            _, (count,) = client.select("INBOX", readonly=True)
            mail = [
                client.fetch(str(number), "(BODY.PEEK[])")[1][0][1]
                for number in range(1, int(count) + 1)
            ]
        verdict = ledger.judge(mail)
        if not verdict.lost or time.monotonic() > end:
            return verdict
        time.sleep(0.2)


@contextlib.contextmanager
def failing(pid: int, rule: str) -> Iterator[None]:
    """Let system calls of a process fail, as strace's ``inject`` says."""
    if os.geteuid() != 0 or shutil.which("strace") is None:
        pytest.skip("failing system calls need root and strace (make system)")
    call = rule.partition(":")[0]
    with subprocess.Popen(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
         "-e", f"inject={rule}", "-p", str(pid)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as tracer:  # fmt: skip
        while "TracerPid:\t0" in Path(f"/proc/{pid}/status").read_text():
            if tracer.poll() is not None:
                pytest.skip("processes cannot be traced here")
            time.sleep(0.01)
        try:
            yield
        finally:
            tracer.terminate()


def test_a_journal_that_cannot_be_written_says_451_and_goes_on(
    make_suite: MakeSuite,
) -> None:
    suite, ledger = make_suite(), Ledger()
    tim = suite.users[0]

    with failing(suite.role_pid("smtpmax"), "pwritev2:error=EIO:when=2+5"):
        codes = [send(suite, ledger, tim) for _ in range(20)]
    codes_after = {send(suite, ledger, tim) for _ in range(5)}

    assert set(codes) == {250, 451}
    assert codes_after == {250}
    verdict = settled(suite, ledger, tim)
    assert verdict.is_clean, verdict
    assert verdict.extra == 0, "what was refused does not come"


def test_mailboxes_that_cannot_be_synced_are_filed_again(make_suite: MakeSuite) -> None:
    """TRUST D2: the filer ends, the next one recovers."""
    suite, ledger = make_suite(), Ledger()
    tim, filer = suite.users[0], suite.role_pid("filer")

    with failing(filer, "syncfs:error=EIO:when=1+"):
        assert {send(suite, ledger, tim) for _ in range(5)} == {250}
        suite.wait_back("filer", filer, patience_s=20)
    assert {send(suite, ledger, tim) for _ in range(5)} == {250}

    verdict = settled(suite, ledger, tim)
    assert verdict.is_clean, verdict
    assert "filing begins anew" in (suite.directory / "logs/filer.log").read_text()


@pytest.fixture
def small_suite(tmp_path: Path, sink: Sink) -> Iterator[Suite]:
    """Give a suite on a file system of its own, of 96 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    root = Path("/tmp") / f"mailmax-small-{os.getpid()}"
    root.mkdir(mode=0o755)
    mount = ["mount", "-t", "tmpfs", "-o", "size=96M,mode=755", "tmpfs", str(root)]
    try:
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("tmpfs cannot be mounted here")
        suite = Suite(root / "node", sink.port, 2)
        suite.set_up()
        suite.start()
        yield suite
        suite.stop()
    finally:
        subprocess.run(["umount", "-l", str(root)], check=False, capture_output=True)
        root.rmdir()


def test_a_full_disk_refuses_and_needs_nobody_when_there_is_room(
    small_suite: Suite,
) -> None:
    """TRUST D13."""
    suite, ledger = small_suite, Ledger()
    tim, ballast = suite.users[0], suite.directory / "ballast"
    assert send(suite, ledger, tim) == 250

    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(64 * 1024)):
            pass
    time.sleep(ASK_S + 0.2)
    refused = {send(suite, ledger, tim, octets) for octets in (3000, 400_000) * 3}
    assert settled(suite, ledger, tim).is_clean, "read while it is full"
    ballast.unlink()

    assert refused == {452}
    end = time.monotonic() + 20
    while send(suite, ledger, tim) != 250:
        assert time.monotonic() < end, "it refuses for ever"
        time.sleep(0.2)
    verdict = settled(suite, ledger, tim)
    assert verdict.is_clean, verdict
    assert verdict.extra == 0
