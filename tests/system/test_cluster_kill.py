"""QueueMax, and the member's SMTPMax, are killed while mail goes to a member.

TRUST C0, D4; CLU-1.
"""

import contextlib
import email.utils  # noqa: TID251 - tests may
import json
import os
import random
import re
import smtplib
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Self

import pytest

from fix_computers import WHY_NOT
from fix_ledger import Ledger, Verdict, rule_of_three
from fix_members import Cluster, Member
from fix_suite import Account
from waiting import wait_for

ROUNDS = int(os.environ.get("MAILMAX_CLUSTER_KILLS", "6"))
"""Each kills QueueMax here, SMTPMax there, or both; `make trust` asks for more."""
IN_FLIGHT = 20
"""Messages that may be on their way to one host at once."""
SENDERS = 3

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300 + 10 * ROUNDS),
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
]


class Load:
    """Clients on alpha that send to a user of beta."""

    def __init__(self, here: Member, user: Account, ledger: Ledger) -> None:
        self._here = here
        self._user = user
        self._ledger = ledger
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._keep) for _ in range(SENDERS)]
        self.accepted = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _keep(self) -> None:
        with self._here.computer.inside():
            while not self._stop.is_set():
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    self._send()

    def _send(self) -> None:
        port = self._here.suite.port("smtp")
        with smtplib.SMTP("127.0.0.1", port, timeout=15) as smtp:
            while not self._stop.is_set():
                name, content = self._ledger.make(random.choice([300, 4000, 60_000]))
                smtp.sendmail("eve@elsewhere.test", [self._user.address], content)
                self._ledger.promise(name)
                self.accepted += 1
                time.sleep(0.01)


def kill(cluster: Cluster, number: int) -> list[float]:
    """Kill one role or both; return when, once all are back."""
    sending = (cluster.alpha.suite, "queuemax")
    taking = (cluster.beta.suite, "smtpmax")
    chosen = [[sending], [taking], [sending, taking]][number % 3]
    dead = []
    for suite, role in random.sample(chosen, len(chosen)):
        dead.append((suite, role, suite.kill(role), time.time()))
        time.sleep(random.uniform(0.0, 0.05))
    for suite, role, pid, _ in dead:
        assert pid, f"{role} was not there to be killed"
        suite.wait_back(role, pid, 30)
    return [when for *_, when in dead]


def mail_of(member: Member, user: Account) -> Iterator[bytes]:
    """Give everything in a user's INBOX."""
    with member.computer.inside():
        client = member.suite.imap(user)
    with client:
        _, (count,) = client.select("INBOX", readonly=True)
        for number in range(1, int(count) + 1):
            yield client.fetch(str(number), "(BODY.PEEK[])")[1][0][1]


def wait_for_all(
    member: Member, user: Account, ledger: Ledger, patience_s: float = 60.0
) -> tuple[list[bytes], Verdict]:
    """Wait until all that was promised is there; return what is."""
    end = time.monotonic() + patience_s
    while True:
        found = list(mail_of(member, user))
        verdict = ledger.judge(found)
        if not verdict.lost or time.monotonic() > end:
            return found, verdict
        time.sleep(0.25)


def is_all_sent(member: Member) -> bool:
    """Tell whether nothing waits; what does is tried at once."""
    rows = json.loads(member.type("queue", "list", "--json"))["rows"]
    if rows:
        member.type("queue", "retry", "--all")
    return not rows


def arrived(content: bytes) -> float:
    """Return when a message came to the member, in whole seconds."""
    line = re.search(rb"Received:.*?;\s+([^\r]+)\r", content, re.DOTALL)[1]
    return email.utils.parsedate_to_datetime(line.decode()).timestamp()


def unexplained(found: list[bytes], kills: list[float]) -> list[str]:
    """Return what came twice although nobody was killed meanwhile."""
    moments: dict[str, list[float]] = defaultdict(list)
    for content in found:
        name = re.search(rb"^X-Ledger: (\S+)", content, re.MULTILINE)[1].decode()
        moments[name].append(arrived(content))
    return [
        name
        for name, (first, *more) in moments.items()
        for second in more
        if not any(
            min(first, second) - 1 <= when <= max(first, second) + 1 for when in kills
        )
    ]


def test_what_is_for_a_member_arrives_whoever_dies(cluster: Cluster, capsys) -> None:
    """At least once; twice is only what was on its way at a kill."""
    alpha, beta = cluster.alpha, cluster.beta
    ledger = Ledger()
    kills: list[float] = []

    with Load(alpha, cluster.bob, ledger) as load:
        for number in range(ROUNDS):
            before = load.accepted
            wait_for(lambda before=before: load.accepted > before + 5, 30)
            kills += kill(cluster, number)
            time.sleep(random.uniform(0.05, 0.5))
    wait_for(lambda: is_all_sent(alpha), 120)

    found, verdict = wait_for_all(beta, cluster.bob, ledger)
    with capsys.disabled():
        sys.stdout.write(f" [{told(len(kills), verdict)}]")
    assert (verdict.lost, verdict.corrupt, verdict.phantom) == ([], [], [])
    assert len(verdict.duplicate) <= IN_FLIGHT * len(kills), verdict
    assert unexplained(found, kills) == []
    assert verdict.promised > 5 * ROUNDS


def told(kills: int, verdict: Verdict) -> str:
    """Say what came of it, in figures."""
    return (
        f"{kills} kills, {verdict.promised} promised for a member,"
        f" {len(verdict.lost)} lost, {rule_of_three(kills)},"
        f" {len(verdict.duplicate)} arrived twice"
    )
