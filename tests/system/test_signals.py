"""Signals to each process: who dies is back, nobody else notices (TRUST M11).

Roles killed at random under load, and what was promised then: `test_kill.py`; at every
step from the 250 on: `test_cut_ladder.py`.
"""

import imaplib
import os
import signal
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from fix_battered import children, pids
from fix_suite import ROLES, MakeSuite, Suite
from login_ways import WAYS, Wire, outcome
from waiting import wait_for

pytestmark = pytest.mark.system

Service = Callable[[Suite, imaplib.IMAP4], None]
"""What a good client does, in a session that was open before or in its own."""
BACK_S = 30.0
"""One second is usual; on a machine that tests share it takes longer."""


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
    wait_for(lambda: sorted(children(battered)) == sorted(pids(battered).values()))
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


STANDS_S, TIMES = 2.0, 5
SERVED_WITHIN_S, AT_MOST_S = 1.0, 8.0
"""The quickest time tells who waits each time; on a busy machine some are late."""


def hands_in(suite: Suite, _: imaplib.IMAP4) -> None:
    user = suite.users[1]
    suite.send("eve@elsewhere.test", user.address, b"Subject: handed in\r\n\r\n")


def reads_pop(suite: Suite, _: imaplib.IMAP4) -> None:
    user = suite.users[2]
    with Wire(suite, "pop3") as wire:
        name, password = user.address.encode(), user.password.encode()
        assert outcome(WAYS["pop3 pass"][1](wire, name, password)) == "in"
        assert wire.ask(b"STAT").startswith(b"+OK")


def reads_imap(suite: Suite, _: imaplib.IMAP4) -> None:
    with suite.imap(suite.users[0]) as client:
        assert client.select("INBOX")[0] == "OK"


def goes_on_in_imap(_: Suite, session: imaplib.IMAP4) -> None:
    assert session.append("INBOX", None, None, b"Subject: kept\r\n\r\n")[0] == "OK"


@pytest.mark.parametrize(
    ("still", "services"),
    [
        (
            ("queuemax", "housekeeping"),
            (hands_in, reads_pop, reads_imap, goes_on_in_imap),
        ),
        (("datamax",), (hands_in, goes_on_in_imap)),
        (("smtpmax", "popmax", "webadmin"), (reads_imap, goes_on_in_imap)),
        (("filer", "imapmax"), (hands_in, reads_pop)),
    ],
    ids=lambda value: "+".join(v if isinstance(v, str) else v.__name__ for v in value),
)
def test_m11_roles_that_stand_still_hold_up_nobody_else(
    battered: Suite, still: tuple[str, ...], services: tuple[Service, ...]
) -> None:
    """TRUST M11: a role that is stopped is waited for; the others go on."""
    before = pids(battered)
    with battered.imap(battered.users[3]) as session:
        try:
            for role in still:
                os.kill(before[role], signal.SIGSTOP)
            took: dict[Service, list[float]] = {serve: [] for serve in services}
            end = time.monotonic() + STANDS_S
            while time.monotonic() < end or len(took[services[0]]) < TIMES:
                for serve in services:
                    begin = time.monotonic()
                    serve(battered, session)
                    took[serve].append(time.monotonic() - begin)
                    assert took[serve][-1] < AT_MOST_S, serve
            assert max(map(min, took.values())) < SERVED_WITHIN_S, took
        finally:
            for role in still:
                os.kill(before[role], signal.SIGCONT)
        mail_flows(battered)
        goes_on_in_imap(battered, session)

    assert pids(battered) == before
    wait_for(lambda: set(children(battered).values()) <= {"S", "R"})


def test_m11_every_role_stands_still_once() -> None:
    """No role is forgotten when one is added."""
    (rows,) = test_m11_roles_that_stand_still_hold_up_nobody_else.pytestmark
    assert sorted(role for still, _ in rows.args[1] for role in still) == sorted(ROLES)


def test_m11_a_start_waits_for_what_a_killed_supervisor_left(
    make_suite: MakeSuite,
) -> None:
    """It names it; MailMax does not say of itself that it is running already."""
    suite = make_suite()
    left = suite.role_pid("datamax")
    said = f"datamax (process {left}) of a former start has not ended"
    os.kill(left, signal.SIGSTOP)
    os.kill(suite.supervisor_pid, signal.SIGKILL)
    suite.wait_gone()

    def go_on() -> None:
        wait_for(lambda: said in suite.last_words(), 30)
        os.kill(left, signal.SIGCONT)

    with ThreadPoolExecutor() as pool:
        going_on = pool.submit(go_on)
        suite.start()
        going_on.result()

    mail_flows(suite)
    log = (suite.directory / "logs/supervisor.log").read_text()
    assert said in log
    assert suite.role_pid("datamax") != left
