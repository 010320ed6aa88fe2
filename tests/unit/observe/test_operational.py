"""The operational log: one event a line, and a file that may do what it likes (M12)."""

import logging
import os
import re
from pathlib import Path

import pytest

from mailmax.observe import operational


@pytest.fixture
def log(tmp_path: Path):
    """Give a logger with a patient file in a directory of its own."""
    (tmp_path / "logs").mkdir()
    handler = operational.PatientFile(tmp_path / "logs" / "role.log")
    handler.setFormatter(operational.OneLine("%(message)s"))
    logger = logging.Logger("test")  # noqa: LOG001 - nobody else listens to it
    logger.addHandler(handler)
    yield logger
    handler.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "role.log"


def test_an_event_is_one_line_whatever_is_in_it(log, file: Path) -> None:
    """TRUST N1."""
    log.info("name %s", "x\n2026 forged\x1b[2J\u2028\ud800")

    assert file.read_text() == "name x\\n2026 forged\\x1b[2J\\u2028\\ud800\n"


def test_a_file_that_was_moved_away_is_followed_by_a_new_one(log, file: Path) -> None:
    log.info("before")
    file.rename(file.with_suffix(".old"))
    log.info("after")

    assert file.with_suffix(".old").read_text() == "before\n"
    assert file.read_text() == "after\n"


def test_what_could_not_be_written_is_counted(log, file: Path) -> None:
    log.info("before")
    file.parent.rename(file.parent.with_name("away"))
    for number in range(3):
        log.info("lost %d", number)
    file.parent.mkdir()
    log.info("after")
    log.info("and on")

    assert file.read_text().splitlines() == [
        "could not be written before this line: 3 lines",
        "after",
        "and on",
    ]


def test_a_full_disk_leaves_no_half_line_in_another(
    log, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, octets: write(fd, octets[:3]))
    log.info("half of it")
    monkeypatch.setattr(os, "write", write)
    log.info("after")

    assert file.read_text().splitlines() == [
        "hal",
        "could not be written before this line: 1 lines",
        "after",
    ]


def test_a_write_that_lacks_only_its_end_is_torn_too(
    log, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also behind a torn one, where a line end is written in front of it."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, octets: write(fd, octets[:-1]))
    log.info("one")
    log.info("two")
    monkeypatch.setattr(os, "write", write)
    log.info("after")

    assert file.read_text().splitlines() == [
        *("one", "could not be written before this line: 1 lines", "two"),
        *("could not be written before this line: 2 lines", "after"),
    ]


def test_an_event_that_cannot_be_told_stops_nobody(log, file: Path) -> None:
    log.info("%d", "no number")
    log.info("after")

    assert file.read_text().endswith("after\n")


def test_the_supervisors_notes_have_the_time_and_a_file(tmp_path, capsys) -> None:
    notes = operational.Notes(tmp_path)

    notes("imapmax ended with -9; it is started again")
    notes("once more\n")

    first, second = (tmp_path / "supervisor.log").read_text().splitlines()
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING ", first)
    assert first.endswith(
        f"mailmax.supervisor[{os.getpid()}] imapmax ended with -9; it is started again"
    )
    assert second.endswith("once more\\n")
    assert capsys.readouterr().err.splitlines() == [first, second]


def test_the_supervisors_notes_go_into_no_file_of_somebody_else(
    tmp_path, capsys
) -> None:
    """It may be root, and the directory the services' own."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "supervisor.log").symlink_to(victim)

    operational.Notes(tmp_path)("hello")

    assert victim.read_text() == "mine"
    assert "hello" in capsys.readouterr().err
