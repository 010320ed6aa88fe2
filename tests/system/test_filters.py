"""Filters and bans by commands, acting on every service of the running suite."""

import imaplib
import smtplib
import socket
import time
from collections.abc import Iterator

import pytest

from fix_suite import MakeSuite, Suite, run_mailmax
from mailmax.store.accounts import access_units
from mailmax.store.accounts.database import Database
from waiting import wait_for

pytestmark = pytest.mark.system

FILTERS = 10_000
WORDS = {
    "smtp": b"554 5.7.1 Connections from there are refused\r\n",
    "submission": b"554 5.7.1 Connections from there are refused\r\n",
    "pop3": b"-ERR [SYS/PERM] Connections from there are refused\r\n",
    "imap": b"* BYE Connections from there are refused\r\n",
}


@pytest.fixture(scope="module")
def guarded(_suites: MakeSuite) -> Iterator[Suite]:
    """A suite that trusts nobody and has ten thousand filters for others."""
    suite = _suites(trust_loopback=False)
    suite.stop()
    database = Database(f"sqlite:///{suite.directory}/data/mailmax.db")
    with database._engine.begin() as tx:
        for number in range(FILTERS):
            access_units.insert_rule(
                tx,
                binding_id=None,
                position=number + 1,
                pattern=f"{128 + number % 64}.{number // 64}.*.1-7",
                kind="banned",
                flags=0,
                comment="",
            )
    database.close()
    suite.start()
    yield suite
    suite.stop()


def mailmax(suite: Suite, *words: str) -> str:
    return run_mailmax(*words, "--dir", str(suite.directory)).stdout


def first_words(suite: Suite, service: str, source: str) -> bytes:
    place = ("127.0.0.1", suite.port(service))
    with socket.create_connection(place, 20, (source, 0)) as sock:
        return sock.makefile("rb").readline()


@pytest.mark.manual("5.4")
@pytest.mark.timed
def test_a_ban_among_ten_thousand_filters_acts_within_a_second(guarded: Suite) -> None:
    """CON-1, IPF-2: on every service, and only on whom it names."""
    for service in WORDS:
        assert first_words(guarded, service, "127.0.5.9") not in WORDS.values()

    mailmax(guarded, "filter", "add", "127.0.5.1-20", "banned", "--comment", "enemy")
    begin = time.monotonic()
    for service, words in WORDS.items():
        assert first_words(guarded, service, "127.0.5.9") == words
        assert first_words(guarded, service, "127.0.5.44") != words
    assert time.monotonic() - begin < 1.0

    [row] = [
        line.split("\t")
        for line in mailmax(guarded, "filter", "list").splitlines()
        if "127.0.5.1-20" in line
    ]
    mailmax(guarded, "filter", "remove", row[0])
    for service, words in WORDS.items():
        assert first_words(guarded, service, "127.0.5.9") != words


@pytest.mark.timed
def test_the_trusted_relay_and_log_in_without_tls(guarded: Suite) -> None:
    user = guarded.users[0]
    mailmax(guarded, "filter", "add", "127.0.6.*", "trusted")

    with smtplib.SMTP(
        "127.0.0.1", guarded.port("smtp"), timeout=20, source_address=("127.0.6.1", 0)
    ) as smtp:
        smtp.sendmail("bob@far.test", ["x@far.test"], b"Subject: relayed\r\n\r\nx\r\n")
    sock = socket.create_connection(
        ("127.0.0.1", guarded.port("imap")), 20, ("127.0.6.1", 0)
    )

    class Imap(imaplib.IMAP4):
        def _create_socket(self, timeout: float | None) -> socket.socket:
            return sock

    begin = time.monotonic()
    with Imap("127.0.0.1", guarded.port("imap")) as imap:
        for _ in range(5):
            with pytest.raises(imap.error, match="AUTHENTICATIONFAILED"):
                imap.login(user.address, "wrong")
        assert time.monotonic() - begin < 3.0
        imap.login(user.address, user.password)


@pytest.mark.manual("4.9")
def test_bans_by_command(guarded: Suite) -> None:
    """BAN-1: MAIL FROM and header From, until it is taken away."""
    user = guarded.users[1]
    mail = b"From: Bob <bob@spam.test>\r\nSubject: offer\r\n\r\nx\r\n"

    def send(sender: str) -> int:
        port = guarded.port("smtp")
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
            try:
                smtp.sendmail(sender, [user.address], mail)
            except smtplib.SMTPResponseException as refused:
                return refused.smtp_code
        return 250

    assert send("bob@spam.test") == 250
    mailmax(guarded, "ban", "add", "spam.test", "--expires", "1d")
    assert send("bob@spam.test") == 550
    assert send("other@far.test") == 550
    wait_for(lambda: "\t2\t" in mailmax(guarded, "ban", "list"), 10)
    mailmax(guarded, "ban", "remove", "spam.test")
    assert send("bob@spam.test") == 250
