"""Roles without file descriptors: clients wait, mail in hand goes on (TRUST M3)."""

import contextlib
import socket
import uuid
from collections.abc import Iterator

import pytest

from fix_battered import cpu_s, told
from fix_suite import MakeSuite, Suite
from login_ways import WAYS, Wire, outcome
from waiting import wait_for

pytestmark = pytest.mark.system

LIMIT = 64
CROWD = 200
SERVICES = {"smtpmax": "smtp", "popmax": "pop3", "imapmax": "imap"}
RESTS = "new clients have to wait"


@pytest.fixture(scope="module")
def cramped(_suites: MakeSuite) -> Iterator[Suite]:
    """Give a suite whose roles have 64 descriptors each, as by ``ulimit -n 64``."""
    suite = _suites(users=5, launcher=("prlimit", f"--nofile={LIMIT}"))
    yield suite
    suite.stop()


@contextlib.contextmanager
def crowd(suite: Suite, service: str) -> Iterator[list[socket.socket]]:
    """Connect many clients that say nothing."""
    place = ("127.0.0.1", suite.port(service))
    clients = [socket.create_connection(place, 10) for _ in range(CROWD)]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def is_greeted(client: socket.socket, patience_s: float) -> bool:
    client.settimeout(patience_s)
    try:
        return bool(client.recv(100))
    except TimeoutError:
        return False


def rests(suite: Suite, pid: int) -> int:
    """Count what a process said of clients that have to wait."""
    lines = told(suite).splitlines()
    return len({one for one in lines if RESTS in one and f"[{pid}]" in one})


@pytest.mark.parametrize("role", SERVICES)
def test_m3_clients_wait_the_process_does_not_spin_and_it_recovers(
    cramped: Suite, role: str
) -> None:
    """TRUST M3: two hundred clients, 64 descriptors; one line in the log."""
    service, pid = SERVICES[role], cramped.role_pid(role)

    with crowd(cramped, service) as clients:
        assert is_greeted(clients[0], 30)
        assert not is_greeted(clients[-1], 0.3)
        begin = cpu_s(pid)
        assert not is_greeted(clients[-1], 0.6)
        assert cpu_s(pid) - begin < 0.2, "it spins"
        for client in clients[:-1]:
            client.close()
        assert is_greeted(clients[-1], 30)

    assert rests(cramped, pid) in (1, 2), "it is said once a minute"
    assert cramped.role_pid(role) == pid
    with Wire(cramped, service) as wire:
        assert wire.greeting


def test_m3_a_message_in_hand_is_taken_beside_a_crowd(cramped: Suite) -> None:
    """TRUST M3: what is written for mail has descriptors in reserve."""
    user, mark = cramped.users[2], uuid.uuid4().hex
    body = b"Subject: %b\r\n\r\n" % mark.encode() + (b"x" * 70 + b"\r\n") * 10_000
    with Wire(cramped, "smtp") as wire, crowd(cramped, "smtp") as many:
        assert not is_greeted(many[-1], 0.5)
        wire.ask(b"EHLO client.test")
        wire.ask(b"MAIL FROM:<eve@elsewhere.test>")
        assert wire.ask(b"RCPT TO:<%b>" % user.address.encode()).startswith(b"250")
        assert wire.ask(b"DATA").startswith(b"354")
        assert wire.ask(body + b".").startswith(b"250")

    cramped.wait_for(user, mark)


@pytest.mark.parametrize("role", ["imapmax", "popmax"])
def test_m3_who_was_there_before_a_crowd_reads_mail(cramped: Suite, role: str) -> None:
    """TRUST M3: opening a mailbox has descriptors in reserve, too."""
    user = cramped.users[3 if role == "imapmax" else 1]
    service = SERVICES[role]
    way = "imap login" if service == "imap" else "pop3 pass"
    cramped.send("eve@elsewhere.test", user.address, b"Subject: crowded\r\n\r\nx\r\n")
    cramped.wait_for(user, "crowded")

    with (
        Wire(cramped, service) as wire,
        crowd(cramped, service) as many,
    ):
        assert not is_greeted(many[-1], 0.5)
        name, password = user.address.encode(), user.password.encode()
        assert outcome(WAYS[way][1](wire, name, password)) == "in"
        if service == "imap":
            assert wire.ask(b"a SELECT INBOX").startswith(b"a OK")
        else:
            assert wire.ask(b"STAT").startswith(b"+OK 1 ")

    wait_for(lambda: _serves(cramped, service))


def _serves(suite: Suite, service: str) -> bool:
    with Wire(suite, service) as wire:
        return bool(wire.greeting)


def test_m3_a_hub_without_descriptors_recovers(cramped: Suite) -> None:
    """TRUST M3: logins go on, since the services are connected already."""
    pid = cramped.role_pid("datamax")
    path = cramped.directory / "run" / "datamax.sock"
    with contextlib.ExitStack() as stack:
        waiting: list[socket.socket] = []
        for _ in range(CROWD):
            sock = stack.enter_context(socket.socket(socket.AF_UNIX))
            sock.settimeout(0.2)
            try:
                sock.connect(str(path))
            except OSError:  # nobody else fits into the queue before the door
                break
            waiting.append(sock)
        assert len(waiting) > LIMIT
        begin = cpu_s(pid)
        assert not is_greeted(waiting[-1], 0.5)
        assert cpu_s(pid) - begin < 0.2, "it spins"
        with cramped.imap(cramped.users[4]) as client:
            assert client.noop()[0] == "OK"

    cramped.wait_ready()
