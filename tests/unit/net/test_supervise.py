"""The supervisor restarts what dies and stops in order, without orphans."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from waiting import wait_for

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from mailmax.net.supervise import Supervisor

where = Path(sys.argv[1])

def run(name):
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    told = where / f"{name}.new"
    told.write_text(str(os.getpid()))
    told.rename(where / f"{name}.pid")
    while not stop:
        time.sleep(0.01)
    with (where / "stopped").open("a") as log:
        log.write(name + "\\n")

Supervisor(
    roles=["hub", "front"],
    run=run,
    stop_order=[["front"], ["hub"]],
    on_note=lambda note: print(note, flush=True),
).supervise()
"""


def read_pid(path: Path) -> int:
    wait_for(path.exists)
    return int(path.read_text())


@pytest.fixture
def supervisor(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.terminate()
    process.communicate()


@pytest.mark.timed
def test_a_killed_role_is_back_within_a_second(supervisor, tmp_path):
    first = read_pid(tmp_path / "front.pid")
    hub = read_pid(tmp_path / "hub.pid")

    started = time.monotonic()
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: read_pid(tmp_path / "front.pid") != first)

    assert time.monotonic() - started < 1
    assert read_pid(tmp_path / "hub.pid") == hub, "no role's death stops another"


def test_it_stops_the_front_first_and_the_hub_last(supervisor, tmp_path):
    pids = [read_pid(tmp_path / f"{name}.pid") for name in ("front", "hub")]

    supervisor.send_signal(signal.SIGTERM)
    supervisor.wait(timeout=60)

    assert supervisor.returncode == 0
    assert (tmp_path / "stopped").read_text().split() == ["front", "hub"]
    for pid in pids:
        assert not Path(f"/proc/{pid}").exists()


LISTENING = """
import errno, os, signal, socket, sys, time
from pathlib import Path
from mailmax.net.keeper import Keeper
from mailmax.net.supervise import Supervisor

where = Path(sys.argv[1])
keeper = Keeper(("front",))

def run(name):
    line = keeper.in_child(name)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    first = not (where / "cut").exists()
    (where / "cut").touch()
    line.send(b"nonsense" if first else b"open 127.0.0.1 0")
    answer = line.recv(100)
    if not first:
        (where / "answered").write_bytes(answer)
    while True:
        time.sleep(0.01)

Supervisor(
    roles=["front"],
    run=run,
    stop_order=[["front"]],
    on_note=lambda note: print(note, flush=True),
    keeper=keeper,
).supervise()
"""


def test_a_role_without_a_line_is_started_again_with_a_new_one(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", LISTENING, str(tmp_path)], stdout=subprocess.DEVNULL
    ) as process:
        try:
            wait_for((tmp_path / "answered").exists)
            wait_for(lambda: (tmp_path / "answered").read_bytes() == b"no 34")
        finally:
            process.terminate()


WANTED = """
import signal, sys, time
from pathlib import Path
from mailmax.net import supervise

where = Path(sys.argv[1])
supervise._STOP_GRACE_S = 0.3

def run(name):
    number = signal.SIG_IGN if (where / "deaf").exists() else signal.SIG_DFL
    signal.signal(signal.SIGTERM, number)
    with (where / "began").open("a") as log:
        log.write(name + "\\n")
    time.sleep(60)

supervise.Supervisor(
    roles=["hub", "front"],
    run=run,
    stop_order=[["front", "hub"]],
    on_note=lambda note: print(note, flush=True),
    may_run=lambda name: not (where / f"{name}.stopped").exists(),
).supervise()
"""


@pytest.fixture
def choosy(tmp_path):
    """Give a supervisor that runs what is wanted, and how often that has begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", WANTED, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    began = tmp_path / "began"

    def count(name: str) -> int:
        return began.read_text().split().count(name) if began.exists() else 0

    yield process, count
    process.terminate()
    process.communicate()


@pytest.mark.parametrize("way", ["willing", "deaf"])
def test_a_role_that_is_not_wanted_ends_and_stays_away(choosy, tmp_path, way):
    """HUB-6. One that does not hear is killed."""
    process, count = choosy
    if way == "deaf":
        (tmp_path / "deaf").touch()
    wait_for(lambda: count("front") == count("hub") == 1)

    (tmp_path / "front.stopped").touch()
    code = -9 if way == "deaf" else -15
    said = process.stdout.readline()
    while "was stopped" not in said:
        assert said
        said = process.stdout.readline()
    time.sleep(1)  # long enough to start it by mistake
    ran = process.pid
    before = Path(f"/proc/{ran}/stat").read_text().split()[13:15]
    time.sleep(1)
    after = Path(f"/proc/{ran}/stat").read_text().split()[13:15]

    assert said == f"front ended with {code}; it was stopped\n"
    assert (count("front"), count("hub")) == (1, 1)
    spent = sum(map(int, after)) - sum(map(int, before))
    assert spent < 30, "it looks now and then, and does not spin"

    (tmp_path / "front.stopped").unlink()
    wait_for(lambda: count("front") == 2)
    assert count("hub") == 1


def test_a_role_that_was_stopped_before_is_not_started(tmp_path):
    (tmp_path / "front.stopped").touch()
    process = subprocess.Popen(
        [sys.executable, "-c", WANTED, str(tmp_path)], stdout=subprocess.PIPE
    )
    try:
        wait_for((tmp_path / "began").exists)
        time.sleep(0.5)
        assert (tmp_path / "began").read_text().split() == ["hub"]
    finally:
        process.terminate()
        process.communicate()
