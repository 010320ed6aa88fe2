"""A thousand secrets by every way to log in, then every file of the node is searched.

TRUST N2: with every log on, no password, response or digest stands anywhere; the
files of SQLite and keys, where verifiers belong, are searched too. So are traces of
every service, what the queue keeps, and what commands print, for people and as JSON.
"""

import base64
import contextlib
import secrets
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import type_mailmax
from fix_suite import MakeSuite, Suite, run_mailmax
from login_ways import WAYS, Wire, log_in
from waiting import wait_for

pytestmark = pytest.mark.system

SECRETS = 1000
AT_ONCE = 25
"""Tries of one connection that is not ended for failed logins."""
EVERYTHING = {
    "smtp": "connections,commands,conversation,errors,logins,valid_commands,internal",
    "pop": "connections,replies,errors,logins,statistics,internal",
    "imap": "connections,conversation,commands,errors,logins,internal",
}


TRACES = {
    "smtpmax": "connections,commands,errors,mail",
    "popmax": "connections,commands,errors,logins,statistics,transfers",
    "imapmax": "connections,commands,errors,logins,transfers",
    "queuemax": "connections,errors,retries,failures,dead_mail,conversation",
}
COMMANDS = (
    "status",
    "sessions",
    "config get",
    "config check",
    "queue list",
    "queue count",
    "user list",
    "domain list",
    "connection list",
    "tarpit list",
    "log list",
)


@pytest.fixture(scope="module")
def logged(_suites: MakeSuite) -> Suite:
    """Give a suite that logs everything but content."""
    suite = _suites(users=1)
    where = ("--dir", str(suite.directory))
    for name, events in EVERYTHING.items():
        run_mailmax("config", "set", f"{name}_log_events", events, *where)
        run_mailmax("config", "set", f"{name}_log_rate", "unlimited", *where)
    run_mailmax("config", "set", "offer_apop", "on", *where)
    return suite


def spellings(word: bytes) -> Iterator[bytes]:
    """Yield a secret in the forms in which it was sent."""
    yield word
    yield base64.b64encode(word)
    for name in (b"u00@demo.test", b"nobody"):
        yield base64.b64encode(b"\0" + name + b"\0" + word)


def pipelined(suite: Suite, service: str, lines: bytes) -> None:
    """Say everything at once, hear everything; the server may hang up."""
    door = ("127.0.0.1", suite.port(service))
    with (
        socket.create_connection(door, 30) as sock,
        contextlib.suppress(ConnectionError),
    ):
        sock.sendall(lines)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass


def unasked(service: str, word: bytes) -> bytes:
    """Return a login that is wrong in itself, and what comes behind it anyway."""
    encoded = base64.b64encode(b"\0nobody\0" + word)
    if service == "imap":
        return b"a AUTHENTICATE CRAM-MD5 %b\r\n%b\r\nLOGIN nobody %b\r\n" % (
            encoded,
            encoded,
            word,
        )
    start = b"EHLO a.test\r\n" if service == "submission" else b""
    return start + (
        b"AUTH CRAM-MD5\r\n%b\r\nAUTH %b\r\nPASS %b\r\nAPOP nobody %b\r\nQUIT\r\n"
        % (encoded, encoded, word, word)
    )


@contextlib.contextmanager
def traced(suite: Suite, folder: Path) -> Iterator[None]:
    """Have every service watched, each trace once for people and once as JSON."""
    with contextlib.ExitStack() as watching:
        for service, events in TRACES.items():
            for more in ((), ("--json",)):
                path = folder / f"trace-{service}{''.join(more)}"
                out = watching.enter_context(path.open("wb"))
                words = ("spy", "trace", service, "--events", events, *more)
                command = [sys.executable, "-m", "mailmax", *words]
                process = subprocess.Popen(
                    [*command, "--dir", str(suite.directory)], stdout=out
                )
                watching.callback(process.wait, 20)
                watching.callback(process.terminate)
        yield


def knock(suite: Suite, folder: Path) -> None:
    """Wait until every trace of clients shows one."""
    doors = {"smtpmax": "smtp", "popmax": "pop3", "imapmax": "imap"}
    waiting = [
        folder / f"trace-{role}{end}" for role in doors for end in ("", "--json")
    ]

    def are_there() -> bool:
        for service in doors.values():
            Wire(suite, service).close()
        return all(path.stat().st_size > 0 for path in waiting)

    wait_for(are_there, 60)


def let_mail_wait(suite: Suite, secret: bytes, folder: Path) -> None:
    """Hand in mail that stays in the queue, and print what can be seen of it."""
    where = ("--dir", str(suite.directory))
    run_mailmax("config", "set", "smart_host", "127.0.0.1:9", *where)
    run_mailmax("config", "set", "smart_host_user", "us", *where)
    run_mailmax("config", "set", "smart_host_password", secret.decode(), *where)
    tim = suite.users[0]
    door = ("127.0.0.1", suite.port("submission"))
    with smtplib.SMTP(*door, timeout=30) as smtp:
        smtp.login(tim.address, tim.password)
        smtp.sendmail(tim.address, ["joe@away.test"], b"Subject: one\r\n\r\nhello\r\n")

    def listed() -> str:
        return run_mailmax("queue", "list", "--json", *where).stdout

    wait_for(lambda: "joe@away.test" in listed())
    for number, command in enumerate(COMMANDS):
        words = [*command.split(), *(["--json"] if number % 2 else [])]
        ran = type_mailmax(*words, *where)
        said = ran.stdout + ran.stderr
        assert "Usage" not in said, (command, said)
        (folder / "-".join(words)).write_text(said)
        assert said, command


def test_n2_no_secret_stands_in_any_file(logged: Suite, tmp_path: Path) -> None:
    words = [secrets.token_hex(12).encode() for _ in range(SECRETS)]
    with traced(logged, tmp_path):
        knock(logged, tmp_path)
        for number, word in enumerate(words):
            way = list(WAYS)[number % len(WAYS)]
            if number % AT_ONCE == 0:
                log_in(logged, way, b"u00@demo.test", word)
            else:
                service = ("submission", "pop3", "imap")[number % 3]
                pipelined(logged, service, unasked(service, word))
        kept = secrets.token_hex(12).encode()  # of a smart host: sealed, never shown
        let_mail_wait(logged, kept, tmp_path)
        words += [kept, logged.users[0].password.encode()]
    with Wire(logged, "pop3") as wire:
        wire.ask(b"USER last-of-all")
        wire.ask(b"PASS " + words[0])
    logs = logged.directory / "logs"
    for name, service in (("smtp", "submission"), ("pop", "pop3"), ("imap", "imap")):
        with Wire(logged, service) as wire:
            wire.ask(b"z LAST-%s" % name.encode())
        path = logs / f"{name}-events.log"
        wait_for(lambda path=path: path.exists() and path.stat().st_size > 0)
    wait_for(lambda: "last-of-all" in (logs / "pop-events.log").read_text())
    logged.stop()

    text = (logs / "smtp-events.log").read_text()
    assert text.count("command-heard") > SECRETS / 3
    assert "****" in text
    forms = [form for word in words for form in spellings(word)]
    folders = (logged.directory, tmp_path)
    files = [one for top in folders for one in top.rglob("*") if one.is_file()]
    assert len(files) > 20 + 2 * (len(TRACES) + len(COMMANDS))
    assert "****" in (tmp_path / "trace-popmax").read_text()
    for path in files:
        held = path.read_bytes()
        assert [form for form in forms if form in held] == [], path
