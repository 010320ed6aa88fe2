"""Every role is killed at random under load; what was accepted is found.

TRUST C0, M11.
"""

import contextlib
import os
import poplib
import random
import smtplib
import sys
import threading
import time
from collections.abc import Iterator
from typing import Self

import pytest

from fix_ledger import Ledger, Verdict, rule_of_three
from fix_postgres import Postgres
from fix_sink import Sink
from fix_suite import ROLES, Account, MakeSuite, Suite

ROUNDS = int(os.environ.get("MAILMAX_KILL_ROUNDS", "10"))
"""Each kills one to three roles at once; `make trust` asks for more (TRUST C0)."""
DATABASE = os.environ.get("MAILMAX_KILL_DATABASE", "sqlite")
"""Or postgresql, whose server is then killed, too (TRUST C5)."""

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300 + 4 * ROUNDS),
    # The standard library's clients leave their socket when a greeting is cut off.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

BACK_S = 6.0
"""One second is usual; one that dies again and again, or on a busy machine, waits."""
IN_FLIGHT = 20
"""Outbound messages that may be on their way to one host at once."""


class Load:
    """Clients that send, append, read and flag, and do not mind being cut off."""

    def __init__(self, suite: Suite, ledger: Ledger, users: list[Account]) -> None:
        self.suite = suite
        self.ledger = ledger
        self.outbound = Ledger()
        self.users = users
        self.accepted = 0
        self._stop = threading.Event()
        works = [self._send] * 3
        works += [self._relay, self._append, self._read_imap, self._read_pop]
        self._threads = [
            threading.Thread(target=self._keep, args=(work,)) for work in works
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _keep(self, work) -> None:
        while not self._stop.is_set():
            # Whatever a killed server does to its clients.
            with contextlib.suppress(
                OSError, EOFError, smtplib.SMTPException, poplib.error_proto,
                self.suite.imap_error,
            ):  # fmt: skip
                work()
            time.sleep(0.01)

    def _send(self) -> None:
        port = self.suite.port("smtp")
        with smtplib.SMTP("127.0.0.1", port, timeout=15) as smtp:
            for _ in range(20):
                if self._stop.is_set():
                    return
                octets = random.choice([300, 4000, 60_000, 400_000])
                name, content = self.ledger.make(octets)
                user = random.choice(self.users)
                smtp.sendmail("eve@elsewhere.test", [user.address], content)
                self.ledger.promise(name)
                self.accepted += 1

    def _relay(self) -> None:
        user = self.users[0]
        port = self.suite.port("submission")
        with smtplib.SMTP("127.0.0.1", port, timeout=15) as smtp:
            smtp.login(user.address, user.password)
            for _ in range(10):
                name, content = self.outbound.make(3000)
                smtp.sendmail(user.address, ["far@faraway.test"], content)
                self.outbound.promise(name)

    def _append(self) -> None:
        with self.suite.imap(random.choice(self.users)) as client:
            for _ in range(10):
                name, content = self.ledger.make(2000)
                if client.append("INBOX", None, None, content)[0] == "OK":
                    self.ledger.promise(name)

    def _read_imap(self) -> None:
        with self.suite.imap(random.choice(self.users)) as client:
            client.select("INBOX")
            client.fetch("1:*", "(FLAGS UID)")
            client.store("1:*", "+FLAGS", r"(\Seen)")

    def _read_pop(self) -> None:
        user = random.choice(self.users)
        client = poplib.POP3("127.0.0.1", self.suite.port("pop3"), timeout=15)
        with contextlib.closing(client):
            client.user(user.address)
            client.pass_(user.password)
            for number in range(1, min(client.stat()[0], 5) + 1):
                client.retr(number)
            client.quit()


def all_mail(suite: Suite, users: list[Account]) -> Iterator[bytes]:
    """Give everything in the users' INBOXes, by IMAP."""
    for user in users:
        with suite.imap(user) as client:
            _, (count,) = client.select("INBOX", readonly=True)
            for number in range(1, int(count) + 1):
                _, data = client.fetch(str(number), "(BODY.PEEK[])")
                yield data[0][1]


def all_mail_by_pop(suite: Suite, users: list[Account]) -> Iterator[bytes]:
    """Give the same by POP3."""
    for user in users:
        client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=30)
        client.user(user.address)
        client.pass_(user.password)
        for number in range(1, client.stat()[0] + 1):
            yield b"\r\n".join([*client.retr(number)[1], b""])
        client.quit()


def drained(suite: Suite, users: list[Account]) -> None:
    """Wait until nothing more arrives: the filer has filed all."""

    def count() -> int:
        total = 0
        for user in users:
            with suite.imap(user) as client:
                total += int(client.select("INBOX", readonly=True)[1][0])
        return total

    before, same = -1, 0
    while same < 4:
        now = count()
        same = same + 1 if now == before else 0
        before = now
        time.sleep(0.25)


def arrived(sink: Sink, load: Load, patience_s: float = 60.0) -> Verdict:
    """Wait until all outbound mail has left, then judge it."""
    end = time.monotonic() + patience_s
    while True:
        verdict = load.outbound.judge([message.content for message in sink.messages])
        if not verdict.lost or time.monotonic() > end:
            return verdict
        time.sleep(0.25)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Postgres | None:
    """Give the server that keeps the accounts; None for SQLite."""
    return request.getfixturevalue("postgres") if DATABASE == "postgresql" else None


