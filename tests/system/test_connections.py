"""Listening addresses and their services on the running suite (manual 5), live."""

import asyncio
import contextlib
import imaplib
import json
import os
import poplib
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import type_mailmax
from fix_suite import Account, MakeSuite, Suite, run_mailmax
from mailmax.hub.client import HubClient
from mailmax.hub.contract import bindings
from mailmax.hub.contract.domains import AddDomain
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.users import Imported, ImportRow, ImportUsers
from mailmax.hub.host_password import PasswordFile
from mailmax.hub.joining import Identity
from waiting import wait_for

pytestmark = pytest.mark.system

SECOND = "127.0.0.2"
HASH = "{SSHA256}" + "0" * 44
GONE = (ConnectionRefusedError, ConnectionResetError)


def command(suite: Suite, *words: str) -> str:
    return run_mailmax(*words, "--dir", str(suite.directory)).stdout


def refused(suite: Suite, *words: str) -> str:
    """Run a command that must fail; return what it says."""
    done = type_mailmax(*words, "--dir", str(suite.directory))
    assert done.returncode, done.stdout
    return done.stderr


def status(suite: Suite, address: str) -> dict[str, dict]:
    """Return the services of a connection as ``mailmax status`` shows them."""
    told = json.loads(command(suite, "status", "--json"))
    (row,) = [one for one in told["connections"] if one["address"] == address]
    return {one["service"]: one for one in row["listeners"]}


def greeting(address: str, port: int, timeout: float = 5) -> bytes:
    with socket.create_connection((address, port), timeout=timeout) as sock:
        return sock.recv(500)


def is_closed(address: str, port: int) -> bool:
    try:
        greeting(address, port)
    except GONE:
        return True
    return False


def bare_logins(suite: Suite, address: str, user: Account) -> None:
    """Log in by all protocols with the local part alone."""
    name = user.address.partition("@")[0]
    pop = poplib.POP3(address, suite.port("pop3"), timeout=20)
    pop.user(name)
    pop.pass_(user.password)
    pop.quit()
    with imaplib.IMAP4(address, suite.port("imap"), timeout=20) as imap:
        imap.login(name, user.password)
    with smtplib.SMTP(address, suite.port("smtp"), timeout=20) as smtp:
        smtp.login(name, user.password)


@pytest.fixture
def second(suite: Suite) -> Iterator[str]:
    """A second connection with a name and a domain of its own."""
    command(suite, "domain", "add", "second.test")
    words = ("display_name=two.second.test", "default_domain=second.test")
    options = [word for one in words for word in ("--set", one)]
    command(suite, "connection", "add", SECOND, *options)
    yield SECOND
    with contextlib.suppress(pytest.fail.Exception):
        command(suite, "connection", "delete", SECOND)
    command(suite, "domain", "delete", "second.test", "--with-users")


def test_a_second_address_has_its_own_name_and_domain(suite: Suite, second: str):
    """CNX-1, CNX-4: at once, and only there."""
    ann = Account("ann@second.test", "pass-word-ann")
    command(suite, "user", "add", ann.address, "--password", ann.password)

    for service in ("smtp", "pop3", "imap"):
        assert b"two.second.test" in greeting(second, suite.port(service))
        assert b"mail.suite.test" in greeting("127.0.0.1", suite.port(service))
    with smtplib.SMTP(second, suite.port("smtp"), timeout=20) as smtp:
        assert smtp.ehlo()[1].startswith(b"two.second.test")
    bare_logins(suite, second, ann)
    with (
        pytest.raises(imaplib.IMAP4.error),
        imaplib.IMAP4("127.0.0.1", suite.port("imap"), timeout=20) as imap,
    ):
        imap.login("ann", ann.password)


def test_new_names_act_on_the_next_client_and_login(
    suite: Suite, second: str, tim: Account
):
    """HUB-8: of open sessions, too."""
    open_before = imaplib.IMAP4(second, suite.port("imap"), timeout=20)
    words = ("display_name=new.second.test", "default_domain=")
    command(suite, "connection", "set", second, *words)

    assert b"new.second.test" in greeting(second, suite.port("pop3"))
    bare_logins(suite, second, tim)
    open_before.login(tim.address.partition("@")[0], tim.password)
    open_before.logout()


