"""Real power cuts under a committing process: no promise is lost (TRUST C3).

The number of cuts is ``MAILMAX_POWER_CUTS`` (30; `make trust` sets more), the first of
them ``MAILMAX_POWER_FIRST``: what is written follows from a cut's number.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fix_ledger import rule_of_three
from fix_power import LoopDisk

CUTS = int(os.environ.get("MAILMAX_POWER_CUTS", "30"))
FIRST = int(os.environ.get("MAILMAX_POWER_FIRST", "0"))
CHILD = str(Path(__file__).with_name("journal_child.py"))

pytestmark = [pytest.mark.system, pytest.mark.timeout(300 + 3 * CUTS)]


def test_no_promise_is_lost_at_a_power_cut(loop_disk: LoopDisk, capsys) -> None:
    outcome = Outcome()

    for cut in range(FIRST, FIRST + CUTS):
        outcome.cut(loop_disk, cut, "")

    with capsys.disabled():
        sys.stdout.write(f" [{outcome}]")
    assert outcome.trouble == []
    assert outcome.promises >= CUTS
    loop_disk.check()


@pytest.mark.parametrize("broken", ["no-sync", "no-write-sync"])
def test_a_build_that_does_not_sync_is_caught(loop_disk: LoopDisk, broken: str) -> None:
    outcome = Outcome()

    for cut in range(10):
        outcome.cut(loop_disk, cut, broken)
        if outcome.trouble:
            return

    pytest.fail("ten cuts did not show that nothing was synced")


def test_no_promise_is_lost_when_the_writer_is_killed(tmp_path: Path) -> None:
    outcome = Outcome()

    for kill in range(10):
        chance = random.Random(kill)
        promised, doubtful = write_until(tmp_path, kill, "", chance, lambda: None)
        outcome.judge(tmp_path, kill, promised, doubtful)

    assert outcome.trouble == []
    assert outcome.promises >= 10


def test_the_old_file_system_is_not_mounted_again(loop_disk: LoopDisk) -> None:
    """A mount namespace made just then holds it, cut as it is, for a while."""
    command = ["unshare", "--mount", "sh", "-c", "echo; read line"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline()
        loop_disk.cut()
        letting_go = threading.Timer(0.5, holder.communicate)
        letting_go.start()
        loop_disk.unmount()
        loop_disk.mount()

        (loop_disk.root / "new").write_bytes(b"it can be written")

        letting_go.join()


class Outcome:
    """What became of all promises, over many cuts of one file system."""

    def __init__(self) -> None:
        self.promises = 0
        self.groups_in_doubt = 0
        self.trouble: list[str] = []
        self._position = ""

    def __str__(self) -> str:
        bound = f", {rule_of_three(CUTS)}" if not self.trouble else ""
        return (
            f"{CUTS} cuts, {self.promises} promised, {len(self.trouble)} lost or"
            f" wrong{bound}, {self.groups_in_doubt} unpromised groups came"
        )

    def cut(self, disk: LoopDisk, number: int, broken: str) -> None:
        chance = random.Random(number)
        lines = write_until(disk.root, number, broken, chance, disk.cut)
        disk.unmount()
        disk.mount()
        self.judge(disk.root, number, *lines)

    def judge(
        self, root: Path, number: int, promised: list[str], doubtful: list[str]
    ) -> None:
        done = ("done", "keep", "keep")[number % 3]
        answer = json.loads(_child("read", root, self._position, done))
        self._position = answer["position"]
        self.promises += len(promised)
        found = answer["found"]
        extra = found[len(promised) :]
        if found[: len(promised)] != promised:
            self.trouble.append(f"cut {number}: {found} instead of {promised}")
        elif extra not in ([], doubtful):
            self.trouble.append(f"cut {number}: {extra}, in doubt was {doubtful}")
        if answer["bad"]:
            self.trouble.append(f"cut {number}: damaged")
        self.groups_in_doubt += bool(extra)


def write_until(
    root: Path,
    number: int,
    broken: str,
    chance: random.Random,
    cut: Callable[[], None],
) -> tuple[list[str], list[str]]:
    """Let a process commit; cut after some promises; return promised and in doubt."""
    command = [sys.executable, CHILD, "write", str(root), str(number)]
    lines: list[bytes] = []
    with subprocess.Popen(
        [*command, *([broken] if broken else [])], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        wanted = chance.choice((1, 2, 3, 5, 20))
        while wanted:
            lines.append(child.stdout.readline())
            wanted -= lines[-1].startswith(b"promise")
            assert lines[-1], "the writer ended before the cut"
        time.sleep(chance.choice((0.0, 0.0, 0.0002, 0.001)))
        cut()
        child.kill()
        lines += child.stdout.readlines()
    promised: list[str] = []
    doubtful: list[str] = []
    for line in lines:
        verb, *names = line.decode().split()
        if verb == "promise":
            promised += names
            doubtful = []
        else:
            doubtful = names
    return promised, doubtful


def _child(*words: object) -> bytes:
    command = [sys.executable, CHILD, *map(str, words)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
