"""The accounts database is locked, hangs, is read-only or too new (TRUST M7).

Mail for users who are known goes on; a login hears "later" in time, never "wrong", and
works again some seconds after the database does. Stopped and killed under load:
`test_postgres_suite.py` and `test_kill.py`. The full time of a lock, 60 s, is that of
`make trust`: ``MAILMAX_LOCK_S=60``.
"""

import contextlib
import os
import signal
import smtplib
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fix_postgres import Postgres
from fix_suite import Account, MakeSuite, Suite
from login_ways import SASL, log_in, outcome
from mailmax.store.accounts.schema import HEAD, VERSION_TABLE
from waiting import wait_for

LOCK_S = float(os.environ.get("MAILMAX_LOCK_S", "2"))
ANSWERED_S = 15.0
BACK_S = 60.0
FUTURE = "of_the_future"
READ_VERSION = f"SELECT version_num FROM {VERSION_TABLE}"
SET_VERSION = f"UPDATE {VERSION_TABLE} SET version_num = ?"

pytestmark = [pytest.mark.system, pytest.mark.timeout(300 + 3 * LOCK_S)]


def mail_flows(suite: Suite, user: Account) -> None:
    """Mail from elsewhere is taken; who is not known hears "later" at worst."""
    mark = uuid.uuid4().hex.encode()
    suite.send("eve@elsewhere.test", user.address, b"Subject: %b\r\n\r\n" % mark)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        suite.send("eve@elsewhere.test", "nobody@suite.test", b"Subject: x\r\n\r\n")


def tries(suite: Suite, user: Account, password: str) -> tuple[set[str], float]:
    """Log in by all protocols at once; return what comes of it, and the seconds."""
    name, word = user.address.encode(), password.encode()
    found: list[str] = []

    def one(way: str) -> None:
        found.append(outcome(log_in(suite, way, name, word)))

    begin = time.monotonic()
    threads = [threading.Thread(target=one, args=(way,)) for way in SASL]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(SASL)
    return set(found), time.monotonic() - begin


def is_in(suite: Suite, user: Account) -> bool:
    return tries(suite, user, user.password)[0] == {"in"}


def set_password(suite: Suite, user: Account, password: str) -> subprocess.Popen:
    words = ("user", "password", user.address, "--password", password)
    command = [sys.executable, "-m", "mailmax", *words, "--dir", str(suite.directory)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(changing: subprocess.Popen) -> tuple[int, bytes]:
    """Return the exit code of a command, and what it complained of."""
    _, complaint = changing.communicate(timeout=ANSWERED_S)
    return changing.returncode, complaint


@contextlib.contextmanager
def opened(suite: Suite) -> Iterator[sqlite3.Connection]:
    [path] = (suite.directory / "data").glob("*.db")
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def test_m7_a_lock_of_sqlite_holds_up_changes_only(battered: Suite) -> None:
    """TRUST M7: who logs in only reads; a change waits, or says "later" in time."""
    user, other = battered.users[5:7]
    assert is_in(battered, user)
    with opened(battered) as connection:
        connection.execute("BEGIN IMMEDIATE")
        changing = set_password(battered, other, "another-7")
        end = time.monotonic() + LOCK_S
        while time.monotonic() < end:
            found, took = tries(battered, user, user.password)
            assert found == {"in"}
            assert tries(battered, user, "wrong")[0] == {"no"}
            assert took < ANSWERED_S
            mail_flows(battered, user)
            time.sleep(0.2)
        connection.execute("ROLLBACK")

    assert ended(changing)[0] == (0 if LOCK_S < 8 else 75)
    word = "another-7" if LOCK_S < 8 else other.password
    wait_for(lambda: tries(battered, other, word)[0] == {"in"}, BACK_S)


def test_m7_a_newer_schema_is_left_alone_and_nobody_hears_wrong(
    battered: Suite,
) -> None:
    """TRUST M7: a hub that may not use its database is away, and comes back."""
    user = battered.users[7]
    with opened(battered) as connection:
        assert connection.execute(READ_VERSION).fetchall() == [(HEAD,)]
        connection.execute(SET_VERSION, (FUTURE,))
        dead = battered.kill("datamax")
        log = battered.directory / "logs" / "datamax.log"
        wait_for(lambda: "newer MailMax" in log.read_text()[-5000:], 10)

        found, took = tries(battered, user, user.password)
        assert found == {"later"}
        assert tries(battered, user, "wrong")[0] == {"later"}
        assert took < ANSWERED_S
        mail_flows(battered, user)

        assert connection.execute(READ_VERSION).fetchall() == [(FUTURE,)]
        connection.execute(SET_VERSION, (HEAD,))
    battered.wait_back("datamax", dead, 10)
    wait_for(lambda: is_in(battered, user), BACK_S)


@pytest.fixture(scope="module")
def _on_postgres_once(_suites: MakeSuite, postgres: Postgres) -> Iterator[Suite]:
    postgres.execute("CREATE DATABASE faults")
    url = postgres.url("faults").replace("postgresql+psycopg:", "postgresql:")
    suite = _suites(users=8, database_url=url)
    yield suite
    suite.stop()
    postgres.execute("DROP DATABASE faults WITH (FORCE)")


@pytest.fixture
def on_postgres(_on_postgres_once: Suite) -> Iterator[Suite]:
    """Give a suite on PostgreSQL; afterwards every role serves."""
    yield _on_postgres_once
    _on_postgres_once.wait_ready()


def server_pids(postgres: Postgres) -> list[int]:
    told = Path(postgres.directory / "data" / "postmaster.pid").read_text()
    first = int(told.partition("\n")[0])
    listed = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, listed)]


