"""All tests: ``make test``.

Theory:
    Two cores are what a machine has at least, and most tests wait much of their time:
    for a sync, a time-out, another process. So several runs go side by side, each into
    a file that is printed when it ends. First what is pure, beside the rooms; then the
    system's tests, which start whole suites. Last, with the machine for themselves,
    the tests that measure time or weight: `tests/alone`, and what is marked so
    elsewhere.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
Run = tuple[str, ...]
"""Arguments of a run of pytest."""
PURE = ("unit", "contracts", "architecture", "dialogs")
BESIDE = ("-m", "not timed")
STAGES: tuple[tuple[Run, ...], ...] = (
    (
        ("tests/properties", "--share=1/2", *BESIDE),
        ("tests/properties", "--share=2/2", *BESIDE),
        (*(f"tests/{kind}" for kind in PURE), *BESIDE),
        ("tests/rooms", "--share=1/2", *BESIDE),
        ("tests/rooms", "--share=2/2", *BESIDE),
    ),
    (
        ("tests/system", "--share=1/3", *BESIDE),
        ("tests/system", "--share=2/3", *BESIDE),
        ("tests/system", "--share=3/3", *BESIDE),
        ("tests/pages", *BESIDE),
    ),
    (("tests", "-m", "timed"),),
)
"""Runs of one stage go side by side, the stages one after the other."""


def main() -> int:
    """Run all; 1 when any failed."""
    begin = time.monotonic()
    codes = [code for stage in STAGES for code in _run(stage)]
    print(f"all tests took {time.monotonic() - begin:.0f} s")
    return 1 if any(codes) else 0


def _run(stage: tuple[Run, ...]) -> list[int]:
    if len(stage) == 1:
        return [subprocess.call(_command(stage[0]), cwd=ROOT)]
    codes = []
    with contextlib.ExitStack() as files:
        outputs = [files.enter_context(tempfile.TemporaryFile()) for _ in stage]
        running = [
            subprocess.Popen(
                _command(run), cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
            )
            for run, out in zip(stage, outputs, strict=True)
        ]
        for process, output in zip(running, outputs, strict=True):
            codes.append(process.wait())
            output.seek(0)
            sys.stdout.write(output.read().decode("utf-8", "replace"))
            sys.stdout.flush()
    return codes


def _command(run: Run) -> list[str]:
    return [sys.executable, "-m", "pytest", *run]


if __name__ == "__main__":
    sys.exit(main())
