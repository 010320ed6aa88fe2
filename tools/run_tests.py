"""All tests: ``make test``.

Theory:
    Two cores are what a machine has at least. Units, properties, contracts and
    dialogues keep one busy and look at no clock; the rooms wait much of their time.
    So the two run side by side, each into a file that is printed when it ends. The
    system's tests start whole suites and measure them: they have the machine for
    themselves, and come last.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
BESIDE = (
    ("unit", "properties", "contracts", "architecture", "dialogs"),
    ("rooms",),
)
"""Directories of tests/ that run at the same time."""
ALONE = ("system",)


def main() -> int:
    """Run all; 1 when any failed."""
    begin = time.monotonic()
    codes = _run_beside()
    codes.append(subprocess.call(_command(ALONE), cwd=ROOT))
    print(f"all tests took {time.monotonic() - begin:.0f} s")
    return 1 if any(codes) else 0


def _run_beside() -> list[int]:
    codes = []
    with contextlib.ExitStack() as files:
        outputs = [files.enter_context(tempfile.TemporaryFile()) for _ in BESIDE]
        running = [
            subprocess.Popen(
                _command(directories), cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
            )
            for directories, out in zip(BESIDE, outputs, strict=True)
        ]
        for process, output in zip(running, outputs, strict=True):
            codes.append(process.wait())
            output.seek(0)
            sys.stdout.write(output.read().decode("utf-8", "replace"))
            sys.stdout.flush()
    return codes


def _command(directories: tuple[str, ...]) -> list[str]:
    paths = [str(Path("tests") / name) for name in directories]
    return [sys.executable, "-m", "pytest", *paths]


if __name__ == "__main__":
    sys.exit(main())
