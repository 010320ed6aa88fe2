"""Log files: whole lines of several processes, and nobody waits for a disk."""

import errno
import multiprocessing
import os
import re
import threading
import time
from pathlib import Path

import pytest

from mailmax.observe import logfiles
from mailmax.observe.events.kinds import Who
from mailmax.observe.events.sessions import ClientLeft, CommandHeard
from mailmax.observe.events.smtp import ContentHeard
from mailmax.observe.logfiles import LogFiles, Plan
from waiting import wait_for

WHO = Who("smtpmax", "1.1", "192.0.2.1")
NOON = 1_795_780_800.0  # 2026-11-27 12:00 UTC
DAY = 86_400


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_files(tmp_path: Path, clock: Clock):
    made = []

    def make(directory: Path = tmp_path, **plan) -> LogFiles:
        files = LogFiles(directory, "smtp", clock)
        files.plan = Plan(**plan)
        made.append(files)
        return files

    yield make
    for files in made:
        files.close()


def said(text: str) -> CommandHeard:
    return CommandHeard(WHO, text, is_valid=True)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_what_waits_at_the_end_is_written(make_files, tmp_path):
    files = make_files()

    files.take(said("EHLO a"))
    files.take(said("QUIT"))
    files.close()

    found = lines(tmp_path / "smtp-events.log")
    assert [line.partition("line=")[2] for line in found] == [
        '"EHLO a" is_valid=true',
        '"QUIT" is_valid=true',
    ]
    assert (tmp_path / "smtp-events.log").stat().st_mode & 0o007 == 0


def test_each_day_has_its_file_also_within_one_batch(make_files, tmp_path, clock):
    files = make_files(rate="daily")
    for day in range(3):
        clock.now = NOON + day * DAY
        files.take(said(f"day {day}"))
    files.close()

    names = [f"smtp-events-2026-11-{day}.log" for day in (27, 28, 29)]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert all(len(lines(tmp_path / name)) == 1 for name in names)


def test_old_files_are_deleted_as_a_new_one_begins(make_files, tmp_path):
    old = tmp_path / "smtp-events-2026-09-01.log"
    others = ("smtpmax.log", "pop-events-2026-09-01.log", "smtp-events-2026-11-26.log")
    for name in (old.name, *others):
        (tmp_path / name).write_text("x\n")
        at = NOON - 0.5 * DAY if name == others[-1] else NOON - 60 * DAY
        os.utime(tmp_path / name, (at, at))

    files = make_files(rate="daily", keep_days=30)
    files.take(said("NOOP"))
    files.close()

    assert not old.exists()
    assert all((tmp_path / name).exists() for name in others)


def write_many(directory: str, number: int) -> None:
    files = LogFiles(Path(directory), "smtp")
    files.plan = Plan("unlimited")
    for line in range(500):
        files.take(said(f"{number}.{line} {'x' * (line * 7 % 900)}"))
    files.close(20)


def test_several_processes_write_whole_lines_to_one_file(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=write_many, args=(str(tmp_path), number))
        for number in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    found = lines(tmp_path / "smtp-events.log")
    assert len(found) == 1500
    said_by = [re.search(r'line="(\d)\.(\d+) x*" is_valid=true$', one) for one in found]
    assert all(said_by)
    for number in range(3):
        own = [int(one[2]) for one in said_by if one[1] == str(number)]
        assert own == list(range(500))


def test_a_directory_that_is_gone_is_said_once_it_is_back(make_files, tmp_path):
    place = tmp_path / "disk"
    files = make_files(place)
    files.take(said("one"))
    files.take(said("two"))
    wait_for(lambda: files._events.lost == 2)

    place.mkdir()
    files.take(said("three"))
    files.close()

    found = lines(place / "smtp-events.log")
    assert found[0].endswith("lines-lost lines=2")
    assert '"three"' in found[1]
    assert len(found) == 2


def test_a_full_disk_leaves_half_a_line_and_then_whole_ones(
    make_files, tmp_path, monkeypatch
):
    write, room = os.write, [40]

    def full(fd, octets):
        if not room:
            return write(fd, octets)
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken, room[0] = room[0], 0
        return write(fd, octets[:taken])

    monkeypatch.setattr(logfiles.os, "write", full)
    files = make_files()
    files.take(said("one"))
    wait_for(lambda: files._events.lost == 1)
    files.take(said("two"))
    wait_for(lambda: files._events.lost == 2)
    room.clear()
    files.take(said("three"))
    files.close()

    torn, told, three = lines(tmp_path / "smtp-events.log")
    assert len(torn) == 40
    assert told.endswith("lines-lost lines=2")
    assert '"three"' in three


def test_a_disk_that_stands_still_keeps_nobody_waiting(
    make_files, tmp_path, monkeypatch
):
    going_on, write = threading.Event(), os.write

    def stuck(fd, octets):
        going_on.wait(30)
        return write(fd, octets)

    monkeypatch.setattr(logfiles.os, "write", stuck)
    monkeypatch.setattr(logfiles, "MOST_WAITING", 100)
    files = make_files()
    files.take(said("first"))
    wait_for(lambda: not files._waiting)
    begun = time.monotonic()
    for number in range(1000):
        files.take(said(str(number)))
    assert time.monotonic() - begun < 5
    going_on.set()
    wait_for(lambda: not files._waiting)
    files.close()

    found = lines(tmp_path / "smtp-events.log")
    assert len(found) == 1 + 1 + 100
    assert sum("lines-lost lines=900" in line for line in found) == 1


def test_a_file_that_was_moved_away_is_followed_by_a_new_one(make_files, tmp_path):
    path, moved = tmp_path / "smtp-events.log", tmp_path / "moved"
    files = make_files()
    files.take(said("one"))
    wait_for(lambda: len(lines(path)) == 1)
    path.rename(moved)

    files.take(said("two"))
    files.close()

    assert '"one"' in moved.read_text()
    assert '"two"' in path.read_text()


def test_a_link_is_not_followed(make_files, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    (tmp_path / "smtp-events.log").symlink_to(victim)
    files = make_files()

    files.take(said("one"))
    files.close()

    assert victim.read_text() == "mine\n"


def test_content_has_a_file_of_its_own_that_warns(make_files, tmp_path):
    """TRUST N3."""
    files = make_files(rate="daily", form="json")
    (tmp_path / "smtp-content-2026-11-27.log").touch(0o644)

    files.take(ContentHeard(WHO, "m.1", b"Subject: private\r\n\r\nwords"))
    files.take(ClientLeft(WHO))
    files.close()

    path = tmp_path / "smtp-content-2026-11-27.log"
    warning, *found = lines(path)
    assert "private mail" in warning
    assert [line.partition(" | ")[2] for line in found] == [
        "Subject: private",
        "",
        "words",
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    assert "private" not in (tmp_path / "smtp-events-2026-11-27.log").read_text()


def test_content_that_does_not_fit_into_memory_is_counted(
    make_files, tmp_path, monkeypatch
):
    monkeypatch.setattr(logfiles, "MOST_CONTENT", 1000)
    monkeypatch.setattr(logfiles, "GATHER_S", 30)
    files = make_files()
    for _ in range(30):
        files.take(ContentHeard(WHO, "m.1", b"x" * 99 + b"\n"))
    files.take(ClientLeft(WHO))
    files.close()

    assert len(lines(tmp_path / "smtp-content.log")) == 1 + 10
    assert any(
        "lines-lost lines=20" in line for line in lines(tmp_path / "smtp-events.log")
    )
