"""Reading log files as an operator does."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime

import pytest

from mailmax.hub.log_desk import LogDesk
from waiting import wait_for


@pytest.fixture
def node(tmp_path):
    """A node directory whose IMAP logs lie elsewhere."""
    (tmp_path / "mailmax.toml").write_text('[directories]\nlogs_imap = "imap"\n')
    for name in ("logs", "imap"):
        (tmp_path / name).mkdir()
    (tmp_path / "logs" / "smtpmax.log").write_text("not of clients\n")
    return tmp_path


def write(path, *lines, at=None):
    path.write_text("".join(f"{line}\n" for line in lines))
    if at is not None:
        os.utime(path, (at, at))


def command(node, *words):
    return [sys.executable, "-m", "mailmax", "log", *words, "--dir", str(node)]


def run(node, *words):
    return subprocess.run(
        command(node, *words), capture_output=True, text=True, check=False, timeout=60
    )


def test_the_files_of_all_services_are_listed_wherever_they_lie(node):
    write(node / "logs" / "smtp-events-2026-11-26.log", "a", at=1000)
    write(node / "imap" / "imap-events.log", "bb", at=2000)

    rows = json.loads(run(node, "list", "--json").stdout)
    pop = run(node, "list", "--service", "pop")

    assert [(row["service"], row["octets"]) for row in rows] == [
        ("smtp", 2), ("imap", 3),
    ]  # fmt: skip
    assert rows[1]["path"] == str(node / "imap" / "imap-events.log")
    assert (pop.returncode, pop.stdout) == (0, "")


def test_the_last_lines_of_the_newest_are_shown_and_nothing_acts_on_a_terminal(node):
    write(node / "logs" / "smtp-events-2026-11-26.log", "older", at=1000)
    write(node / "logs" / "smtp-events-2026-11-27.log", "1", "2\x1b[2J", "3", at=2000)
    write(node / "logs" / "smtp-content.log", "private", at=3000)

    shown = run(node, "show", "--service", "smtp", "--lines", "2")
    older = run(node, "show", "smtp-events-2026-11-26.log")
    private = run(node, "show", "smtp-content.log", "--lines", "0")

    assert shown.stdout == "2\\x1b[2J\n3\n"
    assert older.stdout == "older\n"
    assert private.stdout == "private\n"


def stamped(at, *words):
    return [f"{datetime.fromtimestamp(at).astimezone().isoformat()} {w}" for w in words]


def test_a_log_is_shown_from_a_time_on_over_its_files(node):
    now = time.time()
    old, late, new = (stamped(now - 60 * ago, f"{ago}m") for ago in (300, 90, 5))
    write(node / "logs" / "smtp-events-2026-11-25.log", *old, at=now - 18_000)
    write(node / "logs" / "smtp-events-2026-11-26.log", *old, *late, at=now - 5_000)
    write(node / "logs" / "smtp-events-2026-11-27.log", *new, at=now)
    clock = datetime.fromtimestamp(now - 6_000).astimezone()

    by_span = run(node, "show", "--since", "2h")
    by_clock = run(node, "show", "--since", f"{clock:%F %T}")
    last = run(node, "show", "--since", "2h", "--lines", "1")
    of_file = run(node, "show", "smtp-events-2026-11-26.log", "--since", "2h")
    wrong = run(node, "show", "--since", "noon")

    assert by_span.stdout.splitlines() == by_clock.stdout.splitlines() == [*late, *new]
    assert last.stdout.splitlines() == new
    assert of_file.stdout.splitlines() == late
    assert wrong.returncode == 2
    assert "since" in wrong.stderr
    assert run(node, "show", "--lines", "9" * 20).returncode == 2


def test_more_lines_are_shown_than_one_read_brings(node):
    lines = [f"{n} {'x' * 60}" for n in range(40_000)]  # 2.6 MB
    write(node / "logs" / "smtp-events.log", *lines)
    with (node / "logs" / "smtp-events.log").open("a") as file:
        file.write("being written")

    assert run(node, "show", "--lines", "39000").stdout.splitlines() == lines[-39000:]
    assert run(node, "show", "--lines", "1").stdout.splitlines() == lines[-1:]
    assert run(node, "show", "--lines", "50000").stdout.splitlines() == lines


def test_a_file_without_line_ends_does_not_fill_the_memory(node):
    with (node / "logs" / "smtp-events.log").open("w") as file:
        file.truncate(400 * 2**20)
    words = ("show", "--search", "nobody")
    limits = "import resource; resource.setrlimit(resource.RLIMIT_DATA, (2**28,) * 2)"
    code = f"{limits}; from mailmax.cli.main import main; main()"

    shown = subprocess.run(
        [sys.executable, "-c", code, "log", *words, "--dir", str(node)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "", "")


def test_words_may_be_of_octets_that_are_no_text(node):
    path = node / "logs" / "smtp-events.log"
    path.write_bytes(b"HELO \xe9t\xe9\nHELO x\n")

    shown = run(node, "show", "--search", os.fsdecode(b"\xe9T"))

    assert shown.stdout == "HELO \ufffdt\ufffd\n"


def test_what_is_no_file_is_no_log(node, tmp_path):
    """TRUST L: root reads where the services write."""
    (tmp_path / "secret").write_text("secret\n")
    (node / "logs" / "smtp-events-1.log").symlink_to(tmp_path / "secret")
    os.mkfifo(node / "logs" / "smtp-events-2.log")
    (node / "logs" / "smtp-events-3.log").mkdir()

    shown = run(node, "show")
    listed = run(node, "list", "--json")

    assert (shown.returncode, shown.stdout) == (3, "")
    assert json.loads(listed.stdout) == []


def test_only_lines_with_some_words_are_shown(node):
    lines = [f"{at} {word}" for at in range(200) for word in ("Éa tim@a", "TIM", "x")]
    write(node / "logs" / "smtp-events.log", *lines)

    found = run(node, "show", "--search", "tIm", "--lines", "0")
    last = run(node, "show", "--search", "tim@")
    nobody = run(node, "show", "--search", "nobody")

    wanted = [line for line in lines if "tim" in line.lower()]
    assert found.stdout.splitlines() == wanted
    assert last.stdout.splitlines() == wanted[::2][-50:]
    assert (nobody.returncode, nobody.stdout) == (0, "")


async def test_the_log_of_another_computer_is_asked_of_its_service(running, tmp_path):
    now = time.time()
    ages = [*range(9_000, 8_000, -1), *range(400, 0, -1)]
    lines = [
        line
        for age in ages
        for line in stamped(now - age, f"Tim {age}" if age % 2 else "x")
    ]
    write(tmp_path / "smtp-events-2026-11-26.log", *stamped(now - 9_000, "old"), at=1e9)
    write(tmp_path / "smtp-events-2026-11-27.log", *lines)
    client = running.client("smtpmax")
    await client.start(5)
    LogDesk(client, "smtp", tmp_path)
    show = ("log", "show", "--service", "smtp", "--node", "here")

    async def shown(*words: str) -> list[str]:
        code, out, err = await running.type(*show, *words)
        assert code == 0, err
        return out.splitlines()

    assert await shown() == lines[-50:]
    assert await shown("--lines", "700") == lines[-700:]
    assert await shown("--lines", "0") == lines
    assert await shown("--since", "1h", "--search", "tim") == [
        line for line in lines[-400:] if "Tim" in line
    ]
    assert await shown("smtp-events-2026-11-26.log") == stamped(now - 9_000, "old")
    missing = await running.type(*show, "smtp-events-2026-11-01.log")
    nowhere = await running.type(*show[:-1], "nowhere")
    whose = await running.type("log", "show", "--node", "mx2")
    assert [missing[0], nowhere[0], whose[0]] == [3, 75, 2]
    await client.stop()


def test_a_file_that_is_not_there_is_said(node):
    for words in (("show",), ("show", "../mailmax.toml")):
        done = run(node, *words)
        assert done.returncode == 3
        assert "there is no log file" in done.stderr


def test_a_log_is_followed_into_the_next_file(node, tmp_path):
    first = node / "logs" / "smtp-events-2026-11-26.log"
    write(first, "one", at=1000)
    out = tmp_path / "out"
    with (
        out.open("w") as sink,
        subprocess.Popen(
            command(node, "show", "--follow"), stdout=sink, stderr=subprocess.PIPE
        ) as follower,
    ):
        try:
            wait_for(lambda: out.read_text() == "one\n", 30)
            with first.open("a") as file:
                file.write("two\nhalf")
            wait_for(lambda: out.read_text() == "one\ntwo\n", 30)
            write(node / "logs" / "smtp-events-2026-11-27.log", "three")
            wait_for(lambda: out.read_text() == "one\ntwo\nthree\n", 30)
            first.rename(tmp_path / "away")
            write(first, "other file", at=1000)
            write(node / "logs" / "pop-events.log", "pop")
            with (node / "logs" / "smtp-events-2026-11-27.log").open("a") as file:
                file.write("four\n")
            wait_for(lambda: len(out.read_text().splitlines()) == 6, 30)
            last = sorted(out.read_text().splitlines()[3:])
            assert last == ["four", "other file", "pop"]
        finally:
            follower.terminate()


def test_content_is_private_and_asks_first(node):
    done = run(node, "content", "on", "--minutes", "0", "--yes")

    assert done.returncode == 2
