"""Housekeeping of the whole suite, by its commands: what an administrator sees."""

import imaplib
import json
import poplib
import random
import signal
import subprocess
import sys
import time

import pytest

from fix_suite import DOMAIN, Account, MakeSuite, Suite, run_mailmax
from waiting import wait_for

pytestmark = pytest.mark.system

BODY = b"Subject: %d days\r\n\r\n" + b"x" * 500 + b"\r\n"
OLD, NEW = (31, 45, 400), (1, 29)


def mailmax(suite: Suite, *words: str) -> str:
    return run_mailmax(*words, "--dir", str(suite.directory)).stdout


def asked(suite: Suite, *words: str) -> dict:
    return json.loads(mailmax(suite, *words, "--json"))


def append(suite: Suite, user: Account, *days: int, times: int = 1) -> None:
    with suite.imap(user) as client:
        for age in days * times:
            date = imaplib.Time2Internaldate(time.time() - age * 86_400)
            assert client.append("INBOX", None, date, BODY % age)[0] == "OK"


def ages(suite: Suite, user: Account) -> list[int]:
    with suite.imap(user) as client:
        client.select("INBOX", readonly=True)
        _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    subjects = [one[1] for one in found if isinstance(one, tuple)]
    return [int(subject.split()[1]) for subject in subjects]


def wait_for_run(suite: Suite) -> dict:
    end = time.monotonic() + 60
    while True:
        last = asked(suite, "housekeeping", "status")["last"]
        if last and last["state"] == "done":
            return last
        assert time.monotonic() < end, suite.last_words()


def is_running(suite: Suite) -> bool:
    last = asked(suite, "housekeeping", "status")["last"]
    return last is not None and last["state"] == "running"


@pytest.fixture
def kept(make_suite: MakeSuite) -> Suite:
    suite = make_suite(users=12)
    mailmax(suite, "config", "set", "housekeeping", "messages_by_age")
    mailmax(suite, "config", "set", "housekeeping_days", "30")
    return suite


@pytest.mark.manual("4.1")
def test_a_run_does_what_the_dry_run_said(kept: Suite) -> None:
    tim, eve, joe = kept.users[:3]
    append(kept, tim, *OLD, *NEW)
    append(kept, eve, *OLD)
    append(kept, joe, *OLD)
    mailmax(kept, "user", "set", eve.address, "housekeeping=disabled")
    joes = "housekeeping=users_by_age", "housekeeping_days=1"
    mailmax(kept, "user", "set", joe.address, *joes)

    dry = asked(kept, "housekeeping", "run", "--dry-run")
    would = mailmax(kept, "housekeeping", "list", "--json")
    assert sorted(ages(kept, tim)) == sorted((*OLD, *NEW))
    real = asked(kept, "housekeeping", "run")
    did = mailmax(kept, "housekeeping", "list", "--json")

    assert dry["totals"] == real["totals"]
    assert would == did
    assert real["totals"]["messages"] == len(OLD)
    assert sorted(ages(kept, tim)) == sorted(NEW)
    assert sorted(ages(kept, eve)) == sorted(OLD)
    words = mailmax(kept, "housekeeping", "status")
    assert "3 messages" in words
    assert "run 2: done" in (kept.directory / "logs/housekeeping.log").read_text()

    # The same once more, now that somebody deletes a user and a domain.
    gone = mailmax(kept, "user", "delete", joe.address, "--way", "archive")
    assert "does not" not in gone
    time.sleep(5.5)
    mailmax(kept, "housekeeping", "run")
    away = list((kept.directory / f"mail/.archive/{DOMAIN}").iterdir())
    assert len(away) == 1
    assert (away[0] / "mail.0001").stat().st_size > len(BODY) * len(OLD)


def test_killed_again_and_again_it_deletes_what_is_old_and_nothing_else(
    kept: Suite,
) -> None:
    for user in kept.users:
        append(kept, user, *OLD, *NEW, times=4)

    command = [sys.executable, "-m", "mailmax", "housekeeping", "run"]
    for _ in range(4):
        ran = subprocess.Popen(
            [*command, "--dir", str(kept.directory)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random.uniform(0.3, 0.9))
        dead = kept.kill("housekeeping")
        kept.wait_back("housekeeping", dead)
        ran.send_signal(signal.SIGINT)
        ran.wait(60)
    wait_for(lambda: not is_running(kept), 30)  # what was killed goes on by itself
    mailmax(kept, "housekeeping", "run")
    wait_for_run(kept)

    for user in kept.users:
        assert sorted(ages(kept, user)) == sorted(NEW * 4)


@pytest.mark.manual("12")
def test_an_inbox_that_a_ghost_has_locked_is_unlocked(suite: Suite, tim: Account):
    ghost = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=10)
    ghost.user(tim.address)
    ghost.pass_(tim.password)
    with suite.imap(tim) as client:
        held = mailmax(suite, "user", "unlock", tim.address, "--only-show")
        freed = asked(suite, "user", "unlock", tim.address)

        assert "locked by POP3 from 127.0.0.1 since" in held
        assert freed["state"] == "freed"
        assert freed["pid"] == suite.role_pid("popmax")
        assert client.select("INBOX")[0] == "OK"
    again = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=10)
    again.user(tim.address)
    assert again.pass_(tim.password).startswith(b"+OK")
    again.quit()
    assert "not locked" in mailmax(suite, "user", "unlock", tim.address)
    ghost.close()
