"""Every role watches its event loop, in every run of the tests (TRUST M14).

How often loops stood still in a whole run is a line at its end (`fix_stalls.py`).
"""

import os
import signal
import time

import pytest

from fix_battered import pids
from fix_stalls import STOOD
from fix_suite import ROLES, Suite
from waiting import wait_for

pytestmark = pytest.mark.system

STANDS_S = 0.4


@pytest.mark.parametrize("role", ROLES)
def test_m14_a_role_that_stands_still_says_so(battered: Suite, role: str) -> None:
    """TRUST M14: longer than 100 ms is counted, with its place where it was seen."""
    log = battered.directory / "logs" / f"{role}.log"
    before = len(STOOD.findall(log.read_text()))
    pid = pids(battered)[role]

    os.kill(pid, signal.SIGSTOP)
    time.sleep(STANDS_S)
    os.kill(pid, signal.SIGCONT)

    wait_for(lambda: len(STOOD.findall(log.read_text())) > before)
