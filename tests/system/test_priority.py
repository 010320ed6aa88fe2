"""Who works behind the scenes gives way to who answers somebody, on every thread."""

import os
from pathlib import Path

import pytest

from fix_suite import ROLES, Suite

pytestmark = pytest.mark.system

BEHIND = {"filer", "queuemax", "housekeeping"}
LAST = {"housekeeping"}


@pytest.mark.parametrize("role", ROLES)
def test_who_works_behind_gives_way_and_nobody_else_does(
    suite: Suite, role: str
) -> None:
    threads = [int(one.name) for one in _tasks(suite.role_pid(role))]

    nice = {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads}
    policies = {os.sched_getscheduler(thread) for thread in threads}

    assert policies == {os.SCHED_BATCH if role in BEHIND else os.SCHED_OTHER}
    assert nice == {10 if role in LAST else 0}


def _tasks(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())