def test_a_filter_of_a_connection_holds_for_its_clients_only(suite: Suite, second: str):
    """IPF-1: and goes with the connection."""
    command(suite, "filter", "add", "127.0.0.1", "banned", "--connection", second)

    for service, word in (("smtp", b"554 "), ("pop3", b"-ERR "), ("imap", b"* BYE ")):
        assert _greeting_from("127.0.0.1", second, suite.port(service)).startswith(word)
        assert b"mail.suite.test" in greeting("127.0.0.1", suite.port(service))

    command(suite, "connection", "delete", second)
    command(suite, "connection", "add", second)
    assert b"ESMTP" in _greeting_from("127.0.0.1", second, suite.port("smtp"))


def _greeting_from(source: str, address: str, port: int) -> bytes:
    with socket.create_connection(
        (address, port), timeout=5, source_address=(source, 0)
    ) as sock:
        return sock.recv(500)


def test_a_domain_that_a_connection_points_to_stays(suite: Suite, second: str):
    said = refused(suite, "domain", "delete", "second.test", "--with-users")

    assert f"second.test is the default domain of {second}" in said


def test_a_closed_service_refuses_and_its_sessions_end(suite: Suite, second: str):
    """CNX-2, TRUST D11: at the next command boundary."""
    sessions = {}
    for service in ("smtp", "pop3", "imap"):
        sock = socket.create_connection((second, suite.port(service)), timeout=10)
        sock.recv(500)
        sessions[service] = sock

    for service in ("smtp", "pop3", "imap"):
        command(suite, "service", "close", second, service)

    assert sessions["smtp"].recv(500).startswith(b"421 4.3.2 ")
    assert sessions["pop3"].recv(500).startswith(b"-ERR [SYS/TEMP] ")
    assert sessions["imap"].recv(500).startswith(b"* BYE [UNAVAILABLE] ")
    for service, sock in sessions.items():
        assert sock.recv(500) == b""
        sock.close()
        assert is_closed(second, suite.port(service))
        assert b"mail.suite.test" in greeting("127.0.0.1", suite.port(service))
    assert not status(suite, second)["imap"]["is_open"]

    command(suite, "service", "open", second, "imap")
    assert b"two.second.test" in greeting(second, suite.port("imap"))


def test_a_command_goes_on_while_its_door_closes(suite: Suite, second: str):
    """A message under way is answered before the session ends (TRUST D11)."""
    with smtplib.SMTP(second, suite.port("smtp"), timeout=20) as smtp:
        smtp.ehlo()
        smtp.mail("x@else.test")
        smtp.rcpt(suite.users[0].address)

        command(suite, "service", "close", second, "smtp")

        assert smtp.file.readline().startswith(b"421 4.3.2 ")
        smtp.close()


def test_a_deleted_connection_is_gone(suite: Suite, second: str):
    sock = socket.create_connection((second, suite.port("imap")), timeout=10)
    sock.recv(500)

    command(suite, "connection", "delete", second)

    assert sock.recv(500).startswith(b"* BYE ")
    assert is_closed(second, suite.port("imap"))
    assert second not in command(suite, "connection", "list")
    sock.close()


def test_services_on_ports_of_ones_own(suite: Suite, second: str):
    """CNX-2: submission, TLS from the first octet, and another port."""
    port = suite.base + 99
    command(suite, "service", "delete", second, "imaps")
    assert is_closed(second, suite.port("imaps"))
    command(suite, "service", "add", second, "imaps")
    command(suite, "service", "add", second, "smtp", "--set", f"port={port}")

    assert b"two.second.test ESMTP" in greeting(second, suite.port("submission"))
    assert b"two.second.test ESMTP" in greeting(second, port)
    with imaplib.IMAP4_SSL(
        second, suite.port("imaps"), ssl_context=suite.tls(), timeout=20
    ) as imap:
        assert b"two.second.test" in imap.welcome

    moved = port + 1
    words = (f"port={moved}", "--port", str(port))
    command(suite, "service", "set", second, "smtp", *words)
    assert is_closed(second, port)
    assert b"two.second.test ESMTP" in greeting(second, moved)
    said = refused(suite, "service", "add", second, "pop3", "--set", f"port={moved}")
    assert f"smtp of {second} has port {moved}" in said


def test_a_default_port_beyond_the_highest_is_refused_and_breaks_nothing(
    suite: Suite, second: str
):
    """Manual 1.3: with the base port added; the role could never open it."""
    said = refused(suite, "config", "set", "imap_port", "60000")

    assert said.startswith("mailmax: imap_port: 60000 and the base port ")
    assert f"give {65535 - suite.base} at most" in said
    port = suite.base + 98
    command(suite, "service", "add", second, "imap", "--set", f"port={port}")
    assert b"* OK" in greeting(second, port)
    command(suite, "service", "delete", second, "imap", "--port", str(port))