@pytest.fixture
def answers(
    request: pytest.FixtureRequest, database: Postgres | None
) -> dict[str, str]:
    """Give what a suite is told about its accounts database."""
    if database is None:
        return {}
    url = request.getfixturevalue("postgres_url")
    return {"database_url": url.replace("postgresql+psycopg:", "postgresql:")}


@pytest.fixture
def own_sink() -> Iterator[Sink]:
    """Where no late mail of another suite comes."""
    sink = Sink()
    yield sink
    sink.close()


def test_what_was_accepted_is_found_whoever_dies(
    make_suite: MakeSuite,
    own_sink: Sink,
    database: Postgres | None,
    answers: dict[str, str],
    capsys,
) -> None:
    suite = make_suite(sink_port=own_sink.port, **answers)
    users = suite.users[:4]
    ledger = Ledger()
    slowest: dict[str, float] = {}
    kills = 0

    with Load(suite, ledger, users) as load:
        time.sleep(1.0)
        for number in range(ROUNDS):
            before = load.accepted
            if database is not None and number % 3 == 2:
                database.stop()
                database.start()
                kills += 1
            for role, dead in kill_some(suite, ROLES[number % len(ROLES)]).items():
                took = suite.wait_back(role, dead)
                slowest[role] = max(slowest.get(role, 0.0), took)
                kills += 1
            wait_for_progress(load, before)
            time.sleep(random.uniform(0.05, 1.0))
    suite.wait_ready()
    drained(suite, users)

    verdict = ledger.judge(all_mail(suite, users))
    assert ledger.judge(all_mail_by_pop(suite, users)) == verdict
    sent = arrived(own_sink, load)
    with capsys.disabled():
        sys.stdout.write(f" [{told(kills, verdict, sent, slowest)}]")
    assert verdict.is_clean, verdict
    assert verdict.promised > 50
    assert not sent.lost, sent
    assert not sent.corrupt, sent
    assert not sent.phantom, sent
    # Sent, and the result not yet kept when the role died (TRUST D4).
    assert len(sent.duplicate) <= IN_FLIGHT * kills, sent
    assert sent.promised > 20
    assert max(slowest.values()) <= BACK_S, slowest


def told(kills: int, verdict: Verdict, sent: Verdict, slowest: dict[str, float]) -> str:
    """Say what came of it, in figures."""
    lost = len(verdict.lost) + len(sent.lost)
    bound = f", {rule_of_three(kills)}" if not lost else ""
    return (
        f"{kills} kills, {verdict.promised} promised to mailboxes and"
        f" {sent.promised} outbound, {lost} lost{bound},"
        f" {len(verdict.duplicate)} filed twice, {len(sent.duplicate)} sent twice,"
        f" a role is back within {max(slowest.values()):.1f} s"
    )


def kill_some(suite: Suite, role: str) -> dict[str, int]:
    """Kill a role, and often others with it; return who is dead."""
    others = [other for other in ROLES if other != role]
    chosen = [role, *random.sample(others, random.choice([0, 0, 1, 2]))]
    dead = {name: suite.kill(name) for name in chosen}
    assert all(dead.values()), f"not there to be killed: {dead}"
    return dead


def wait_for_progress(load: Load, before: int) -> None:
    """Wait until mail is accepted again."""
    end = time.monotonic() + 20
    while load.accepted <= before:
        if time.monotonic() > end:
            pytest.fail(f"no mail is accepted any more; {load.suite.last_words()}")
        time.sleep(0.02)


def test_everything_dies_at_once(make_suite: MakeSuite) -> None:
    """All processes, supervisor too, in the midst of work; then started again."""
    suite = make_suite()
    users = suite.users[:4]
    ledger = Ledger()

    for _ in range(2):
        with Load(suite, ledger, users):
            time.sleep(1.5)
            suite.kill_all()
        suite.start()
    drained(suite, users)

    verdict = ledger.judge(all_mail(suite, users))
    assert verdict.is_clean, verdict
    assert verdict.promised > 20


def test_a_pop_quit_that_was_answered_is_kept(make_suite: MakeSuite) -> None:
    """TRUST D8: +OK to QUIT is durable, a cut before it is all or nothing.

    TRUST F3: who dies lets go of the maildrop.
    """
    suite = make_suite()
    user = suite.users[0]
    for number in range(10):
        text = b"Subject: number %d\r\n\r\nx\r\n" % number
        suite.send("eve@elsewhere.test", user.address, text)
    suite.wait_for(user, "number 9")
    client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=15)
    client.user(user.address)
    client.pass_(user.password)
    for number in range(1, 6):
        client.dele(number)
    client.quit()
    suite.kill_all()
    suite.start()

    client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=15)
    client.user(user.address)
    client.pass_(user.password)
    assert client.stat()[0] == 5
    client.dele(1)
    suite.wait_back("popmax", suite.kill("popmax"))
    client.close()
    client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=15)
    client.user(user.address)
    client.pass_(user.password)
    assert client.stat()[0] == 5
    client.close()

    with suite.imap(user) as imap:
        assert imap.select("INBOX", readonly=True) == ("OK", [b"5"])
