"""``mailmax program try``: what the services would make of a program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailmax.cli.exits import Exit


@pytest.fixture
def node(tmp_path: Path) -> Path:
    (tmp_path / "working").mkdir()
    (tmp_path / "mailmax.toml").write_text('node = "here"\n')
    (tmp_path / "bad.exe").write_text("a virus")
    (tmp_path / "good.txt").write_text("none")
    return tmp_path


def try_(node: Path, *words: str) -> tuple[int, str, str]:
    """Type it in a process of its own: it gives up its privileges."""
    done = subprocess.run(
        [sys.executable, "-m", "mailmax", "program", "try", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=node,
        env={**os.environ, "MAILMAX_DIR": str(node)},
    )
    return done.returncode, done.stdout, done.stderr


CHECKER = (
    """/bin/sh -c 'for x in "$1"/*; do grep -q virus $x && rm $x; done; :' sh %d"""
)


@pytest.mark.manual("4.10")
def test_a_file_that_it_removes_is_named(node: Path):
    code, out, err = try_(node, CHECKER, "good.txt", "bad.exe")

    assert (code, err) == (Exit.FOUND, "")
    first, second, third = out.splitlines()
    assert first.startswith("contained by ")
    assert second.startswith("it ended with status 0 after ")
    assert third == "it removed bad.exe"
    assert sorted(path.name for path in node.glob("*.*")) == [
        "bad.exe", "good.txt", "mailmax.toml",
    ]  # fmt: skip


def test_programs_are_told_in_json(node: Path):
    code, out, _ = try_(node, "/bin/sh -c 'cat %M; exit 3'", "good.txt", "--json")

    told = json.loads(out)
    assert code == Exit.DONE
    assert told.pop("seconds") > 0
    assert told.pop("contained").startswith("contained by ")
    assert told == {
        "outcome": "ended",
        "status": 3,
        "reason": "",
        "removed": [],
        "output": "none",
    }


def test_it_reads_more_where_the_file_says_so(node: Path):
    data = node.parent / "data"
    data.mkdir()
    (data / "names").write_text("of viruses")
    line = f"/bin/cat {data / 'names'} {node / 'good.txt'}"
    assert try_(node, line)[0] == Exit.DONE
    assert "of viruses" not in try_(node, line)[1]

    (node / "mailmax.toml").write_text(f'[programs]\nread = ["{node.parent}"]\n')

    told = try_(node, line)[1]
    assert "of viruses" in told
    assert "Permission denied" in told


def test_without_files_there_is_a_small_one(node: Path):
    code, out, _ = try_(node, "/bin/grep -rh Subject %F")

    assert code == Exit.DONE
    assert out.endswith("\nSubject: a sample\n") or "Subject: a sample" in out


def test_a_program_that_judges_nothing_means_later(node: Path):
    code, out, _ = try_(node, "/bin/sh -c 'rm *; kill -9 $$' %d")

    assert code == Exit.LATER
    assert "it judged nothing: crashed: signal 9 ended it" in out


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("/bin/true %D",), Exit.USAGE, "capitals matter: give %d"),
        (("true",), Exit.USAGE, "no absolute path"),
        (("/bin/cat %M", "good.txt", "bad.exe"), Exit.USAGE, "one file"),
        (("/bin/cat", "none.txt"), Exit.NOT_FOUND, "none.txt: No such file"),
    ],
)
def test_what_cannot_be_tried_is_told(
    node: Path, words: tuple[str, ...], code: Exit, why: str
):
    found, out, err = try_(node, *words)

    assert (found, out) == (code, "")
    assert why in err


def test_one_that_takes_longer_than_it_may_judged_nothing(node: Path):
    code, out, _ = try_(node, "/bin/sh -c 'sleep 60; ls %d'", "--seconds", "1")

    assert code == Exit.LATER
    assert "it judged nothing: hung: it did not end within 1 s" in out
