"""Appends of many sessions go in waves; each gets its own answer."""

import asyncio
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from fix_imap import new_message
from mailmax.base.errors import TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.imapmax.appends import Appends
from mailmax.imapmax.blocking import Threads
from mailmax.store.mailboxes.memory.store import MemoryStore
from mailmax.store.mailboxes.port import Locked
from mailmax.store.mailboxes.values import Change


class SlowStore(MemoryStore):
    """Counts its waves; they end when they may."""

    def __init__(self) -> None:
        super().__init__()
        self.waves: list[int] = []
        self.may_end = Event()
        self.answer: Exception | None = None
        self.breaks = False

    def append(self, batch: Any) -> list[Change | Exception]:
        self.waves.append(sum(len(messages) for _, messages in batch))
        assert self.may_end.wait(60)
        if self.breaks:
            raise RuntimeError
        if self.answer is not None:
            return [self.answer] * len(batch)
        return super().append(batch)


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads(4)
    yield made
    made.close()


async def add(store: SlowStore, threads: Threads, count: int) -> list[Any]:
    """Let so many sessions add to two mailboxes at the same time."""
    appends = Appends(threads, store)
    account = store.account(UserId(7), "a/b")
    boxes = [account.open("INBOX"), account.open("Sent")]
    tasks = []
    for number in range(count):
        work = appends.add(boxes[number % 2], new_message(b"Subject: %d\r\n" % number))
        tasks.append(asyncio.ensure_future(work))
        await asyncio.sleep(0.01)
    store.may_end.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    for box in boxes:
        box.refresh()
    bodies = [box.read(n) for box in boxes for n in range(len(box.uids))]
    return [*answers, sorted(bodies)]


async def test_what_comes_meanwhile_shares_the_next_wave(threads: Threads) -> None:
    store = SlowStore()

    *uids, bodies = await add(store, threads, 8)

    assert store.waves == [1, 1, 6]
    assert sorted(uids) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert bodies == [b"Subject: %d\r\n" % number for number in range(8)]


async def test_who_was_locked_is_added_alone(threads: Threads) -> None:
    store = SlowStore()
    store.answer = Locked()

    *uids, bodies = await add(store, threads, 3)

    assert sorted(uids) == [1, 1, 2]
    assert len(bodies) == 3


async def test_a_failure_is_everybodys_own(threads: Threads) -> None:
    store = SlowStore()
    store.answer = TemporaryFailure("the disk")

    *answers, bodies = await add(store, threads, 3)

    assert answers == [store.answer] * 3
    assert bodies == []


async def test_a_wave_that_breaks_leaves_nobody_waiting(threads: Threads) -> None:
    store = SlowStore()
    store.breaks = True

    *answers, _ = await add(store, threads, 3)

    assert [type(answer) for answer in answers] == [RuntimeError] * 3
