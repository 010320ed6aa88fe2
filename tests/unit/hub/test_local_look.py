"""What of mailmax.toml holds, whence, what acts at the next start (LOC-1, LOC-2)."""

import json
import shutil
import threading
import time
from pathlib import Path

import pytest

from mailmax.hub import local_look
from mailmax.hub.contract.checks import FindingView
from mailmax.hub.local_look import LocalLook
from mailmax.settings.local import load_local

FILE = """\
node = "here"
base_port = 0
database_url = "postgresql://mm:geheim@db.test/mailmax"
[directories]
mail = "elsewhere"
"""


RISK = FindingView("certificate", "risk", "certificate", "it ends", "renew it")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "mailmax.toml").write_text(FILE)
    (tmp_path / "elsewhere").mkdir()
    return tmp_path


def values(root: Path, started=None):
    view = LocalLook(started or load_local(root), lambda: [RISK]).look()
    return {one.key: one for one in view.values}, view


def test_what_holds_is_told_with_where_it_was_set(root):
    found, view = values(root)

    assert view.node == "here"
    assert (view.trouble, view.findings) == ("", (RISK,))
    assert json.loads(found["directories.mail"].value) == str(root / "elsewhere")
    assert found["directories.mail"].source == "file"
    assert json.loads(found["directories.queue"].value) == str(root / "queue")
    assert found["directories.queue"].source == "built_in"
    assert found["base_port"].source == "file"  # it stands there, as its default
    assert json.loads(found["web.listen"].value) == ["127.0.0.1:8080"]
    assert not [one for one in found.values() if one.coming]


def test_a_password_is_never_told(root):
    started = load_local(root)
    (root / "mailmax.toml").write_text(FILE.replace("geheim", "anders"))

    found, view = values(root, started)

    assert json.loads(found["database_url"].value) == (
        "postgresql://mm:***@db.test/mailmax"
    )
    assert found["database_url"].coming
    assert "geheim" not in repr(view)
    assert "anders" not in repr(view)


def test_what_was_changed_in_the_file_acts_at_the_next_start(root):
    started = load_local(root)
    (root / "mailmax.toml").write_text(
        FILE.replace("elsewhere", "third") + '[web]\nlisten = ["127.0.0.1:9"]\n'
    )

    found, _ = values(root, started)

    assert json.loads(found["directories.mail"].value) == str(root / "elsewhere")
    assert json.loads(found["directories.mail"].coming) == "third"
    assert json.loads(found["web.listen"].coming) == ["127.0.0.1:9"]
    assert found["directories.queue"].coming == ""


def test_a_file_that_cannot_be_used_is_told_with_reason_and_cure(root):
    started = load_local(root)
    (root / "mailmax.toml").write_text("[directories]\nmial = 'x'\n")

    found, view = values(root, started)

    assert "mial" in view.trouble
    assert json.loads(found["directories.mail"].value) == str(root / "elsewhere")


def test_the_disk_of_each_directory_is_looked_at(root):
    _, view = values(root)

    places = {one.key: one for one in view.places}
    mail = places["directories.mail"]
    assert mail.disk_octets >= mail.free_octets > 0
    assert mail.trouble == ""
    assert places["directories.queue"].trouble == "No such file or directory"
    assert places["directories.queue"].free_octets == 0


def test_the_environment_that_names_the_node_directory_is_told(root, monkeypatch):
    monkeypatch.setenv("MAILMAX_DIR", str(root))
    assert values(root)[0]["dir"].source == "environment"

    monkeypatch.delenv("MAILMAX_DIR")
    assert values(root)[0]["dir"].source == "command_line"


def test_a_disk_that_does_not_answer_is_told_and_holds_one_thread(root, monkeypatch):
    """However often somebody looks."""
    monkeypatch.setattr(local_look, "PATIENCE_S", 0.5)
    is_back, usage = threading.Event(), shutil.disk_usage
    mail = load_local(root).paths.mail

    def hangs(path):
        if path == mail:
            is_back.wait()
        return usage(path)

    monkeypatch.setattr(local_look.shutil, "disk_usage", hangs)
    looking = LocalLook(load_local(root), tuple)
    try:
        first = {one.key: one for one in looking.look().places}
        threads = threading.active_count()
        begin = time.monotonic()
        for _ in range(5):
            looking.look()
        assert time.monotonic() - begin < 5 * local_look.PATIENCE_S, (
            "each waited for it"
        )
        assert threading.active_count() <= threads
    finally:
        is_back.set()

    assert first["directories.mail"].trouble == "the disk does not answer"
    assert first["directories.journal"].trouble != "the disk does not answer"


def test_a_file_on_a_disk_that_does_not_answer_holds_one_thread(root, monkeypatch):
    monkeypatch.setattr(local_look, "PATIENCE_S", 0.5)
    is_back = threading.Event()
    looking = LocalLook(load_local(root), tuple)
    monkeypatch.setattr(local_look, "parse_local", lambda _: is_back.wait(20))
    try:
        first = looking.look()
        threads = threading.active_count()
        assert [looking.look().trouble for _ in range(3)] == [first.trouble] * 3
        assert threading.active_count() <= threads
    finally:
        is_back.set()

    assert first.trouble == "the disk does not answer"
    assert {one.key for one in first.values} >= {"dir", "node", "directories.mail"}