def test_ipv6(suite: Suite, tim: Account):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this computer has no IPv6")
    command(suite, "connection", "add", "::1", "--set", "display_name=six.test")
    try:
        assert b"six.test" in greeting("::1", suite.port("smtp"))
        bare_logins(suite, "::1", tim)
    finally:
        command(suite, "connection", "delete", "::1")
    assert is_closed("::1", suite.port("smtp"))


def test_a_port_of_another_program_stops_nobody_else(suite: Suite):
    """It is shown with the reason, and tried again."""
    address = "127.0.0.3"
    with socket.create_server((address, suite.port("pop3"))):
        added = run_mailmax(
            *("connection", "add", address), "--dir", str(suite.directory)
        )
        try:
            assert "another program has that port" in added.stderr
            found = status(suite, address)["pop3"]["doors"]
            assert [one["state"] for one in found] == ["trouble"]
            assert found[0]["reason"] == "another program has that port"
            assert "another program has that port" in command(
                suite, "connection", "list"
            )
            shown = command(suite, "status")
            assert f"pop3 does not listen on {address}:{suite.port('pop3')}" in shown
            assert b"ESMTP" in greeting(address, suite.port("smtp"))
        except BaseException:
            command(suite, "connection", "delete", address)
            raise
    try:
        wait_for(lambda: not is_closed(address, suite.port("pop3")), 10)
        assert b"+OK" in greeting(address, suite.port("pop3"))
        wait_for(lambda: status(suite, address)["pop3"]["doors"][0]["state"] == "open")
    finally:
        command(suite, "connection", "delete", address)


def test_without_a_certificate_services_are_not_ready(make_suite: MakeSuite):
    """Nobody is served without TLS by mistake; they come back with the certificate."""
    suite = make_suite()
    suite.stop()
    kept = suite.certificate.read_bytes()
    suite.certificate.unlink()
    with pytest.raises(pytest.fail.Exception):
        suite.start(patience_s=1)

    def said() -> str:
        where = ("--dir", str(suite.directory))
        return type_mailmax("status", "--wait", "1", *where).stdout

    wait_for(lambda: "not ready: smtpmax, popmax, imapmax" in said(), 60)
    assert str(suite.directory / "logs") in said()
    log = (suite.directory / "logs/imapmax.log").read_text()
    assert "imapmax cannot run: certificate: " in log
    assert f"{suite.certificate}" in log
    assert is_closed("127.0.0.1", suite.port("imaps"))

    suite.certificate.write_bytes(kept)
    suite.certificate.chmod(0o644)
    suite.wait_ready()
    assert b"mail.suite.test" in greeting("127.0.0.1", suite.port("imap"))


def test_an_address_of_another_computer_is_said_to_be_elsewhere(suite: Suite):
    command(suite, "connection", "add", "192.0.2.1")
    try:
        found = status(suite, "192.0.2.1")["smtp"]["doors"]

        assert [one["state"] for one in found] == ["elsewhere"]
        assert found[0]["reason"] == "that is no address of this computer"
        assert b"ESMTP" in greeting("127.0.0.1", suite.port("smtp"))
    finally:
        command(suite, "connection", "delete", "192.0.2.1")


def test_a_killed_role_finds_who_knocked_meanwhile(suite: Suite, second: str):
    """DESIGN 2: nobody is refused between death and restart."""
    dead = suite.kill("imapmax")
    with socket.create_connection((second, suite.port("imap")), timeout=10) as sock:
        assert b"two.second.test" in sock.recv(500)
    suite.wait_back("imapmax", dead)


def test_a_role_that_comes_back_has_not_what_was_closed_meanwhile(
    suite: Suite, second: str
):
    pid = suite.role_pid("popmax")
    os.kill(pid, signal.SIGSTOP)
    try:
        words = ("service", "close", second, "pop3")
        done = type_mailmax(*words, "--dir", str(suite.directory))
        assert "not yet acting by it: popmax@" in done.stderr
        socket.create_connection((second, suite.port("pop3")), timeout=5).close()
    finally:
        os.kill(pid, signal.SIGKILL)
    suite.wait_back("popmax", pid)

    wait_for(lambda: is_closed(second, suite.port("pop3")))
    assert b"+OK" in greeting("127.0.0.1", suite.port("pop3"))


