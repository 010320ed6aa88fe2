"""The long programme of trust: ``make trust``; figures go to docs/trust.md.

Every part is a run of the test suite in its full size. A part that fails is written
down as failed: the page says what happened, not what was hoped for. TRUST=… chooses:
``--quick`` for small sizes, ``--only power,kill`` for some parts; the other rows of the
page stay as they were.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "trust.md"

HEAD = """# Trust: figures of the long programme

Written by `make trust` (`tools/trust.py`), one row a part, each with the moment, the
commit and the machine of its last run. Power cuts are those of a loop device whose
unflushed writes are thrown away: a disk that obeys flush; nothing is claimed for one
that lies. "at most p" is the rule of three: where none of N independent cuts lost
anything, fewer than p = 3/N of all cuts do, at 95 in 100. Figures of waiting and weight
are those of a machine that also ran the load.

| part | result | figures | seconds | when (UTC) | commit | machine | command |
|---|---|---|---:|---|---|---|---|
"""


@dataclass(frozen=True)
class Part:
    """One run of pytest."""

    title: str
    tests: tuple[str, ...]
    sizes: dict[str, str] = field(default_factory=dict)
    quick: dict[str, str] = field(default_factory=dict)


_MAILBOX_CUTS = ("tests/system/test_power_cuts_mailboxes.py",)
_LADDER = "tests/properties/test_cut_ladder.py"

PARTS = {
    "power": Part(
        "power cuts, ext4",
        ("tests/system/test_power_cuts.py", *_MAILBOX_CUTS),
        {"MAILMAX_POWER_CUTS": "1000"},
        {"MAILMAX_POWER_CUTS": "100"},
    ),
    "powerxfs": Part(
        "power cuts, xfs",
        ("tests/system/test_power_cuts.py", *_MAILBOX_CUTS),
        {"MAILMAX_POWER_CUTS": "1000", "MAILMAX_POWER_FS": "xfs"},
        {"MAILMAX_POWER_CUTS": "100", "MAILMAX_POWER_FS": "xfs"},
    ),
    "kill": Part(
        "roles killed under load",
        ("tests/system/test_kill.py",),
        {"MAILMAX_KILL_ROUNDS": "300"},
        {"MAILMAX_KILL_ROUNDS": "40"},
    ),
    "killpg": Part(
        "roles and database killed under load, PostgreSQL",
        ("tests/system/test_kill.py",),
        {"MAILMAX_KILL_ROUNDS": "100", "MAILMAX_KILL_DATABASE": "postgresql"},
        {"MAILMAX_KILL_ROUNDS": "20", "MAILMAX_KILL_DATABASE": "postgresql"},
    ),
    "ladder": Part(
        "cuts at every call from 250 to the end",
        tuple(
            f"{_LADDER}::test_{name}"
            for name in (
                "what_was_promised_survives_a_cut_at_any_call",
                "a_broken_build_is_caught",
            )
        ),
        {"MAILMAX_LADDER_EVERY": "1", "MAILMAX_LADDER_TORN": "2"},
        {"MAILMAX_LADDER_EVERY": "5", "MAILMAX_LADDER_TORN": "2"},
    ),
    "ladderfail": Part(
        "failures of every call from 250 to the end",
        tuple(
            f"{_LADDER}::test_{name}"
            for name in (
                "what_was_promised_survives_a_failure_of_any_call",
                "a_build_that_believes_a_disk_that_failed_is_caught",
            )
        ),
        {"MAILMAX_LADDER_EVERY": "1"},
        {"MAILMAX_LADDER_EVERY": "5"},
    ),
    "faults": Part(
        "fault points of the mailboxes",
        ("tests/unit/store/mailboxes/test_segments_faults.py",),
        {"MAILMAX_CUTS": "1000"},
        {"MAILMAX_CUTS": "100"},
    ),
    "sick": Part(
        "the whole suite on a disk that is full or fails",
        ("tests/system/test_sick_disk.py",),
    ),
    "idle": Part(
        "idle sessions beside a flood",
        ("tests/system/test_idle.py",),
        {"MAILMAX_IDLE_SESSIONS": "5000", "MAILMAX_IDLE_FULL": "1"},
        {"MAILMAX_IDLE_SESSIONS": "1000"},
    ),
    "abuse": Part(
        "loops, forged senders, storms of notices",
        (
            "tests/system/test_loops.py",
            "tests/system/test_backscatter.py",
            "tests/rooms/test_filer_notices.py",
        ),
        {
            "MAILMAX_LOOP_ROUNDS": "10000",
            "MAILMAX_FORGED": "10000",
            "MAILMAX_LARGE_OCTETS": str(49 * 2**20),
            "MAILMAX_STORM": "10000",
        },
    ),
    "timing": Part(
        "time and words of refused logins",
        ("tests/system/test_login_timing.py",),
        {"MAILMAX_TIMING_TRIES": "2000"},
        {"MAILMAX_TIMING_TRIES": "300"},
    ),
    "floods": Part(
        "floods of logins",
        ("tests/system/test_login_floods.py",),
        {"MAILMAX_FAKE_PEERS": "1000000", "MAILMAX_GUESSES": "84"},
        {"MAILMAX_FAKE_PEERS": "200000", "MAILMAX_GUESSES": "8"},
    ),
    "slow": Part(
        "crowds that drip",
        ("tests/system/test_slow_clients.py",),
        {"MAILMAX_SLOW_CLIENTS": "2000"},
        {"MAILMAX_SLOW_CLIENTS": "400"},
    ),
    "database": Part(
        "an accounts database that is locked or hangs",
        ("tests/system/test_database_faults.py",),
        {"MAILMAX_LOCK_S": "60"},
        {"MAILMAX_LOCK_S": "12"},
    ),
    "large": Part(
        "large messages at once",
        ("tests/system/test_large_mail.py",),
        {"MAILMAX_LARGE_MB": "50"},
        {"MAILMAX_LARGE_MB": "10"},
    ),
    "clock": Part(
        "a clock that jumps",
        ("tests/system/test_clock.py",),
        {"MAILMAX_CLOCK_FULL": "1"},
    ),
    "huge": Part(
        "a mailbox of very many messages",
        ("tests/system/test_huge_mailbox.py",),
        {"MAILMAX_HUGE_DOUBLINGS": "14", "MAILMAX_HUGE_FOLDERS": "9990"},
        {"MAILMAX_HUGE_DOUBLINGS": "11", "MAILMAX_HUGE_FOLDERS": "2000"},
    ),
    "properties": Part(
        "properties",
        ("tests/properties",),
        {"HYPOTHESIS_PROFILE": "night"},
    ),
}


def main() -> int:
    """Run the programme; 1 when a part failed."""
    parser = argparse.ArgumentParser(prog="make trust TRUST=…")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(PARTS))
    options = parser.parse_args()
    chosen = options.only.split(",")
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"{', '.join(sorted(unknown))}: the parts are {', '.join(PARTS)}")
    rows = _rows()
    failed = False
    for name in chosen:
        row, good = _run(PARTS[name], quick=options.quick)
        rows[PARTS[name].title] = row
        failed = failed or not good
        print(row)
        _write(rows)
    print(PAGE)
    return 1 if failed else 0


def _run(part: Part, *, quick: bool) -> tuple[str, bool]:
    """Run one part; return its row and whether all was well."""
    sizes = part.quick if quick else part.sizes
    arguments = ["-q", "-p", "no:randomly", "--timeout=0", *part.tests]
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env={**os.environ, **sizes},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - begin
    if done.returncode:
        sys.stderr.write(done.stdout[-6000:] + done.stderr[-2000:])
    shown = [f"{name}={value}" for name, value in sizes.items()]
    cells = [
        part.title,
        f"{_result(done)} (quick)" if quick else _result(done),
        _figures(done.stdout),
        f"{seconds:.0f}",
        time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        _commit(),
        _machine(),
        f"`{' '.join([*shown, 'pytest', *part.tests])}`",
    ]
    return "| " + " | ".join(cells) + " |", done.returncode == 0


def _result(done: subprocess.CompletedProcess[str]) -> str:
    """Return one word; a part with a test left out makes no claim (TRUST 6.6)."""
    if done.returncode:
        return "**failed**"
    reasons = dict.fromkeys(_skipped(done.stdout))
    return _cell(f"skipped: {'; '.join(reasons)}") if reasons else "passed"


def _skipped(out: str) -> list[str]:
    return re.findall(r"^SKIPPED \[\d+\] \S+: (.+)$", out, re.MULTILINE)


def _figures(out: str) -> str:
    """Return what the tests printed of themselves, and pytest's last line."""
    told = [text for text in re.findall(r" \[([^\[\]\n]+)\]", out) if "%" not in text]
    last = out.strip().rpartition("\n")[2].strip("= ")
    return _cell("; ".join([*told, last]))


def _cell(text: str) -> str:
    return text.replace("|", "/")


def _rows() -> dict[str, str]:
    """Return the rows of the page as it is, by title."""
    if not PAGE.exists():
        return {}
    rows = PAGE.read_text("utf-8").splitlines()
    titles = {part.title for part in PARTS.values()}
    found = {row.split("|")[1].strip(): row for row in rows if row.startswith("| ")}
    return {title: row for title, row in found.items() if title in titles}


def _write(rows: dict[str, str]) -> None:
    order = [part.title for part in PARTS.values() if part.title in rows]
    lines = [rows[title] + "\n" for title in order]
    PAGE.write_text(HEAD + "".join(lines), "utf-8")


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    changed = git("status", "--porcelain", "--", "src", "tests")
    return git("rev-parse", "--short", "HEAD") + (" and changes" if changed else "")


def _machine() -> str:
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()},"
        f" Python {platform.python_version()}, load {os.getloadavg()[2]:.0f}"
    )


if __name__ == "__main__":
    sys.exit(main())