@contextlib.contextmanager
def hanging(postgres: Postgres) -> Iterator[None]:
    """Let every process of the server stand still."""
    pids = server_pids(postgres)
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_m7_a_database_that_hangs_is_not_waited_for(
    on_postgres: Suite, postgres: Postgres
) -> None:
    """TRUST M7: logins hear "later" in time, and threads do not pile up."""
    suite, (user, *others) = on_postgres, on_postgres.users
    assert is_in(suite, others[0])
    status = Path(f"/proc/{suite.role_pid('datamax')}/status")
    with hanging(postgres):
        found, took = tries(suite, user, user.password)
        assert found == {"later"}
        assert took < ANSWERED_S
        mail_flows(suite, user)
        assert is_in(suite, others[0]), "it is remembered"
        threads = int(status.read_text().partition("Threads:")[2].split()[0])

    assert threads < 20
    wait_for(lambda: is_in(suite, user), BACK_S)


def test_m7_a_slow_database_is_waited_for(
    on_postgres: Suite, postgres: Postgres
) -> None:
    """TRUST M7: two seconds a query are slow, not away."""
    user = on_postgres.users[2]
    with hanging(postgres):
        timer = threading.Timer(2.0, _go_on, [server_pids(postgres)])
        timer.start()
        found, took = tries(on_postgres, user, user.password)
        timer.join()

    assert found == {"in"}
    assert took > 1.0


def _go_on(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def test_m7_a_read_only_database_lets_in_and_changes_nothing(
    on_postgres: Suite, postgres: Postgres
) -> None:
    """TRUST M7: and says so to who wants a change."""
    user = on_postgres.users[3]
    read_only = "ALTER DATABASE faults SET default_transaction_read_only = %s"
    postgres.execute(read_only % "on")
    _hang_up(postgres)
    try:
        wait_for(lambda: is_in(on_postgres, user), BACK_S)
        assert tries(on_postgres, user, "wrong")[0] == {"no"}
        mail_flows(on_postgres, user)
        code, why = ended(set_password(on_postgres, user, "another-9"))
        assert (code, b"read-only" in why) == (75, True), why
    finally:
        postgres.execute(read_only % "off")
        _hang_up(postgres)

    assert is_in(on_postgres, user)
    assert ended(set_password(on_postgres, user, "another-9"))[0] == 0


def _hang_up(postgres: Postgres) -> None:
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = 'faults'"
    )


def test_m7_a_lock_of_postgresql_is_not_waited_for(
    on_postgres: Suite, postgres: Postgres
) -> None:
    """TRUST M7: each login hears "later", or is in, within its time."""
    user = on_postgres.users[4]
    with psycopg.connect(
        host=str(postgres.directory), user="postgres", dbname="faults"
    ) as holder:
        holder.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        timer = threading.Timer(LOCK_S, holder.rollback)
        timer.start()
        heard: list[str] = []
        while timer.is_alive():
            found, took = tries(on_postgres, user, user.password)
            heard += found
            assert took < ANSWERED_S
        timer.join()

    assert set(heard) <= {"later", "in"}
    wait_for(lambda: is_in(on_postgres, user), BACK_S)
