"""Who works behind the scenes gives way to who answers somebody, on every thread."""

import os
import time
from pathlib import Path

import pytest

from fix_suite import ROLES, MakeSuite, Suite, run_mailmax

pytestmark = pytest.mark.system

BEHIND = {"filer", "queuemax", "housekeeping"}
LAST = {"housekeeping"}
CHORES = {"datamax": ({os.SCHED_BATCH}, {10})}
"""Threads of it check passwords, and wrap those that were imported."""


@pytest.mark.parametrize("role", ROLES)
def test_who_works_behind_gives_way_and_nobody_else_does(
    suite: Suite, role: str
) -> None:
    pid = suite.role_pid(role)
    threads = [int(one.name) for one in _tasks(pid)]
    policy = os.SCHED_BATCH if role in BEHIND else os.SCHED_OTHER
    nice = 10 if role in LAST else 0
    policies, levels = CHORES.get(role, (set(), set()))

    assert os.sched_getscheduler(pid) == policy
    assert os.getpriority(os.PRIO_PROCESS, pid) == nice
    assert {os.sched_getscheduler(one) for one in threads} - policies == {policy}
    assert {os.getpriority(os.PRIO_PROCESS, one) for one in threads} - levels == {nice}


def test_passwords_are_wrapped_by_a_thread_that_takes_what_others_leave(
    make_suite: MakeSuite, tmp_path: Path
) -> None:
    """Each takes 34 ms of a processor; logins and mail go first."""
    suite = make_suite()
    file = tmp_path / "many.csv"
    file.write_text("".join(f"w{n}@suite.test,secret{n}\n" for n in range(100)))

    run_mailmax("user", "import", str(file), "--dir", str(suite.directory))

    pid = suite.role_pid("datamax")
    end = time.monotonic() + 20
    nice: list[int] = []
    while 10 not in nice:
        assert time.monotonic() < end, nice
        nice = [os.getpriority(os.PRIO_PROCESS, int(one.name)) for one in _tasks(pid)]
    assert nice.count(10) == 1
    assert os.getpriority(os.PRIO_PROCESS, pid) == 0


def _tasks(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())
