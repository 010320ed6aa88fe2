"""What the servers cost: CPU, memory and syncs of their process trees.

Theory:
    CPU is user and system time of every process of a tree with that of its children
    that ended (``/proc/<pid>/stat``). Memory is PSS, so that shared pages count once.
    Syncs are counted by strace in a run of their own, since it slows what it watches.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_SYNCS = "fsync,fdatasync,syncfs,sync,msync,sync_file_range,pwritev2"
_CALL = re.compile(r"\b(fsync|fdatasync|syncfs|sync|msync|pwritev2)\(")


def tree(roots: Iterable[int]) -> list[int]:
    """Return the pids of processes and all their descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parent = int(stat[stat.rindex(")") + 2 :].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    left = list(roots)
    while left:
        pid = left.pop()
        found.append(pid)
        left += children.get(pid, [])
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """Return the CPU seconds that process trees have used so far."""
    ticks = 0
    for pid in tree(roots):
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue
        fields = stat[stat.rindex(")") + 2 :].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS


def pss_kib(roots: Iterable[int]) -> int:
    """Return the memory of process trees, shared pages counted once."""
    total = 0
    for pid in tree(roots):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
        total += int(found[1]) if found else 0
    return total


def count_syncs(roots: Iterable[int], act: Callable[[], None]) -> dict[str, int] | None:
    """Count calls that make something durable while `act` runs; None without strace.

    A ``pwritev2`` counts only with RWF_DSYNC or RWF_SYNC.
    """
    strace = shutil.which("strace")
    if strace is None:
        return None
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "trace"
        pids = [f"-p{pid}" for pid in tree(roots)]
        command = [strace, "-f", "-qq", "-e", f"trace={_SYNCS}", "-o", str(log), *pids]
        tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        time.sleep(1.0)  # until it is attached to all
        try:
            act()
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
        counts: dict[str, int] = {}
        for line in log.read_text(errors="replace").splitlines():
            found = _CALL.search(line)
            if found is None or (found[1] == "pwritev2" and "SYNC" not in line):
                continue
            counts[found[1]] = counts.get(found[1], 0) + 1
        return counts
