"""`make test` forgets no directory of tests."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_directory_with_tests_is_run_once():
    path = ROOT / "tools" / "run_tests.py"
    spec = importlib.util.spec_from_file_location("run_tests", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    run = [name for group in tool.BESIDE for name in group] + list(tool.ALONE)

    there = {
        found.relative_to(ROOT / "tests").parts[0]
        for found in (ROOT / "tests").rglob("test_*.py")
    }

    assert sorted(run) == sorted(there)
