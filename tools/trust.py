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
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "trust.md"
TABLE = Path(__file__).parent / "trust_parts.toml"


@dataclass(frozen=True)
class Part:
    """One run of pytest."""

    title: str
    tests: list[str]
    sizes: dict[str, str] = field(default_factory=dict)
    quick: dict[str, str] = field(default_factory=dict)


_READ = tomllib.loads(TABLE.read_text("utf-8"))
HEAD: str = _READ["head"]
PARTS = {name: Part(**row) for name, row in _READ["parts"].items()}


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
