"""Locks that are waited for, syncs that are shared."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_imap import new_message
from mailmax.base.errors import TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.imapmax.blocking import SyncGroup, Threads
from mailmax.imapmax.indexing import WhenToIndex
from mailmax.imapmax.open_mailboxes import OpenMailboxes
from mailmax.store.mailboxes.memory.store import MemoryStore
from mailmax.store.mailboxes.port import Locked
from mailmax.store.mailboxes.segments.store import SegmentStore


@pytest.fixture
def threads() -> Iterator[Threads]:
    threads = Threads(2)
    yield threads
    threads.close()


async def test_a_lock_is_tried_again(threads: Threads) -> None:
    tries = []

    def work(value: int) -> int:
        tries.append(value)
        if len(tries) < 3:
            raise Locked
        return value

    assert await threads.run(work, 7) == 7
    assert tries == [7, 7, 7]


async def test_patience_ends(threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailmax.imapmax.blocking.LOCK_PATIENCE_S", 0.02)

    def work() -> None:
        raise Locked

    with pytest.raises(Locked):
        await threads.patiently(work)


async def test_syncs_that_come_meanwhile_share_the_next(threads: Threads) -> None:
    release = threading.Event()
    syncs = []

    def sync() -> None:
        syncs.append(1)
        release.wait(60)

    group = SyncGroup(threads, sync)
    first = group.durable()
    later = [group.durable() for _ in range(10)]
    assert not first.done()
    release.set()
    await asyncio.gather(first, *later)

    assert len(syncs) == 2
    assert not group.busy


async def test_a_failed_sync_fails_those_it_was_for(threads: Threads) -> None:
    def sync() -> None:
        raise TemporaryFailure("no")

    group = SyncGroup(threads, sync)

    for _ in range(2):
        with pytest.raises(TemporaryFailure):
            await group.durable()


async def test_what_is_begun_is_done_though_nobody_waits(threads: Threads) -> None:
    release, done = threading.Event(), threading.Event()

    def work() -> None:
        release.wait(60)
        done.set()

    waiting = threads.submit(work)
    waiting.cancel()
    release.set()

    assert await threads.submit(lambda: done.wait(60))
    assert waiting.cancelled()


async def test_who_selects_it_again_at_once_finds_it_watched(
    threads: Threads, tmp_path: Path
) -> None:
    store = SegmentStore(tmp_path)
    account = store.account(UserId(1), "a")
    mailboxes = OpenMailboxes(threads, WhenToIndex(messages=0))
    one = mailboxes.enter(account, "INBOX", read_only=False)
    one.watch()
    indexing = one.indexing

    mailboxes.leave(one)
    again = mailboxes.enter(account, "INBOX", read_only=False)
    again.watch()
    await asyncio.sleep(0)
    assert again is one
    assert again.indexing not in (None, indexing)  # that one was stopped
    told = asyncio.Event()
    again.mailbox.watch(told.set)
    again.mailbox.append([new_message(b"Subject: new\r\n\r\n")])

    await asyncio.wait_for(told.wait(), 10)
    assert len(again.mailbox.uids) == 1
    mailboxes.leave(again)
    await asyncio.sleep(0)
    assert mailboxes.enter(account, "INBOX", read_only=False) is not one
    store.close()


async def test_what_is_changed_when_the_last_has_left_is_read_by_nobody(
    threads: Threads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch ends a turn later, and may have something to tell meanwhile."""
    store = SegmentStore(tmp_path)
    account = store.account(UserId(1), "a")
    mailboxes = OpenMailboxes(threads)
    one = mailboxes.enter(account, "INBOX", read_only=False)
    tell = []
    monkeypatch.setattr(type(one.mailbox), "watch", lambda _, call: tell.append(call))
    one.watch()
    refreshed = []

    mailboxes.leave(one)
    monkeypatch.setattr(type(one.mailbox), "refresh", lambda _: refreshed.append(1))
    tell[0]()

    assert refreshed == []
    await asyncio.sleep(0)
    store.close()


async def test_the_last_who_leaves_closes(threads: Threads) -> None:
    account = MemoryStore().account(UserId(1), "a")
    mailboxes = OpenMailboxes(threads)
    one = mailboxes.enter(account, "INBOX", read_only=True)
    two = mailboxes.enter(account, "INBOX", read_only=False)
    assert one is two
    two.durable_soon()

    mailboxes.leave(one)
    mailboxes.leave(two)
    await asyncio.sleep(0.05)

    again = mailboxes.enter(account, "INBOX", read_only=True)
    assert again is not one
    assert again.mailbox is not one.mailbox
