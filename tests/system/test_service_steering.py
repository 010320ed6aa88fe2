"""Services are stopped, stay so, and are started again (HUB-6, manual 2.2)."""

import json
import poplib

import pytest

from commands import type_mailmax
from fix_suite import MakeSuite, Suite, run_mailmax
from waiting import wait_for

pytestmark = pytest.mark.system


def steer(suite: Suite, deed: str, role: str) -> str:
    words = ("service", deed, role, "--dir", str(suite.directory))
    return run_mailmax(*words).stdout


def status(suite: Suite) -> tuple[int, dict]:
    words = ("status", "--json", "--dir", str(suite.directory))
    done = type_mailmax(*words)
    return done.returncode, json.loads(done.stdout)


def test_hub_6_services_are_stopped_started_and_started_anew(
    make_suite: MakeSuite,
) -> None:
    suite = make_suite(users=2)
    popmax, imapmax = suite.role_pid("popmax"), suite.role_pid("imapmax")
    port = suite.port("pop3")

    assert steer(suite, "stop", "popmax") == "popmax is stopped\n"
    wait_for(lambda: suite.role_pid("popmax") == 0)  # it has left; its end is near
    with pytest.raises(ConnectionRefusedError):
        poplib.POP3("127.0.0.1", port, timeout=10)
    code, seen = status(suite)
    assert (code, seen["missing"], seen["shut"]) == (75, ["popmax"], [])
    assert seen["summary"]["stopped"] == ["popmax"]

    assert steer(suite, "start", "popmax") == "popmax is started\n"
    client = poplib.POP3("127.0.0.1", port, timeout=10)
    client.user(suite.users[1].address)
    client.pass_(suite.users[1].password)
    client.quit()
    wait_for(lambda: suite.role_pid("popmax") not in (0, popmax))

    assert steer(suite, "restart", "imapmax") == "imapmax is started anew\n"
    wait_for(lambda: suite.role_pid("imapmax") not in (0, imapmax))
    suite.imap(suite.users[1]).logout()

    steer(suite, "stop", "housekeeping")
    suite.stop()
    suite.start()
    code, seen = status(suite)
    assert (code, seen["summary"]["stopped"]) == (0, ["housekeeping"])
    assert suite.role_pid("housekeeping") == 0
    steer(suite, "start", "housekeeping")
    wait_for(lambda: suite.role_pid("housekeeping"))  # it says so in its log
