"""RESULTS.md: medians side by side, and how MailMax stands to the best peer."""

import os
import platform
import statistics
import subprocess
import time
from pathlib import Path

from bench.programme import ROOT, Programme, Row

_OURS = "mailmax"


def write(programme: Programme, names: list[str], target: Path) -> None:
    """Write the tables of a run."""
    lines = [
        "# Measured side by side",
        "",
        "Made by `make bench`. Medians of rounds that alternate between the servers;",
        "client and server on the same machine. *Ratio*: how many times better MailMax",
        "is than the best of the others (below 1: worse); where something of ours is",
        "switched on, than without it. Compare ratios, not figures: machines differ.",
        "",
        f"- {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, {_commit()}",
        f"- {os.cpu_count()} cores, {_model()}, Linux {platform.release()},",
        f"  Python {platform.python_version()}; {_versions()}",
        f"- rounds: {programme.rounds}{', quick' if programme.quick else ''}",
    ]
    group = ""
    for row in programme.rows.values():
        if row.group != group:
            group = row.group
            lines += ["", f"## {group}", "", _head(names), _rule(names)]
        lines.append(_line(row, names, programme.rows.get((row.group, row.beside))))
    if programme.failures:
        lines += ["", "## What failed", ""]
        lines += [f"- {' '.join(text.split())[:400]}" for text in programme.failures]
    target.write_text("\n".join([*lines, ""]))


def _head(names: list[str]) -> str:
    return "| | " + " | ".join(names) + " | ratio |"


def _rule(names: list[str]) -> str:
    return "|---|" + "---:|" * (len(names) + 1)


def _line(row: Row, names: list[str], beside: Row | None) -> str:
    cells = [_cell(row, name) for name in names]
    unit = f" ({row.unit})" if row.unit else ""
    return f"| {row.title}{unit} | " + " | ".join(cells) + f" | {_ratio(row, beside)} |"


def _cell(row: Row, name: str) -> str:
    values = row.values.get(name)
    return _number(statistics.median(values)) if values else "–"


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _ratio(row: Row, beside: Row | None) -> str:
    ours = row.values.get(_OURS)
    compared = row if beside is None else beside
    others = [
        statistics.median(values)
        for name, values in compared.values.items()
        if (name == _OURS) == (beside is not None)
    ]
    if not ours or not others:
        return ""
    mine = statistics.median(ours)
    best = max(others) if row.more_is_better else min(others)
    top, bottom = (mine, best) if row.more_is_better else (best, mine)
    return f"**{top / bottom:.2f}**" if bottom > 0 and top > 0 else ""


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"commit {done.stdout.strip() or 'unknown'}"


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _versions() -> str:
    found = []
    for name, command in (
        ("Postfix", ["/usr/sbin/postconf", "-d", "-h", "mail_version"]),
        ("Dovecot", ["/usr/sbin/dovecot", "--version"]),
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError:
            continue
        found.append(f"{name} {done.stdout.split()[0] if done.stdout else '?'}")
    return ", ".join(found)
