"""The demo: on ports that are free, with a sink that is a role like the others."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from fix_ports import SINK, free_base
from fix_suite import ROLES, run_mailmax
from mailmax.settings.local import load_local
from mailmax.settings.web import WEB_PORT

pytestmark = pytest.mark.system

DEMO = (sys.executable, "-m", "mailmax", "demo")


@pytest.fixture
def directory() -> Iterator[Path]:
    """A node directory where other users may go."""
    above = Path(tempfile.mkdtemp(prefix="mailmax-test-", dir="/tmp"))
    above.chmod(0o755)
    yield above / "D"
    shutil.rmtree(above)


def refused(*words: str) -> tuple[int, str]:
    """Run a demo that must not start; return its exit code and its only line."""
    done = subprocess.run(
        [*DEMO, *words], capture_output=True, text=True, timeout=30, check=False
    )
    (line,) = done.stderr.splitlines()
    assert not done.stdout
    return done.returncode, line


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [
        int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ]


def uid_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("Uid:")[2].split()[1])


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def printed_link(out: IO[str]) -> str:
    """Return the address below the box that signs in."""
    return next(line for line in out if line.startswith("http")).strip()


def signed_in(place: str, **credentials: str) -> str:
    """Sign in as a page does; return as whom."""
    request = urllib.request.Request(
        f"{place}/api/v1/session",
        json.dumps(credentials).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["name"])


@pytest.mark.parametrize("standard", [SINK, 25, 995])
def test_a_taken_port_is_one_line_with_a_cure_that_can_be_followed(standard):
    base = free_base()
    with socket.create_server(("127.0.0.1", base + standard)):
        code, line = refused("--base-port", str(base))

    assert code == 4
    assert f"port {base + standard} (Address already in use)" in line
    assert '; use another base port, as in: make demo DEMO="--base-port' in line


@pytest.mark.parametrize("base", [70_000, 65_000, -5])
def test_a_base_port_without_room_is_a_usage_error(base):
    code, line = refused("--base-port", str(base))

    assert code == 2
    assert line.startswith(f"mailmax demo: base_port: {base} leaves no room")


def test_the_sink_is_who_the_roles_are_and_ends_with_the_supervisor(directory):
    base = free_base()
    words = ("--dir", str(directory), "--base-port", str(base))
    with subprocess.Popen([*DEMO, *words], stdout=subprocess.PIPE, text=True) as demo:
        try:
            assert "MailMax is up" in demo.stdout.readline()
            running = children(demo.pid)
            assert len(running) == len(ROLES) + 1
            users = {uid_of(pid) for pid in running}
            assert len(users) == 1
            run_as = load_local(directory).run_as
            assert users == {pwd.getpwnam(run_as).pw_uid if run_as else os.geteuid()}
            run_mailmax("config", "check", "--dir", str(directory))  # finds nothing
            where = ("--dir", str(directory))
            end = time.monotonic() + 60
            while "smtp-events-" not in run_mailmax("log", "list", *where).stdout:
                assert time.monotonic() < end, "a click on a graph leads to no line"
                time.sleep(0.1)
            admins = run_mailmax("user", "list", "--admins", "--dir", str(directory))
            address, *_, administers = admins.stdout.rstrip("\n").split("\t")
            assert (address, administers) == ("admin@demo.test", "system")
            place, _, token = printed_link(demo.stdout).partition("/admin/login#link=")
            assert place == f"http://127.0.0.1:{base + WEB_PORT}"
            assert signed_in(place, link=token) == "host password"
            by_password = {"login": "admin@demo.test", "password": "demo"}
            assert signed_in(place, **by_password) == "admin@demo.test"
        finally:
            demo.send_signal(signal.SIGKILL)
    end = time.monotonic() + 40
    while any(map(is_alive, running)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(is_alive, running))

    code, line = refused("--dir", str(directory), "--base-port", str(base + 1))
    assert code == 2
    assert f"base_port: {directory} has {base} already" in line
    with socket.create_server(("127.0.0.1", base + SINK)):
        code, line = refused("--dir", str(directory))
    assert code == 4
    assert "stop who has it, or use another --dir" in line
