"""An administrator on another computer, with commands of his own (GEN-2, HUB-2).

The other computer is a network namespace that a pair of interfaces leads to.
"""

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_suite import MakeSuite, Suite, run_mailmax

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("ip") is None,
        reason="only root makes another computer, with ip",
    ),
]

HERE, THERE = "198.18.77.1", "198.18.77.2"
"""Of the range for tests of networks (RFC 2544)."""


class OtherComputer:
    """A network namespace, and a node directory that only names the hub."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.directory = directory

    def use(self, suite: Suite, port: int) -> None:
        """Know where the hub is, and its host password."""
        (self.directory / "secrets").mkdir(mode=0o700)
        (self.directory / "mailmax.toml").write_text(
            f'node = "far"\n[hub]\naddress = "tls:{HERE}:{port}"\n'
        )
        self.learn(suite)

    def learn(self, suite: Suite) -> None:
        """Take the host password over, as by hand."""
        shutil.copy2(suite.directory / "secrets/host-password", self._password)

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        inside = ["ip", "netns", "exec", self.name, sys.executable, "-m", "mailmax"]
        return subprocess.run(
            [*inside, *words, "--dir", str(self.directory)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @property
    def _password(self) -> Path:
        return self.directory / "secrets" / "host-password"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def free_port() -> int:
    """Return one that the kernel gives to nobody meanwhile."""
    while True:
        port = random.SystemRandom().randrange(11_000, 31_000)
        with contextlib.suppress(OSError):
            socket.create_server(("0.0.0.0", port)).close()
            return port


@pytest.fixture
def other(tmp_path: Path) -> Iterator[OtherComputer]:
    """Give a computer that reaches this one, and that nothing else reaches."""
    name = f"mm{uuid.uuid4().hex[:8]}"
    near, far = f"{name}a", f"{name}b"
    with contextlib.ExitStack() as undo:
        ip("netns", "add", name)
        undo.callback(ip, "netns", "delete", name)
        ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        ip("addr", "add", f"{HERE}/30", "dev", near)
        ip("link", "set", near, "up")
        ip("-n", name, "addr", "add", f"{THERE}/30", "dev", far)
        ip("-n", name, "link", "set", far, "up")
        yield OtherComputer(name, tmp_path)


def test_another_computer_administers_where_that_is_allowed(
    make_suite: MakeSuite, other: OtherComputer
) -> None:
    port = free_port()
    suite = make_suite(users=1, hub_listen=f"0.0.0.0:{port}")
    here = ("--dir", str(suite.directory))
    other.use(suite, port)

    off = other.type("status")
    assert off.returncode == 5
    assert "remote_administration: it is off" in off.stderr

    run_mailmax("config", "set", "remote_administration", "on", *here)
    first = other.type("status")
    assert first.returncode == 5
    assert "mailmax hostpassword" in first.stderr

    run_mailmax("hostpassword", "--password", "an0ther-one", *here)
    other.learn(suite)
    seen = other.type("status", "--json")
    assert seen.returncode == 0, seen.stderr
    assert json.loads(seen.stdout)["ready"]
    assert other.type("domain", "add", "far.test").returncode == 0

    run_mailmax("config", "set", "remote_administration", "off", *here)
    assert other.type("domain", "add", "late.test").returncode == 5
    rows = json.loads(run_mailmax("domain", "list", "--json", *here).stdout)["rows"]
    assert [row["name"] for row in rows] == ["far.test", "suite.test"]
