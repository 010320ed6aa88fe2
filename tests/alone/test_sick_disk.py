"""The whole suite on a disk that is full, fails or hangs: refused, never lost.

TRUST C6, with M5 and M6. A disk that hangs says nothing, not even that it fails: a
file system that is frozen (fsfreeze) does the same to who writes there.
"""

import contextlib
import json
import os
import shutil
import signal
import smtplib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_clamd import with_attachment
from fix_ledger import Ledger
from fix_power import LoopDisk
from fix_sink import Sink
from fix_suite import Account, MakeSuite, Suite, run_mailmax
from mailmax.store.free_space import ASK_S
from waiting import wait_for

pytestmark = pytest.mark.system


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
    assert settled(suite, ledger, tim).is_clean  # there is something to be read

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


class Scanning:
    """A suite whose quarantine and working directory are on a disk of their own."""

    def __init__(self, suite: Suite, disk: Path) -> None:
        self.suite = suite
        self.disk = disk
        self.tim, self.ann = suite.users[:2]

    def ask(self, *words: str):
        done = run_mailmax(*words, "--json", "--dir", str(self.suite.directory))
        return json.loads(done.stdout)

    def set(self, key: str, value: str) -> None:
        self.ask("config", "set", key, value)

    def trouble(self, role: str) -> str:
        rows = self.ask("status")["services"]
        return next(one["trouble"] for one in rows if one["role"] == role)

    def kept(self) -> list[str]:
        return [one["recipients"][0] for one in self.ask("quarantine", "list")["rows"]]

    def waiting(self) -> list[dict]:
        return self.ask("queue", "list")["rows"]

    def mails(self, user: Account) -> int:
        with self.suite.imap(user) as client:
            return int(client.select("INBOX", readonly=True)[1][0])

    def send(self, user: Account, content: bytes) -> int:
        """Return the code that the content is answered with."""
        with smtplib.SMTP("127.0.0.1", self.suite.port("smtp"), timeout=60) as smtp:
            smtp.ehlo()
            smtp.mail("eve@far.test")
            smtp.rcpt(user.address)
            return smtp.data(content)[0]

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let everything that writes there wait, and nothing fail."""
        subprocess.run(["fsfreeze", "-f", str(self.disk)], check=True)
        try:
            yield
        finally:
            subprocess.run(["fsfreeze", "-u", str(self.disk)], check=True)


@pytest.fixture
def scanning(loop_disk: LoopDisk, tmp_path: Path, sink: Sink) -> Iterator[Scanning]:
    if shutil.which("fsfreeze") is None:
        pytest.skip("hanging disks need fsfreeze")
    suite = Suite(tmp_path / "node", sink.port, 2)
    suite.set_up()
    with (suite.directory / "mailmax.toml").open("a") as toml:
        toml.write("[directories]\n")
        for name in ("quarantine", "working"):
            toml.write(f'{name} = "{loop_disk.root / name}"\n')
            (loop_disk.root / name).mkdir(0o700)
    suite.start()
    found = Scanning(suite, loop_disk.root)
    found.set("external_command", '/bin/sh -c "grep -rl evil %d | xargs -r rm"')
    found.set("external_check", "on")
    yield found
    suite.stop()


EVIL = with_attachment(body=b"evil")
FINE = with_attachment(body=b"fine")
PLAIN = b"Subject: plain\r\n\r\nno file in it\r\n"


def test_a_disk_of_the_scanners_that_hangs_holds_up_no_other_mail(
    scanning: Scanning,
) -> None:
    """TRUST M6, J4: the rest flows, it is told, and when it is back all goes on."""
    suite, tim, ann = scanning.suite, scanning.tim, scanning.ann
    filer = suite.role_pid("filer")
    assert scanning.send(tim, EVIL) == scanning.send(tim, FINE) == 250
    wait_for(lambda: len(scanning.kept()) == scanning.mails(tim) == 1)

    os.kill(filer, signal.SIGSTOP)  # all of it is to meet the disk that hangs
    assert {scanning.send(tim, EVIL) for _ in range(5)} == {250}
    with scanning.frozen():
        os.kill(filer, signal.SIGCONT)
        assert {scanning.send(ann, PLAIN) for _ in range(20)} == {250}
        wait_for(lambda: scanning.mails(ann) == 20, 20)
        # The first may have been kept and not be synced yet: then it waits as well.
        wait_for(lambda: len(scanning.waiting()) in {5, 6}, 20)
        assert scanning.trouble("filer") == "the quarantine does not answer"
        begin = time.monotonic()
        assert {scanning.send(ann, FINE) for _ in range(3)} == {451}
        assert time.monotonic() - begin < 20, "each waited for the disk"
        wait_for(lambda: "does not answer" in scanning.trouble("smtpmax"), 20)
        assert scanning.send(ann, PLAIN) == 250
        wait_for(lambda: scanning.mails(ann) == 21, 20)

    wait_for(lambda: not scanning.trouble("filer"), 20)
    assert scanning.send(ann, FINE) == 250
    wait_for(lambda: not scanning.trouble("smtpmax"), 20)
    scanning.ask("queue", "retry", "--recipient", tim.address)
    wait_for(lambda: not scanning.waiting(), 20)
    wait_for(lambda: scanning.mails(ann) == 22, 20)
    assert scanning.kept() == [tim.address] * 6
    assert scanning.mails(tim) == 1
    assert suite.role_pid("filer") == filer
