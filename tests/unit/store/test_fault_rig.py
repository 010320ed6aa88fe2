"""The rig of simulated power cuts: an unsound program must be caught by it."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fix_faults import SimulatedDisk, every_call
from mailmax.store import atomic, disk

OLD, NEW = b"old" * 500, b"new" * 700


def replace_soundly(path: Path, said: list[bytes]) -> None:
    atomic.write_atomic(path, NEW)
    said.append(NEW)


def replace_and_say_before(path: Path, said: list[bytes]) -> None:
    said.append(NEW)
    atomic.write_atomic(path, NEW)


def replace_in_place(path: Path, said: list[bytes]) -> None:
    fd = disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    atomic.write_all(fd, [NEW], 0)
    disk.fsync(fd)
    os.close(fd)
    said.append(NEW)


Replace = Callable[[Path, list[bytes]], None]


def trouble_after_every_cut(tmp_path: Path, replace: Replace, broken: str) -> list[str]:
    """Cut at every call, in strict and torn mode; return what was found wrong."""
    trouble = []
    calls = every_call(lambda m: replace(m.root / "file", []), tmp_path / "count")
    for k in range(1, calls + 2):
        for torn in (None, 1, 2, 3, 4, 5, 6, 7, 8):
            case = tmp_path / f"{k}-{torn}"
            (case / "live").mkdir(parents=True)
            (case / "live/file").write_bytes(OLD)
            said: list[bytes] = [OLD]
            machine = SimulatedDisk(case / "live", broken)
            machine.cut_at(k)
            with machine.installed(), machine.until_cut():
                replace(machine.root / "file", said)
            left = machine.survivors(case / "left", torn)
            machine.close()
            found = (left / "file").read_bytes()
            if found not in (OLD, NEW) or (said[-1] == NEW and found != NEW):
                trouble.append(f"cut {k}, torn {torn}: {found[:20]!r}")
    return trouble


def test_a_sound_replacement_survives_every_cut(tmp_path: Path) -> None:
    assert trouble_after_every_cut(tmp_path, replace_soundly, "") == []


@pytest.mark.parametrize(
    ("replace", "broken"),
    [
        (replace_soundly, "no sync"),
        (replace_soundly, "no directory sync"),
        (replace_and_say_before, ""),
        (replace_in_place, ""),
    ],
)
def test_broken_builds_are_caught(
    tmp_path: Path, replace: Replace, broken: str
) -> None:
    assert trouble_after_every_cut(tmp_path, replace, broken)


def test_a_failed_sync_loses_what_it_covered(tmp_path: Path) -> None:
    machine = SimulatedDisk(tmp_path / "live")
    with machine.installed():
        fd = disk.open(machine.root / "a", os.O_RDWR | os.O_CREAT)
        atomic.sync_directory(machine.root)
        disk.write(fd, b"x")
        machine.fail_at(machine.calls + 1, errno.EIO)
        with pytest.raises(OSError, match="simulated"):
            disk.fsync(fd)
        disk.fsync(fd)
        assert os.pread(fd, 1, 0) == b"x"
        os.close(fd)
    assert (machine.survivors(tmp_path / "left") / "a").read_bytes() == b""
    machine.close()


def test_names_and_octets_have_their_own_syncs(tmp_path: Path) -> None:
    machine = SimulatedDisk(tmp_path / "live")
    with machine.installed():
        atomic.make_directories(machine.root / "d/e")
        fd = disk.open(machine.root / "d/e/f", os.O_RDWR | os.O_CREAT)
        disk.pwritev(fd, [b"12", b"34"], 0, disk.DSYNC)
        disk.pwritev(fd, [b"56"], 4)
        assert not list(machine.survivors(tmp_path / "one").rglob("f"))
        machine.is_cut = False
        atomic.sync_directory(machine.root / "d/e")
        disk.rename(machine.root / "d/e/f", machine.root / "d/g")
        disk.link(machine.root / "d/g", machine.root / "d/h")
        left = machine.survivors(tmp_path / "two")
        assert [p.name for p in (left / "d").iterdir()] == ["e"]
        assert (left / "d/e/f").read_bytes() == b"1234"
        machine.is_cut = False
        disk.syncfs(fd)
        left = machine.survivors(tmp_path / "three")
        assert (left / "d/h").read_bytes() == b"123456"
        assert (left / "d/h").stat().st_nlink == 2
        os.close(fd)
    machine.close()


def test_a_short_write_is_followed_by_a_full_disk(tmp_path: Path) -> None:
    machine = SimulatedDisk(tmp_path / "live")
    with machine.installed():
        fd = disk.open(machine.root / "a", os.O_RDWR | os.O_CREAT)
        machine.short_at(machine.calls + 1)
        assert disk.pwritev(fd, [b"123456"], 0) == 3
        with pytest.raises(OSError, match="No space"):
            disk.pwritev(fd, [b"456"], 3)
        machine.heal()
        assert disk.pwritev(fd, [b"456"], 3) == 3
        os.close(fd)
    machine.close()


def test_a_journal_of_names_that_fails_stops_its_file_system_alone(
    tmp_path: Path,
) -> None:
    machine = SimulatedDisk(tmp_path / "live", file_systems=("a", "b"), names_stop=True)
    with machine.installed():
        disk.mkdir(machine.root / "a")
        disk.mkdir(machine.root / "b")
        root, fd = (
            disk.open(path, os.O_RDONLY) for path in (machine.root, machine.root / "a")
        )
        disk.fsync(root)
        machine.fail_at(machine.calls + 1, errno.EIO)
        with pytest.raises(OSError, match="simulated"):
            disk.fsync(fd)

        for call in (
            lambda: disk.fsync(fd),
            lambda: disk.syncfs(fd),
            lambda: disk.mkdir(machine.root / "a/d"),
            lambda: disk.open(machine.root / "a/f", os.O_RDWR | os.O_CREAT),
        ):
            with pytest.raises(OSError, match="has stopped"):
                call()
        disk.mkdir(machine.root / "b/d")
        disk.fsync(root)
        os.close(fd)
        os.close(root)
    machine.close()
