"""A domain moves to another disk, while mail comes and Housekeeping is killed."""

import contextlib
import itertools
import json
import random
import shutil
import smtplib
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from fix_suite import DOMAIN, MakeSuite, Suite, run_mailmax

pytestmark = pytest.mark.system


@pytest.fixture
def disk() -> Iterator[Path]:
    """A place on another file system, where there is one."""
    place = Path(tempfile.mkdtemp(dir="/dev/shm"))
    place.chmod(0o777)  # the services may run as another user
    yield place / "mail"
    shutil.rmtree(place)


class Senders:
    """Keeps on sending; knows what was accepted."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._stop = threading.Event()
        self.accepted: dict[str, list[int]] = {one.address: [] for one in suite.users}
        self.put_off = 0
        self._threads = [
            threading.Thread(target=self._send, args=(number,)) for number in range(3)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self, number: int) -> None:
        for count in itertools.count(number, 3):
            if self._stop.is_set():
                return
            address = self._suite.users[count % len(self._suite.users)].address
            body = b"Subject: %d\r\n\r\nbody\r\n" % count
            try:
                self._suite.send("a@far.test", address, body)
            except (smtplib.SMTPException, OSError):
                self.put_off += 1
                time.sleep(0.05)
            else:
                self.accepted[address].append(count)
                time.sleep(0.01)


def mailmax(suite: Suite, *words: str) -> str:
    return run_mailmax(*words, "--dir", str(suite.directory)).stdout


def subjects(suite: Suite, number: int) -> list[int]:
    with suite.imap(suite.users[number]) as client:
        client.select("INBOX", readonly=True)
        _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    return sorted(int(one[1].split()[1]) for one in found if isinstance(one, tuple))


def homes(suite: Suite) -> set[str]:
    return {
        row["home"]
        for row in json.loads(mailmax(suite, "user", "list", "--json"))["rows"]
    }


def wait_until_moved(suite: Suite, disk: Path) -> None:
    end = time.monotonic() + 60
    while not all(home.startswith(f"{disk}/") for home in homes(suite)):
        assert time.monotonic() < end, suite.last_words()
        time.sleep(0.2)


@pytest.mark.manual("6.1")
def test_nothing_that_was_accepted_is_lost(make_suite: MakeSuite, disk: Path) -> None:
    suite = make_suite(users=5)
    mailmax(suite, "config", "set", "retry_minutes", "1")
    with Senders(suite) as senders:
        time.sleep(1.0)
        mailmax(suite, "domain", "set", DOMAIN, f"mail_root={disk}")
        for _ in range(4):
            with contextlib.suppress(pytest.fail.Exception):
                mailmax(suite, "housekeeping", "run", "--dry-run")
            dead = suite.kill("housekeeping")
            suite.wait_back("housekeeping", dead)
            time.sleep(random.uniform(0.0, 3.0))
        wait_until_moved(suite, disk)
        time.sleep(1.0)
    assert senders.put_off > 0, "the domain never paused"

    end = time.monotonic() + 90
    while True:
        found = [subjects(suite, number) for number in range(5)]
        wanted = [sorted(senders.accepted[one.address]) for one in suite.users]
        if found == wanted or time.monotonic() > end:
            break
        time.sleep(1.0)
    assert found == wanted
    assert sum(map(len, wanted)) > 50