def test_each_role_holds_its_own_sockets_only(suite: Suite):
    listening = _listening_inodes()
    mine = {
        role: {listening[inode] for inode in _inodes(pid) if inode in listening}
        for role in ("smtpmax", "popmax", "imapmax", "filer", "queuemax", "datamax")
        if (pid := suite.role_pid(role))
    }

    def ports(*services: str) -> set[int]:
        return {suite.port(service) for service in services}

    assert mine == {
        "smtpmax": ports("smtp", "submission", "submissions"),
        "popmax": ports("pop3", "pop3s"),
        "imapmax": ports("imap", "imaps"),
        "filer": set(),
        "queuemax": set(),
        "datamax": set(),
    }


def _listening_inodes() -> dict[str, int]:
    """Return the port of every TCP socket that listens, by its inode."""
    found = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A":
            found[fields[9]] = int(fields[1].partition(":")[2], 16)
    return found


def _inodes(pid: int) -> set[str]:
    found = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was closed meanwhile
            link = str(fd.readlink())
            if link.startswith("socket:["):
                found.add(link[8:-1])
    return found


def test_water_marks_are_seen_in_the_status(suite: Suite, second: str):
    """CNX-3: at the high mark accepting pauses, at the low one it goes on."""
    marks = ("high_water=2", "low_water=1", "step=1")
    command(suite, "service", "set", second, "smtp", *marks)
    place = (second, suite.port("smtp"))
    inside = [socket.create_connection(place, timeout=10) for _ in range(2)]
    for sock in inside:
        assert b"ESMTP" in sock.recv(500)

    waiting = socket.create_connection(place, timeout=0.5)
    with pytest.raises(TimeoutError):
        waiting.recv(500)

    def door() -> dict:
        return status(suite, second)["smtp"]["doors"][0]

    wait_for(lambda: door()["is_paused"])
    assert door()["sessions"] == 2
    assert f"{second}\tsmtp\t{place[1]} (default)\tpaused\t2\t1\t2\t1" in command(
        suite, "service", "list", second
    )
    inside.pop().close()
    waiting.settimeout(5)
    assert b"ESMTP" in waiting.recv(500)
    for sock in (*inside, waiting):
        sock.close()
    wait_for(lambda: door()["sessions"] == 0)


def test_a_default_port_moves_live(make_suite: MakeSuite):
    """SMTP-5, POP-2, IMAP-1: services on port 0 follow, the others stay."""
    suite = make_suite()
    own = suite.base + 98
    command(suite, "service", "add", "127.0.0.1", "smtp", "--set", f"port={own}")

    for key, service, port in (
        ("smtp_port", "smtp", 26),
        ("pop_port", "pop3", 111),
        ("imap_port", "imap", 144),
    ):
        command(suite, "config", "set", key, str(port))
        assert b"mail.suite.test" in greeting("127.0.0.1", suite.base + port)
        assert is_closed("127.0.0.1", suite.port(service))
    assert b"ESMTP" in greeting("127.0.0.1", own)
    assert "has port" in refused(suite, "config", "set", "smtp_port", "111")

    suite.stop()
    suite.start()
    assert b"ESMTP" in greeting("127.0.0.1", suite.base + 26)


def test_per_address_limits_are_settings(make_suite: MakeSuite):
    """TRUST 3: they act at once, on the next client."""
    suite = make_suite(trust_loopback=False)
    command(suite, "config", "set", "connections_per_address", "2")
    place = ("127.0.0.1", suite.port("imap"))
    inside = [socket.create_connection(place, timeout=10) for _ in range(2)]
    for sock in inside:
        assert sock.recv(500).startswith(b"* OK ")

    assert greeting(*place).startswith(b"* BYE [LIMIT]")

    command(suite, "config", "set", "connections_per_address", "3")
    assert greeting(*place).startswith(b"* OK ")
    command(suite, "config", "set", "imap_connections", "2")
    assert greeting(*place).startswith(b"* BYE [LIMIT]")
    for sock in inside:
        sock.close()


