"""The queue in pages: in order, nothing twice, nothing that waits left out."""

import random

import pytest

from mailmax.base.envelope import Envelope, Recipient
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import ListQueue, QueuePage
from mailmax.policy.retry import Stage
from mailmax.queuemax import listing
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.store.queue.records import State


def make_entry(number: int, recipients: int) -> QueueEntry:
    targets = [
        Target(
            Recipient(f"r{place}@{number}.test"), State(b"k", Stage.RETRY, due_ms=5_000)
        )
        for place in range(1, recipients + 1)
    ]
    return QueueEntry(number, Envelope("me@here.test", (), 0), targets, 100, 0)


def list_queue(request, entries, now) -> QueuePage | Denied:
    """Go through all slices at once."""
    look = listing.list_queue(request, entries, now)
    while True:
        try:
            next(look)
        except StopIteration as end:
            return end.value


def walk(entries, limit, between=lambda: None) -> list[QueuePage]:
    pages = [list_queue(ListQueue(limit=limit), entries, 9.0)]
    while pages[-1].next:
        between()
        pages.append(list_queue(ListQueue(pages[-1].next, limit), entries, 9.0))
    return pages


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000, 10**9])
def test_pages_make_the_whole_list_in_order(limit):
    entries = {number: make_entry(number, number % 4 + 1) for number in (9, 3, 4, 12)}

    pages = walk(entries, limit)

    shown = [row.recipient for page in pages for row in page.rows]
    assert shown == [
        f"r{place}@{number}.test"
        for number in (3, 4, 9, 12)
        for place in range(1, number % 4 + 2)
    ]
    assert all(len(page.rows) <= limit for page in pages)
    assert [page.total for page in pages] == [len(shown)] + [None] * (len(pages) - 1)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_delivered_meanwhile_shifts_nobody(seed):
    chance = random.Random(seed)
    entries = {number: make_entry(number, chance.randint(1, 5)) for number in range(40)}
    everybody = {t.address for entry in entries.values() for t in entry.targets}
    gone = set()

    def deliver() -> None:
        number = chance.choice(list(entries))
        for target in entries[number].targets:
            if chance.random() < 0.7:
                target.state = State(b"k", Stage.DELIVERED)
                gone.add(target.address)
        if entries[number].is_over:
            del entries[number]

    shown = [r.recipient for p in walk(entries, 4, deliver) for r in p.rows]

    assert len(shown) == len(set(shown))
    assert everybody - gone <= set(shown)


def test_a_list_may_begin_behind_an_entry():
    entries = {number: make_entry(number, 2) for number in (5, 6, 8)}

    def first(after: str) -> str:
        return list_queue(ListQueue(after), entries, 9.0).rows[0].recipient

    assert first("5") == "r1@6.test"
    assert first("5.1") == "r2@5.test"
    assert first("5.2") == "r1@6.test"
    assert first("7") == "r1@8.test"
    assert list_queue(ListQueue("8"), entries, 9.0) == QueuePage((), None)


@pytest.mark.parametrize("after", ["x", "-1", "1.", ".1", "1.2.3", "1.x", "9" * 5000])
def test_what_is_no_place_is_refused(after):
    answer = list_queue(ListQueue(after), {}, 9.0)

    assert isinstance(answer, Denied)
    assert answer.field == "after"
