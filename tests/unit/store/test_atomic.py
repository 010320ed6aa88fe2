"""Whole files, directories and locks."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailmax.base.errors import StorageFull, TemporaryFailure
from mailmax.store import atomic, disk


def test_write_atomic_replaces_and_leaves_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    atomic.write_atomic(path, b"one", b" ", b"two")
    atomic.write_atomic(path, b"three")

    assert path.read_bytes() == b"three"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    atomic.write_atomic(path, b"old")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(disk, "pwritev", full)
    with pytest.raises(StorageFull), atomic.failures():
        atomic.write_atomic(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EIO, TemporaryFailure),
        (errno.EMFILE, TemporaryFailure),
    ],
)
def test_errors_become_one_of_two_failures(code: int, kind: type) -> None:
    with pytest.raises(kind) as caught, atomic.failures("words"):
        raise OSError(code, "/secret/path")

    assert "secret" not in caught.value.text
    assert type(caught.value) is kind


def test_write_all_goes_on_after_short_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = [bytes([i % 256]) * (i % 7) for i in range(2500)]
    fd = disk.open(tmp_path / "f", os.O_RDWR | os.O_CREAT)

    def short(fd: int, buffers: list[bytes], offset: int) -> int:
        return os.pwrite(fd, b"".join(buffers)[:997], offset)

    monkeypatch.setattr(disk, "pwritev", short)
    end = atomic.write_all(fd, chunks, 5)
    os.close(fd)

    whole = b"".join(chunks)
    assert end == 5 + len(whole)
    assert (tmp_path / "f").read_bytes() == bytes(5) + whole


def test_make_directories_makes_parents_and_tolerates_itself(tmp_path: Path) -> None:
    atomic.make_directories(tmp_path / "a/b/c")
    atomic.make_directories(tmp_path / "a/b/c")

    assert (tmp_path / "a/b/c").is_dir()


@pytest.mark.parametrize("take", [atomic.Lock.take, atomic.Lock.take_directory])
def test_a_lock_excludes_until_it_is_released(tmp_path: Path, take) -> None:
    path = tmp_path if take == atomic.Lock.take_directory else tmp_path / "lock"
    mine = take(path)
    assert mine is not None
    assert take(path) is None
    mine.release()
    mine.release()
    again = take(path)
    assert again is not None
    again.release()


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    program = (
        "import sys,pathlib;from mailmax.store.atomic import Lock;"
        "l=Lock.take(pathlib.Path(sys.argv[1]));print(bool(l),flush=True);"
        "sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout
    assert child.stdin
    assert child.stdout.readline() == b"True\n"
    assert atomic.Lock.take(tmp_path / "lock") is None
    child.kill()
    child.wait()
    child.stdout.close()
    child.stdin.close()

    mine = atomic.Lock.take(tmp_path / "lock")
    assert mine is not None
    mine.release()


def test_a_sync_of_a_file_system_reports_errors() -> None:
    with pytest.raises(OSError, match="Bad file"):
        disk.syncfs(999_999)
