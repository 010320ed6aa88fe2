"""The log's disk is full, its directory is gone, its files are moved (TRUST M12).

Mail goes on, and what could not be written is counted in the first line that can be.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fix_battered import children, pids
from fix_suite import ROLES, Suite, run_mailmax
from mailmax.observe.logfiles import GATHER_S
from waiting import wait_for

pytestmark = pytest.mark.system

COUNTED = "could not be written before this line"
TALKERS = ("popmax", "imapmax", "smtpmax")
"""Roles that are made to log something: each says when it ends and when it serves."""


def mail_flows(suite: Suite) -> None:
    mark = uuid.uuid4().hex
    user = suite.users[1]
    suite.send("eve@elsewhere.test", user.address, f"Subject: {mark}\r\n\r\n".encode())
    suite.wait_for(user, mark)


def mail_flows_on(suite: Suite) -> None:
    """See mail go through for so long that lines of it must have been written."""
    end = time.monotonic() + 10 * GATHER_S
    while time.monotonic() < end:
        mail_flows(suite)


@pytest.fixture
def role_pids(battered: Suite) -> Iterator[dict[str, int]]:
    """Give the roles' processes; afterwards their logs say again who serves."""
    yield pids(battered)
    end_unknown(battered)
    wait_for(lambda: set(pids(battered).values()) == set(children(battered)), 20)


def end_unknown(suite: Suite) -> None:
    """End the roles that began while their log could not be written."""
    for pid in set(children(suite)) - set(pids(suite).values()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def ended(suite: Suite, dead: list[int]) -> None:
    """Wait until roles that were told to end have, and others serve for them."""
    wait_for(lambda: not set(dead) & set(children(suite)), 20)
    wait_for(lambda: len(children(suite)) == len(ROLES), 20)
    suite.wait_ready()


def test_m12_a_log_directory_that_is_gone_stops_nobody(
    battered: Suite, role_pids: dict[str, int]
) -> None:
    """TRUST M12: not even who starts while it is away."""
    logs, away = battered.directory / "logs", battered.directory / "logs.away"
    dead = [role_pids[role] for role in TALKERS]
    logs.rename(away)
    try:
        for pid in dead:
            os.kill(pid, signal.SIGKILL)
        ended(battered, dead)
        mail_flows(battered)
    finally:
        away.rename(logs)

    end_unknown(battered)
    for role in TALKERS:
        wait_for(lambda role=role: COUNTED in (logs / f"{role}.log").read_text())


def test_m12_a_full_log_disk_stops_nobody(
    battered: Suite, role_pids: dict[str, int], mounted: Callable[[Path], None]
) -> None:
    """TRUST M12: and needs nobody when there is room again."""
    logs = battered.directory / "logs"
    mounted(logs)
    ballast = logs / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    dead = [role_pids[role] for role in TALKERS]
    for pid in dead:
        os.kill(pid, signal.SIGTERM)
    ended(battered, dead)
    mail_flows(battered)
    ballast.unlink()

    end_unknown(battered)
    for role in TALKERS:
        wait_for(lambda role=role: COUNTED in _text(logs / f"{role}.log"))


@pytest.fixture
def events_logged(battered: Suite) -> Iterator[Path]:
    """Let SMTPMax log what happens; give its file."""

    def rate(word: str) -> None:
        where = ("--dir", str(battered.directory))
        run_mailmax("config", "set", "smtp_log_rate", word, *where)

    rate("unlimited")
    yield battered.directory / "logs" / "smtp-events.log"
    rate("never")


def test_m12_what_events_could_not_be_logged_is_said_and_mail_goes_on(
    battered: Suite, events_logged: Path, mounted: Callable[[Path], None]
) -> None:
    """TRUST M12: a directory that is gone, a disk that is full."""
    logs, away = events_logged.parent, battered.directory / "logs.away"
    logs.rename(away)
    try:
        mail_flows_on(battered)
    finally:
        away.rename(logs)
    mail_flows(battered)
    wait_for(lambda: " lines-lost lines=" in _text(events_logged))

    mounted(logs)
    ballast = logs / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    mail_flows_on(battered)
    ballast.unlink()
    mail_flows(battered)
    wait_for(lambda: " lines-lost lines=" in _text(events_logged))


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@pytest.fixture
def mounted() -> Iterator[Callable[[Path], None]]:
    """Give a function that covers a directory by a file system of 64 KiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    covered: list[Path] = []

    def mount(directory: Path) -> None:
        owner = directory.stat()
        options = f"size=64K,mode=700,uid={owner.st_uid},gid={owner.st_gid}"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("tmpfs cannot be mounted here")
        covered.append(directory)

    yield mount
    for directory in covered:
        subprocess.run(["umount", "-l", str(directory)], check=True)


def test_m12_a_log_that_is_moved_away_while_its_role_is_killed(
    battered: Suite, role_pids: dict[str, int]
) -> None:
    """TRUST M12: rotation by moving: who lives and who is new write to a new file."""
    logs = battered.directory / "logs"
    for role in TALKERS:
        shutil.move(logs / f"{role}.log", logs / f"{role}.log.1")
    os.kill(role_pids["popmax"], signal.SIGKILL)
    os.kill(role_pids["imapmax"], signal.SIGTERM)
    ended(battered, [role_pids["popmax"], role_pids["imapmax"]])
    mail_flows(battered)

    assert "popmax serves" in (logs / "popmax.log").read_text()
    told = (logs / "imapmax.log").read_text()
    assert "imapmax has stopped" in told
    assert "imapmax serves" in told
