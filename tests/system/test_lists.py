"""Long lists by the command, from the running services: whole, in order, in pages."""

import json
import smtplib
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fix_sink import Sink
from fix_suite import DOMAIN, MakeSuite, Suite, run_mailmax
from waiting import wait_for

pytestmark = pytest.mark.system

USERS = 10_000
MAILS = 1_500
HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$ZQ8rvlRcAqoX7y9j4qFUjYFGKRF3gJtDGsVNn8fPgRQ"
)
"""Of no password in particular; kept as it is."""
GROWTH_OCTETS = 3 << 20
"""What a long list may take beside a short one: a page or two (1 MB), not all (6)."""


@dataclass(frozen=True)
class Listed:
    """What a command showed, and the most memory that it used."""

    out: str
    err: str
    octets: int

    @property
    def json(self) -> Any:
        return json.loads(self.out)


WEIGHED = """
import atexit, pathlib, runpy, sys

status = pathlib.Path("/proc/self/status")
weight = pathlib.Path(sys.argv.pop(1))
atexit.register(lambda: weight.write_text(status.read_text()))
runpy.run_module("mailmax", run_name="__main__")
"""
"""The program, leaving a note of its memory: a parent would be told of its own, too."""


def listed(suite: Suite, *words: str) -> Listed:
    """Run one command; it must succeed."""
    note = suite.directory / "weight"
    done = subprocess.run(
        [sys.executable, "-c", WEIGHED, note, *words, "--dir", suite.directory],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Listed(done.stdout, done.stderr, _peak(note.read_text()))


def forget_peak(pid: int) -> None:
    """Let a process' highest use of memory begin anew with what it uses now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_octets(pid: int) -> int:
    """Return the most memory a process has used so far."""
    return _peak(Path(f"/proc/{pid}/status").read_text())


def _peak(status: str) -> int:
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.fixture(scope="module")
def crowded(_suites: MakeSuite, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """Give a suite with ten thousand users more."""
    suite = _suites(users=1)
    file = tmp_path_factory.mktemp("lists") / "users.csv"
    file.write_text(
        "".join(f'c{n:05}@{DOMAIN},"{HASH}",First,Last\n' for n in range(USERS))
    )
    run_mailmax("user", "import", str(file), "--dir", str(suite.directory))
    return suite


def test_ten_thousand_users_are_listed_in_little_memory(crowded: Suite) -> None:
    short = listed(crowded, "user", "list", "--json", "--limit", "10")
    hub = crowded.role_pid("datamax")
    forget_peak(hub)
    before = peak_octets(hub)

    whole = listed(crowded, "user", "list", "--json")

    addresses = [row["address"] for row in whole.json["rows"]]
    assert addresses == [f"c{n:05}@{DOMAIN}" for n in range(USERS)] + [f"u00@{DOMAIN}"]
    assert [row["address"] for row in short.json["rows"]] == addresses[:10]
    assert short.json["next"]
    assert whole.json["next"] == ""
    assert whole.octets - short.octets < GROWTH_OCTETS
    assert peak_octets(hub) - before < 2 * GROWTH_OCTETS


def test_a_list_goes_on_where_another_ended(crowded: Suite) -> None:
    first = listed(crowded, "user", "list", DOMAIN, "--limit", "1500")
    cursor = first.err.split()[-1]
    rest = listed(crowded, "user", "list", DOMAIN, "--after", cursor)

    assert f"--after {cursor}" in first.err
    assert rest.err == ""
    names = [line.partition("\t")[0] for line in (first.out + rest.out).splitlines()]
    assert names == [f"c{n:05}@{DOMAIN}" for n in range(USERS)] + [f"u00@{DOMAIN}"]


def test_who_reads_only_the_beginning_ends_the_list(crowded: Suite) -> None:
    command = [sys.executable, "-m", "mailmax", "user", "list"]
    with subprocess.Popen(
        [*command, "--dir", str(crowded.directory)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline().startswith(b"c00000@")
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


def unmeasured(page: dict[str, Any]) -> dict[str, Any]:
    """Return it without how full the boxes are: that is told from time to time."""
    rows = [
        {key: value for key, value in row.items() if key != "used_octets"}
        for row in page["rows"]
    ]
    return page | {"rows": rows}


def test_aliases_and_domains_are_listed_in_parts(crowded: Suite) -> None:
    at = ("--dir", str(crowded.directory))
    for name in "abc":
        run_mailmax("alias", "add", f"{name}@{DOMAIN}", f"u00@{DOMAIN}", *at)
        run_mailmax("domain", "add", f"{name}.test", *at)

    for what in ("alias", "domain"):
        whole = unmeasured(listed(crowded, what, "list", "--json").json)
        one, cursor = [], ""
        while True:
            words = ("--limit", "1", "--after", cursor)
            part = unmeasured(listed(crowded, what, "list", "--json", *words).json)
            one += part["rows"]
            if not (cursor := part["next"]):
                break
        assert {"rows": one, "next": ""} == whole
        assert len(one) >= 3


def test_sessions_are_listed_in_parts(crowded: Suite) -> None:
    with_sessions = [crowded.imap(crowded.users[0]) for _ in range(5)]
    wait_for(lambda: listed(crowded, "sessions", "--json").json["total"] == 5)

    whole = listed(crowded, "sessions", "--json").json
    rows, after = [], ""
    while True:
        words = ("--limit", "2", "--after", after)
        part = listed(crowded, "sessions", "--json", *words).json
        rows += part["rows"]
        if not (after := part["next"]):
            break

    assert rows == whole["rows"]
    assert whole["total"] == len(rows) == 5
    for client in with_sessions:
        client.logout()


def test_a_long_queue_is_listed_whole_and_in_parts(crowded: Suite, sink: Sink) -> None:
    sink.refusal = b"451 4.2.0 later\r\n"
    try:
        with smtplib.SMTP("127.0.0.1", crowded.port("submission"), timeout=20) as smtp:
            smtp.login(crowded.users[0].address, crowded.users[0].password)
            for n in range(MAILS):
                to = [f"{x}{n}@{n % 7}.far.test" for x in "ab"]
                smtp.sendmail(crowded.users[0].address, to, b"Subject: s\r\n\r\n")
        wait_for_all(crowded)
        short = listed(crowded, "queue", "list", "--json", "--limit", "10")
        whole = listed(crowded, "queue", "list", "--json")
    finally:
        sink.refusal = b""

    rows = whole.json["rows"]
    assert whole.json["total"] == len(rows) == 2 * MAILS
    assert len({row["recipient"] for row in rows}) == 2 * MAILS
    assert all(int(a["entry_id"]) <= int(b["entry_id"]) for a, b in pairwise(rows))
    assert whole.octets - short.octets < GROWTH_OCTETS
    parts, after = [], ""
    while True:
        words = ("--limit", "1100", "--after", after)
        part = listed(crowded, "queue", "list", "--json", *words).json
        parts += part["rows"]
        if not (after := part["next"]):
            break
    assert [row["recipient"] for row in parts] == [row["recipient"] for row in rows]


def wait_for_all(suite: Suite) -> None:
    end = time.monotonic() + 60
    while True:
        listing = listed(suite, "queue", "list", "--json").json
        if listing["total"] == 2 * MAILS and all(r["tries"] for r in listing["rows"]):
            return
        assert time.monotonic() < end, f"only {listing['total']} wait"
        time.sleep(0.3)
