"""Signals to each process: who dies is back, nobody else notices (TRUST M11).

Roles killed at random under load, and what was promised then: `test_kill.py`; at every
step from the 250 on: `test_cut_ladder.py`.
"""

import os
import signal
import time
import uuid

import pytest

from fix_battered import children, pids
from fix_suite import ROLES, Suite
from waiting import wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

BACK_S = 6.0
"""One second is usual; one that dies again and again, or on a busy machine, waits."""


def signal_each(suite: Suite, number: signal.Signals) -> dict[str, float]:
    """Send a signal to one role after the other; return how long each was away."""
    away: dict[str, float] = {}
    for role in ROLES:
        before = pids(suite)
        os.kill(before[role], number)
        away[role] = suite.wait_back(role, before[role])
        after = pids(suite)
        del before[role], after[role]
        assert before == after, f"the end of {role} is nobody else's"
    return away


def mail_flows(suite: Suite) -> None:
    mark = uuid.uuid4().hex
    user = suite.users[0]
    suite.send("eve@elsewhere.test", user.address, f"Subject: {mark}\r\n\r\n".encode())
    suite.wait_for(user, mark)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_m11_a_role_that_ends_is_back_and_no_other_ends(
    battered: Suite, number: signal.Signals
) -> None:
    """TRUST M11: and no zombie is left."""
    mail_flows(battered)

    away = signal_each(battered, number)

    battered.wait_ready()
    assert max(away.values()) < BACK_S, away
    assert sorted(children(battered)) == sorted(pids(battered).values())
    assert "Z" not in children(battered).values()
    mail_flows(battered)


def test_m11_a_hangup_ends_nobody(battered: Suite) -> None:
    """TRUST M11: log rotation and old habits send SIGHUP; nothing is read again."""
    before = pids(battered)
    for pid in (*before.values(), battered.supervisor_pid):
        os.kill(pid, signal.SIGHUP)

    mail_flows(battered)
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        assert pids(battered) == before
        os.kill(battered.supervisor_pid, 0)
        time.sleep(0.1)


def test_m11_roles_that_stand_still_hold_up_nobody_else(battered: Suite) -> None:
    """TRUST M11: a role that is stopped is waited for; the others go on."""
    user = battered.users[0]
    queuemax, housekeeping = (
        battered.role_pid(role) for role in ("queuemax", "housekeeping")
    )
    try:
        os.kill(queuemax, signal.SIGSTOP)
        os.kill(housekeeping, signal.SIGSTOP)
        mail_flows(battered)
        with battered.imap(user) as client:
            assert client.noop()[0] == "OK"
    finally:
        os.kill(queuemax, signal.SIGCONT)
        os.kill(housekeeping, signal.SIGCONT)
    wait_for(lambda: set(children(battered).values()) <= {"S", "R"})
