"""The queue in pages: in order, nothing twice, nothing that waits left out."""

import base64
import random

import msgspec
import pytest

from mailmax.base.envelope import Envelope, Recipient
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import QUEUE_COLUMNS, ListQueue, QueuePage
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


def mixed(chance: random.Random) -> dict[int, QueueEntry]:
    """Make entries of which many have the same values."""
    entries = {}
    for number in range(1, 61):
        entry = make_entry(number, chance.randint(1, 3))
        for target in entry.targets:
            state = State(
                b"k",
                Stage.RETRY,
                due_ms=chance.choice([0, 5_000, 6_000]),
                attempts=chance.randint(0, 2),
                text=chance.choice(["", "Later", "later", "busy"]),
            )
            target.state, target.is_held = state, chance.random() < 0.2
        entry.size = chance.randint(1, 4)
        entries[number] = entry
    return entries


def walk_sorted(entries, column, limit, *, down, between=lambda: None) -> list[str]:
    after, shown = "", []
    while True:
        asked = ListQueue(after, limit, sort=column, is_descending=down)
        page = list_queue(asked, entries, 9.0)
        shown += [(row.entry_id, row.place, row) for row in page.rows]
        assert len(page.rows) <= limit
        after = page.next
        if not after:
            return shown
        between()


@pytest.mark.parametrize("column", QUEUE_COLUMNS)
@pytest.mark.parametrize("down", [False, True])
def test_sorted_pages_make_the_whole_list_in_the_order_of_the_column(column, down):
    entries = mixed(random.Random(column))

    whole = walk_sorted(entries, column, 1_000, down=down)
    parts = walk_sorted(entries, column, 7, down=down)

    assert [one[:2] for one in parts] == [one[:2] for one in whole]
    assert len(whole) == sum(len(entry.targets) for entry in entries.values())
    name = "reverse_path" if column == "sender" else column
    values = [getattr(row, name) for *_, row in whole]
    if column == "next_try_at":  # what is held has none; what is due, now
        held = values.count(0)
        assert held
        assert not any(values[-held:])
        values = [0 if one == 9.0 else one for one in values[:-held]]
    keys = [one.lower() if isinstance(one, str) else one for one in values]
    assert keys == sorted(keys, reverse=down)


@pytest.mark.parametrize("seed", range(10))
def test_what_goes_and_what_moves_hides_and_doubles_nobody_else(seed):
    chance = random.Random(seed)
    entries = mixed(chance)
    everybody = {
        (str(number), place)
        for number, entry in entries.items()
        for place in range(1, len(entry.targets) + 1)
    }
    touched = set()

    def go_on() -> None:
        for number in chance.sample(sorted(entries), 5):
            places = range(1, len(entries[number].targets) + 1)
            touched.update((str(number), place) for place in places)
            if chance.random() < 0.5:
                del entries[number]
            else:
                for target in entries[number].targets:
                    target.state = State(b"k", Stage.SOFT, due_ms=7_000, attempts=3)

    shown = [
        one[:2]
        for one in walk_sorted(entries, "tries", 9, down=seed % 2 == 1, between=go_on)
    ]

    still = [one for one in shown if one not in touched]
    assert sorted(still) == sorted(everybody - touched)


def told(*words: object) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(words)).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        "7",
        "ä",
        "x" * 5_000,
        told("tries", True, False, 1, "", 1, 1),
        told("state", False, False, 1, "", 1, 1),
        told("tries", False, False, "1", "", 1, 1),
        told("tries", False, False, 1, "", 1),
    ],
)
def test_what_is_no_place_in_an_order_is_refused(after):
    answer = list_queue(ListQueue(after, sort="tries"), {}, 9.0)

    assert isinstance(answer, Denied)
    assert answer.field == "cursor"


def test_a_place_that_somebody_made_up_is_compared_all_the_same():
    entries = mixed(random.Random(1))
    after = told("tries", False, False, -(2**63), "z", 2**64 - 1, 0)

    page = list_queue(ListQueue(after, sort="tries"), entries, 9.0)

    assert isinstance(page, QueuePage)
    assert page.rows


def test_a_column_that_there_is_not_is_refused_with_those_that_there_are():
    answer = list_queue(ListQueue(sort="odd"), {}, 9.0)

    assert isinstance(answer, Denied)
    assert answer.field == "sort"
    assert answer.cure == ", ".join(QUEUE_COLUMNS)
