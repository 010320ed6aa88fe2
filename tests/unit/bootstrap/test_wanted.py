"""Which roles are to run, also when the disk does not answer (HUB-6)."""

import errno
import os

import pytest

from mailmax.bootstrap.wanted import Wanted


@pytest.fixture
def notes():
    return []


def test_a_role_with_a_file_is_not_to_run_the_hub_always(tmp_path, notes):
    wanted = Wanted(tmp_path / "stopped", "datamax", notes.append)

    before = wanted("popmax")
    (tmp_path / "stopped").mkdir()
    for role in ("popmax", "datamax"):
        (tmp_path / "stopped" / role).touch()

    assert before
    assert [wanted(role) for role in ("popmax", "imapmax", "datamax")] == [
        False,
        True,
        True,
    ]
    assert notes == []


def test_a_disk_that_does_not_answer_changes_nothing_and_is_told_once(
    tmp_path, notes, monkeypatch
):
    (tmp_path / "popmax").touch()
    wanted = Wanted(tmp_path, "datamax", notes.append)
    before = [wanted(role) for role in ("popmax", "imapmax")]

    def refuse(_):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", refuse)
        during = [wanted(role) for role in ("popmax", "imapmax", "filer", "datamax")]
    (tmp_path / "popmax").unlink()

    assert before == [False, True]
    assert during == [False, True, True, True]
    assert notes == [
        "what was stopped cannot be read: Input/output error; all stays as it is"
    ]
    assert wanted("popmax")
