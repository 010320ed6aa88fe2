"""All tests: ``make test``.

Theory:
    Two cores are what a machine has at least, and most tests wait much of their time:
    for a sync, a time-out, another process. So several runs go side by side, the long
    ones first, each into a file that is printed when it ends. Last, with the machine
    for themselves, the tests that measure time or weight: `tests/alone`, and what is
    marked so elsewhere. Those in a browser go apart: as long as there is one,
    Playwright's loop runs in the thread where other tests run theirs.
"""

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).parent.parent
Run = tuple[str, ...]
"""Arguments of a run of pytest."""
PURE = ("unit", "contracts", "architecture", "dialogs")
BESIDE = ("-m", "not timed")
AT_ONCE = 5
RUNS: tuple[Run, ...] = (
    ("tests/pages", *BESIDE),
    ("tests/rooms", "--share=1/3", *BESIDE),
    ("tests/system", "--share=1/3", *BESIDE),
    ("tests/properties", "--share=1/2", *BESIDE),
    ("tests/rooms", "--share=2/3", *BESIDE),
    ("tests/system", "--share=2/3", *BESIDE),
    ("tests/rooms", "--share=3/3", *BESIDE),
    ("tests/properties", "--share=2/2", *BESIDE),
    ("tests/system", "--share=3/3", *BESIDE),
    (*(f"tests/{kind}" for kind in PURE), *BESIDE),
)
"""Go side by side, as many at once as there may be."""
LAST: tuple[Run, ...] = (
    ("tests", "--ignore=tests/pages", "-m", "timed"),
    ("tests/pages", "-m", "timed"),
)
"""Go one after the other, alone."""


def main() -> int:
    """Run all; 1 when any failed."""
    begin = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as workers:
        beside = [workers.submit(_run, run) for run in RUNS]
        codes = [_show(*done.result()) for done in as_completed(beside)]
    codes += [subprocess.call(_command(run), cwd=ROOT) for run in LAST]
    print(f"all tests took {time.monotonic() - begin:.0f} s")
    return 1 if any(codes) else 0


def _run(run: Run) -> tuple[Run, float, int, bytes]:
    """Return a run with its seconds, exit status and output."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as output:
        status = subprocess.call(
            _command(run), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        output.seek(0)
        return run, time.monotonic() - begin, status, output.read()


def _show(run: Run, seconds: float, status: int, output: bytes) -> int:
    print(f"{' '.join(run)}: {seconds:.0f} s")
    print(output.decode("utf-8", "replace"), flush=True)
    return status


def _command(run: Run) -> list[str]:
    return [sys.executable, "-m", "pytest", *run]


if __name__ == "__main__":
    sys.exit(main())
