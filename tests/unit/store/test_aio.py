"""Many files synced in one call answer each for itself, whatever the kernel offers."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailmax.store import aio


@pytest.fixture
def files(tmp_path: Path) -> Iterator[list[int]]:
    """More files than a ring takes, each with something to be synced."""
    fds = [
        os.open(tmp_path / str(number), os.O_RDWR | os.O_CREAT)
        for number in range(aio.RING_FILES + 5)
    ]
    for fd in fds:
        os.write(fd, b"octets")
    yield fds
    for fd in fds:
        os.close(fd)


@pytest.fixture(params=["the kernel's queue", "one after the other"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the kernel offers."""
    if request.param == "one after the other":
        monkeypatch.setattr(aio, "_NUMBERS", None)
        monkeypatch.setattr(aio, "_idle", aio.deque())
    return request.param


@pytest.fixture
def no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer queues, none of which was made before."""
    ring = aio._take()
    if ring is None:
        pytest.skip("this kernel offers no queue (io_setup)")
    ring.close()
    monkeypatch.setattr(aio, "_idle", aio.deque())


@pytest.mark.parametrize("count", [0, 1, 2, 20, aio.RING_FILES, aio.RING_FILES + 5])
def test_all_files_are_synced(files: list[int], way: str, count: int):
    assert aio.fdatasync_each(files[:count]) == [None] * count


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_cannot_be_synced_is_told_of_that_file_alone(
    files: list[int], way: str, place: int
):
    ours, others = os.pipe()
    wanted = [*files[:place], ours, *files[place:2]]

    outcomes = aio.fdatasync_each(wanted)

    assert [errno.EINVAL if at == place else None for at in range(len(wanted))] == [
        error and error.errno for error in outcomes
    ]
    os.close(ours)
    os.close(others)


def test_a_descriptor_that_is_none_hides_nothing(files: list[int], way: str):
    closed = os.dup(files[0])
    os.close(closed)

    outcomes = aio.fdatasync_each([files[0], closed, files[1]])

    assert [error and error.errno for error in outcomes] == [None, errno.EBADF, None]


def test_a_ring_is_used_again(files: list[int]):
    aio.fdatasync_each(files[:3])
    kept = len(aio._idle)
    if not kept:
        pytest.skip("this kernel offers no queue (io_setup)")

    for _ in range(20):
        aio.fdatasync_each(files[:3])

    assert kept == len(aio._idle)


def test_where_no_outcome_can_be_had_every_file_failed(
    files: list[int], no_ring: None, monkeypatch
):
    """Who asked cannot know which errors the kernel told, and to whom (TRUST D2)."""
    calls = []

    def call(number: int, *arguments: object) -> int:
        calls.append(number)
        if number == aio._NUMBERS.getevents:
            raise OSError(errno.EINVAL, "no outcomes")
        return real(number, *arguments)

    real = aio._call
    with monkeypatch.context() as patch:
        patch.setattr(aio, "_call", call)
        outcomes = aio.fdatasync_each(files[:3])

    assert [error and error.errno for error in outcomes] == [errno.EINVAL] * 3
    assert not aio._idle, "the ring is not used again"
    assert aio._NUMBERS.destroy == calls[-1], "nor left open"
    assert aio.fdatasync_each(files[:3]) == [None] * 3


def test_an_interrupted_ring_is_not_used_again(
    files: list[int], no_ring: None, monkeypatch
):

    def interrupted(*_: object) -> int:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(aio._Ring, "_next_events", interrupted)
        with pytest.raises(MemoryError):
            aio.fdatasync_each(files[:3])

    assert not aio._idle
