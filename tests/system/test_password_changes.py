"""Sessions end when a password was changed while their role could not be told (G9).

Theory:
    The roles stand still (SIGSTOP), so the hub drops them after the DataMax timeout;
    or the hub is killed, and the roles stand still until another one runs. Then the
    administrator changes accounts, and the roles go on: their clients never noticed.
"""

import contextlib
import imaplib
import json
import os
import poplib
import signal
import smtplib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from commands import type_mailmax
from fix_suite import Account, MakeSuite, Suite, run_mailmax

pytestmark = pytest.mark.system

HOLDERS = ("imapmax", "popmax", "smtpmax")
ENDED_S = 10.0
"""Far below the promised 60: the roles ask as soon as they have joined again."""


@dataclass
class Clients:
    """One user's sessions, one a role."""

    imap: imaplib.IMAP4
    pop: poplib.POP3
    smtp: smtplib.SMTP

    def are_here(self) -> list[bool]:
        """Tell which of them are still served."""
        return [
            _answers(lambda: self.imap.noop()[0] == "OK"),
            _answers(lambda: self.pop.noop().startswith(b"+OK")),
            _answers(lambda: self.smtp.noop()[0] == 250),
        ]


def _answers(ask) -> bool:
    try:
        return ask()
    except (OSError, imaplib.IMAP4.error, poplib.error_proto, smtplib.SMTPException):
        return False


@contextlib.contextmanager
def clients(suite: Suite, user: Account) -> Iterator[Clients]:
    with contextlib.ExitStack() as stack:
        imap = suite.imap(user)
        stack.callback(imap.shutdown)
        pop = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=20)
        stack.callback(pop.close)
        pop.user(user.address)
        pop.pass_(user.password)
        smtp = smtplib.SMTP("127.0.0.1", suite.port("submission"), timeout=20)
        stack.callback(smtp.close)
        smtp.login(user.address, user.password)
        yield Clients(imap, pop, smtp)


@contextlib.contextmanager
def standing_still(suite: Suite) -> Iterator[None]:
    pids = [suite.role_pid(role) for role in HOLDERS]
    assert all(pids)
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def mailmax(suite: Suite, *words: str) -> str:
    return run_mailmax(*words, "--dir", str(suite.directory)).stdout


def running_roles(suite: Suite) -> set[str]:
    """Ask the hub who is a member; not all being ready is no failure here."""
    done = type_mailmax("status", "--json", "--dir", str(suite.directory))
    return {one["role"] for one in json.loads(done.stdout)["services"]}


def wait_until_dropped(suite: Suite) -> None:
    end = time.monotonic() + 60
    while running_roles(suite) & set(HOLDERS):
        assert time.monotonic() < end, "the hub keeps roles that are silent"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def hurried(_suites: MakeSuite) -> Suite:
    """Give a suite whose hub drops silent roles after 5 s."""
    suite = _suites(users=8)
    mailmax(suite, "config", "set", "datamax_timeout_s", "5")
    return suite


CHANGES = {
    "password": lambda user: ("user", "password", user, "--password", "another"),
    "disabled": lambda user: ("user", "disable", user),
    "deleted": lambda user: ("user", "delete", user),
}


@pytest.mark.parametrize("cut", ["link lost", "hub killed"])
def test_a_change_that_no_role_heard_ends_that_users_sessions_only(
    hurried: Suite, cut: str
) -> None:
    suite = hurried
    first = 4 if cut == "hub killed" else 0
    changed = dict(zip(CHANGES, suite.users[first : first + 3], strict=True))
    other = suite.users[first + 3]

    with contextlib.ExitStack() as stack:
        theirs = {
            how: stack.enter_context(clients(suite, user))
            for how, user in changed.items()
        }
        others = stack.enter_context(clients(suite, other))
        with standing_still(suite):
            if cut == "hub killed":
                dead = suite.kill("datamax")
                suite.wait_back("datamax", dead)
            wait_until_dropped(suite)
            for how, user in changed.items():
                mailmax(suite, *CHANGES[how](user.address))
        suite.wait_ready()

        end = time.monotonic() + ENDED_S
        while time.monotonic() < end and any(
            any(c.are_here()) for c in theirs.values()
        ):
            time.sleep(0.2)
        assert {how: c.are_here() for how, c in theirs.items()} == {
            how: [False] * 3 for how in CHANGES
        }
        assert others.are_here() == [True] * 3
