"""The rows of `make trust` say what was run."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def trust(monkeypatch):
    spec = importlib.util.spec_from_file_location("trust", ROOT / "tools/trust.py")
    tool = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "trust", tool)
    spec.loader.exec_module(tool)
    return tool


@pytest.mark.parametrize(
    ("quick", "result"), [(True, "passed (quick)"), (False, "passed")]
)
def test_a_row_of_small_sizes_says_so(trust, monkeypatch, quick, result):
    done = subprocess.CompletedProcess([], 0, "1 passed in 1.00s\n", "")
    monkeypatch.setattr(trust.subprocess, "run", lambda *_, **__: done)
    monkeypatch.setattr(trust, "_commit", lambda: "abc")

    row, good = trust._run(trust.PARTS["ladder"], quick=quick)

    assert good
    assert row.split(" | ")[1] == result


def test_the_parts_run_tests_that_are_there(trust):
    for part in trust.PARTS.values():
        for name in part.tests:
            path, _, test = name.partition("::")
            assert (ROOT / path).exists(), name
            if test:
                assert f"def {test}(" in (ROOT / path).read_text("utf-8"), name


def test_each_part_has_a_row_of_its_own(trust):
    titles = {part.title for part in trust.PARTS.values()}

    assert len(titles) == len(trust.PARTS)


def test_the_page_begins_as_the_tool_writes_it(trust):
    assert trust.PAGE.read_text("utf-8").startswith(trust.HEAD)
