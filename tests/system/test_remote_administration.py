"""An administrator on another computer, with commands of his own (GEN-2, HUB-2).

Both computers are network namespaces, and a pair of interfaces leads from one to the
other: nothing is changed on the computer that the tests run on.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_suite import MakeSuite, Suite, run_mailmax

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("ip") is None,
        reason="only root makes another computer, with ip",
    ),
]

HERE, THERE = "198.18.77.1", "198.18.77.2"
"""Of the range for tests of networks (RFC 2544)."""
PORT = 9999
"""Nobody else listens there."""


def inside(namespace: str) -> tuple[str, ...]:
    """Return what a command stands behind to run there."""
    return ("ip", "netns", "exec", namespace)


class OtherComputer:
    """A network namespace, and a node directory that only names the hub."""

    def __init__(self, name: str, ours: str, directory: Path) -> None:
        self.name = name
        self.ours = ours
        """The namespace that the suite is in."""
        self.directory = directory

    def use(self, suite: Suite) -> None:
        """Know where the hub is, and its host password."""
        (self.directory / "secrets").mkdir(mode=0o700)
        (self.directory / "mailmax.toml").write_text(
            f'node = "far"\n[hub]\naddress = "tls:{HERE}:{PORT}"\n'
        )
        self.learn(suite)

    def learn(self, suite: Suite) -> None:
        """Take the host password over, as by hand."""
        shutil.copy2(suite.directory / "secrets/host-password", self._password)

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [*inside(self.name), sys.executable, "-m", "mailmax", *words]
        return subprocess.run(
            [*command, "--dir", str(self.directory)],
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


@pytest.fixture
def other(tmp_path: Path) -> Iterator[OtherComputer]:
    """Give a computer that reaches this one, and that nothing else reaches."""
    name = f"mm{uuid.uuid4().hex[:8]}"
    here, there = f"{name}a", f"{name}b"
    with contextlib.ExitStack() as undo:
        for one in (here, there):
            ip("netns", "add", one)
            undo.callback(ip, "netns", "delete", one)
            ip("-n", one, "link", "set", "lo", "up")
        peer = ("peer", "name", there, "netns", there)
        ip("-n", here, "link", "add", here, "type", "veth", *peer)
        for one, address in ((here, HERE), (there, THERE)):
            ip("-n", one, "addr", "add", f"{address}/30", "dev", one)
            ip("-n", one, "link", "set", one, "up")
        yield OtherComputer(there, here, tmp_path)


def test_another_computer_administers_where_that_is_allowed(
    make_suite: MakeSuite, other: OtherComputer
) -> None:
    suite = make_suite(
        users=1, hub_listen=f"0.0.0.0:{PORT}", launcher=inside(other.ours)
    )
    here = ("--dir", str(suite.directory))
    other.use(suite)

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
