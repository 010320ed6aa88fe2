"""Watching files: who hears what, and when the kernel cannot help."""

import asyncio
import ctypes
import errno

import pytest

from mailmax.net import watch
from mailmax.net.watch import Watcher
from waiting import until


@pytest.fixture
async def watcher():
    made = Watcher()
    yield made
    made.close()


async def heard(event: asyncio.Event, within: float = 5.0) -> bool:
    try:
        await asyncio.wait_for(event.wait(), within)
    except TimeoutError:
        return False
    event.clear()
    return True


async def test_an_append_is_heard_by_all_who_watch(watcher, tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"")
    first, second = asyncio.Event(), asyncio.Event()
    watcher.watch(str(path), first.set)
    stop = watcher.watch(str(path), second.set)

    with path.open("ab") as log:
        log.write(b"one")
    assert await heard(first)
    assert await heard(second)

    stop()
    with path.open("ab") as log:
        log.write(b"two")
    assert await heard(first)
    assert not await heard(second, 0.05)


async def test_a_burst_is_told_once(watcher, tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"")
    calls = []
    watcher.watch(str(path), lambda: calls.append(1))

    for _ in range(50):
        with path.open("ab") as log:
            log.write(b"x")
    await until(lambda: calls)
    await asyncio.sleep(0.05)

    assert 1 <= len(calls) <= 2


async def test_many_files_that_change_at_once_are_told_in_pieces(watcher, tmp_path):
    told = []
    paths = [tmp_path / str(number) for number in range(100)]
    for path in paths:
        path.write_bytes(b"")
        watcher.watch(str(path), lambda path=path: told.append(path))

    for path in paths:
        path.write_bytes(b"x")
    watcher._on_events()
    told_at_once = len(set(told))

    assert 0 < told_at_once < 50
    async with asyncio.timeout(60):
        while set(told) != set(paths):  # noqa: ASYNC110 - what is waited for is no event
            await asyncio.sleep(0.005)


async def test_removal_is_heard(watcher, tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"")
    gone = asyncio.Event()
    stop = watcher.watch(str(path), gone.set)

    path.unlink()

    assert await heard(gone)
    stop()


async def test_an_overflow_calls_everybody(watcher, tmp_path, monkeypatch):
    path = tmp_path / "log"
    path.write_bytes(b"")
    event = asyncio.Event()
    watcher.watch(str(path), event.set)
    overflow = watch._EVENT.pack(-1, watch._OVERFLOW, 0, 0)
    monkeypatch.setattr(watch.os, "read", lambda _fd, _octets: overflow)

    watcher._on_events()

    assert event.is_set()


async def test_a_missing_file_cannot_be_watched(watcher, tmp_path):
    with pytest.raises(FileNotFoundError):
        watcher.watch(str(tmp_path / "none"), print)


class NoWatches:
    """A kernel that has no watch left."""

    def inotify_add_watch(self, *_):
        ctypes.set_errno(errno.ENOSPC)
        return -1

    def inotify_rm_watch(self, *_):
        return 0


async def test_files_are_looked_at_where_no_watch_is_left(
    watcher, tmp_path, monkeypatch
):
    path = tmp_path / "log"
    path.write_bytes(b"")
    monkeypatch.setattr(watch, "_libc", NoWatches())
    monkeypatch.setattr(watch, "_POLL_S", 0.01)
    event = asyncio.Event()
    stop = watcher.watch(str(path), event.set)
    assert not await heard(event, 0.05)

    with path.open("ab") as log:
        log.write(b"x")
    assert await heard(event)

    stop()
    with path.open("ab") as log:
        log.write(b"x")
    assert not await heard(event, 0.05)
