"""One supervisor a node directory; what a dead one left is named and waited for."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mailmax.bootstrap import only_one
from mailmax.bootstrap.only_one import AlreadyRunningError, take
from waiting import wait_for

ROLES = ("datamax", "imapmax")

SUPERVISOR = """
import os, sys, time
from pathlib import Path
from mailmax.bootstrap.only_one import take

lock = Path(sys.argv[1])
only = take(lock, lock.parent, ("datamax", "imapmax"), print)
role = os.fork()
if role == 0:
    only.enter("imapmax")
    print(os.getpid(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def running(tmp_path):
    """A supervisor and one role: its process, and the number of the role's."""
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path / "lock")],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        role = int(process.stdout.readline())
        yield process, role
        process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.kill(role, signal.SIGKILL)


def test_a_living_supervisor_is_named_at_once(tmp_path, running):
    process, _ = running
    said = []

    with pytest.raises(AlreadyRunningError) as refused:
        take(tmp_path / "lock", tmp_path, ROLES, said.append)

    assert f"running already in {tmp_path} (process {process.pid})" in str(
        refused.value
    )
    assert said == []


def test_a_role_that_was_left_is_named_and_waited_for(tmp_path, running):
    process, role = running
    process.kill()
    said = []

    def say(words):
        said.append(words)
        os.kill(role, signal.SIGKILL)

    process.wait()
    only = take(tmp_path / "lock", tmp_path, ROLES, say)

    assert said == [
        f"imapmax (process {role}) of a former start has not ended; it is waited for"
    ]
    with pytest.raises(AlreadyRunningError, match=f"process {os.getpid()}"):
        take(tmp_path / "lock", tmp_path, ROLES, said.append)
    only.release()
    take(tmp_path / "lock", tmp_path, ROLES, said.append).release()


def test_a_role_that_does_not_end_is_named_with_the_cure(
    tmp_path, running, monkeypatch
):
    process, role = running
    process.kill()
    process.wait()
    monkeypatch.setattr(only_one, "PATIENCE_S", 0.2)

    with pytest.raises(AlreadyRunningError) as refused:
        take(tmp_path / "lock", tmp_path, ROLES, lambda _: None)

    assert f"imapmax (process {role})" in str(refused.value)
    assert f"kill {role}" in str(refused.value)


def test_names_that_are_none_are_not_shown(tmp_path, running):
    """Roles may write in that file."""
    process, role = running
    process.kill()
    process.wait()
    lock = tmp_path / "lock"
    lock.write_text(f"\x1b[2J {os.getpid()}\nevil {os.getpid()}\nimapmax {role}\n")
    said = []

    def say(words):
        said.append(words)
        os.kill(role, signal.SIGKILL)

    take(lock, tmp_path, ROLES, say).release()

    assert [words.split(" of ")[0] for words in said] == [f"imapmax (process {role})"]
    wait_for(lambda: not Path(f"/proc/{role}/exe").exists())
