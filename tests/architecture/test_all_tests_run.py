"""`make test` forgets no tests."""

import importlib.util
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_directory_with_tests_is_run_once_and_whole():
    path = ROOT / "tools" / "run_tests.py"
    spec = importlib.util.spec_from_file_location("run_tests", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    shares = defaultdict(list)
    for directories, share in map(part, tool.RUNS):
        for directory in directories:
            shares[directory].append(share)

    there = {
        "/".join(found.relative_to(ROOT).parts[:2])
        for found in (ROOT / "tests").rglob("test_*.py")
    }

    assert shares.keys() == there - {"tests/alone"}, "which is timed, all of it"
    assert tool.LAST == (
        ("tests", "--ignore=tests/pages", "-m", "timed"),
        ("tests/pages", "-m", "timed"),
    )
    for found in shares.values():
        whole = len(found)
        assert sorted(found) == [f"{number}/{whole}" for number in range(1, whole + 1)]


def part(run):
    """Return the directories of a run, and its share of them."""
    assert run[-2:] == ("-m", "not timed")
    words = run[:-2]
    share = next((word for word in words if word.startswith("--share=")), "--share=1/1")
    return [word for word in words if word != share], share.removeprefix("--share=")