async def _load(suite: Suite) -> None:
    """1,000 domains, 10,000 users; then one more service, by the clock."""
    secrets = suite.directory / "secrets" / "host-password"
    address = f"unix:{suite.directory / 'run' / 'datamax.sock'}"
    me = Identity("admin", "here")
    hub = HubClient(address, PasswordFile(secrets), me, frozenset())
    await hub.start(10)
    try:
        for begin in range(0, 1000, 50):
            names = [f"d{number}.test" for number in range(begin, begin + 50)]
            await asyncio.gather(*(hub.ask(AddDomain(name)) for name in names))
        for begin in range(0, 10_000, 2000):
            rows = tuple(
                ImportRow(f"u{n}@d{n % 1000}.test", Secret(HASH))
                for n in range(begin, begin + 2000)
            )
            answer = await hub.ask(ImportUsers(rows))
            assert isinstance(answer, Imported), answer
            assert answer.added == 2000, answer.refused[:1]

        began = time.monotonic()
        changed = await hub.ask(bindings.AddBinding(SECOND))
        for service in ("smtp", "pop3", "imap"):
            greeted = await asyncio.to_thread(greeting, SECOND, suite.port(service))
            assert b"mail.suite.test" in greeted
        assert time.monotonic() - began < 1.0
        assert changed.waiting_for == ()

        began = time.monotonic()
        await hub.ask(bindings.DeleteBinding(SECOND))
        assert await asyncio.to_thread(is_closed, SECOND, suite.port("imap"))
        assert time.monotonic() - began < 1.0
    finally:
        await hub.stop()


@pytest.mark.timed
def test_with_many_domains_and_users_a_service_acts_within_a_second(
    make_suite: MakeSuite,
):
    """HUB-8, on 1,000 domains and 10,000 users."""
    suite = make_suite()

    asyncio.run(_load(suite))


# Roles alone


def _opened(suite: Suite, service: str) -> bytes:
    """Return the greeting, once there is one."""
    found = []

    def try_once() -> bool:
        with contextlib.suppress(OSError):
            found.append(greeting("127.0.0.1", suite.port(service)))
        return bool(found)

    wait_for(try_once, 20)
    return found[0]


SYSTEMD = """
import os, socket, subprocess, sys
port, root = int(sys.argv[1]), sys.argv[2]
given = socket.create_server(("127.0.0.1", port))
unwanted = socket.create_server(("127.0.0.9", port))
os.dup2(given.fileno(), 103)
os.dup2(unwanted.fileno(), 104)
given.close()
unwanted.close()
os.dup2(103, 3)
os.dup2(104, 4)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2")
os.execv(sys.executable, [sys.executable, "-m", "mailmax", "run", "popmax", "--dir", root])
"""  # noqa: E501 - one line of the child's program


def test_a_role_alone_uses_the_sockets_of_systemd_and_binds_the_rest(
    make_suite: MakeSuite,
):
    suite = make_suite()
    suite.stop()
    root = str(suite.directory)
    mailmax = [sys.executable, "-m", "mailmax", "run"]
    with contextlib.ExitStack() as stack:

        def start(*words: str) -> None:
            process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)

        start(*mailmax, "datamax", "--dir", root)
        port = str(suite.port("pop3"))
        start(sys.executable, "-c", SYSTEMD, port, root)

        assert b"+OK mail.suite.test" in _opened(suite, "pop3")
        pop = poplib.POP3_SSL(
            "127.0.0.1", suite.port("pop3s"), context=suite.tls(), timeout=20
        )
        assert b"mail.suite.test" in pop.getwelcome()
        pop.quit()
        assert is_closed("127.0.0.9", suite.port("pop3")), "no connection has it"

        command(suite, "service", "close", "127.0.0.1", "pop3")
        assert is_closed("127.0.0.1", suite.port("pop3"))
        command(suite, "service", "open", "127.0.0.1", "pop3")
        assert b"+OK mail.suite.test" in greeting("127.0.0.1", suite.port("pop3"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to give up")
def test_a_role_alone_keeps_the_right_to_low_ports_and_nothing_else(
    make_suite: MakeSuite,
):
    suite = make_suite()
    suite.stop()
    root = str(suite.directory)
    mailmax = [sys.executable, "-m", "mailmax", "run"]
    with contextlib.ExitStack() as stack:

        def start(role: str) -> int:
            process = subprocess.Popen(
                [*mailmax, role, "--dir", root], stderr=subprocess.DEVNULL
            )
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            return process.pid

        start("datamax")
        pid = start("imapmax")
        assert b"mail.suite.test" in _opened(suite, "imap")

        words = ("imap", "--set", "port=89")
        command(suite, "service", "add", "127.0.0.1", *words)

        assert b"mail.suite.test" in greeting("127.0.0.1", 89)
        fields = Path(f"/proc/{pid}/status").read_text()
        held = re.findall(r"Cap(?:Eff|Prm):\t([0-9a-f]+)", fields)
        assert [int(one, 16) for one in held] == [1 << 10, 1 << 10]
