"""How much waits: a message counts once wherever some of its recipients are."""

from mailmax.base.envelope import Envelope, Recipient
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import CountQueue, Heap, QueueCounts, Selection
from mailmax.policy.retry import Stage
from mailmax.queuemax.counting import count_queue
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.store.queue.records import State

NOW = 1_000.0


def target(address: str, stage=Stage.RETRY, due_s: int = 2_000, text="") -> Target:
    return Target(
        Recipient(address), State(b"k", stage, due_ms=due_s * 1000, text=text, host="h")
    )


def entry(number: int, size: int, *targets: Target) -> QueueEntry:
    return QueueEntry(
        number, Envelope("me@here.test", (), number * 1000), targets, size, 0
    )


def count(entries, request=None) -> QueueCounts | Denied:
    look = count_queue(
        request or CountQueue(),
        {one.number: one for one in entries},
        NOW,
        lambda domain: (3, 5) if domain == "a.test" else (0, 0),
    )
    while True:
        try:
            next(look)
        except StopIteration as end:
            return end.value


def test_states_and_destinations_are_counted_with_their_messages_and_octets():
    held = target("c@b.test")
    held.is_held = True
    entries = [
        entry(1, 100, target("a@a.test"), target("b@A.test"), held),
        entry(
            2, 30, target("a@a.test", Stage.SOFT), target("x@a.test", Stage.DELIVERED)
        ),
    ]

    counts = count(entries)

    assert counts.total == Heap(2, 4, 130)
    assert {one.state: one.heap for one in counts.states} == {
        "retry": Heap(1, 2, 100),
        "soft": Heap(1, 1, 30),
        "held": Heap(1, 1, 100),
    }
    assert [(one.domain, one.heap) for one in counts.destinations] == [
        ("a.test", Heap(2, 3, 130)),
        ("b.test", Heap(1, 1, 100)),
    ]
    assert counts.domains == 2


def test_a_destination_tells_the_oldest_the_next_try_and_the_latest_cause():
    tried = target("c@a.test", text="trying")
    tried.tried_since = 999.0
    entries = [
        entry(3, 1, target("a@a.test", due_s=2_500, text="450 later")),
        entry(7, 1, target("b@a.test", due_s=2_600, text="451 not now"), tried),
    ]

    [found] = count(entries).destinations

    assert (found.oldest_at, found.next_try_at) == (3.0, 2_500.0)
    assert (found.last_reply, found.host) == ("451 not now", "h")
    assert (found.connections, found.window) == (3, 5)


def test_only_so_many_destinations_are_told_the_fullest_first():
    entries = [
        entry(n, 1, *[target(f"{x}@d{n}.test") for x in range(n)]) for n in (1, 2, 3)
    ]

    counts = count(entries, CountQueue(top=2))

    assert [one.domain for one in counts.destinations] == ["d3.test", "d2.test"]
    assert counts.domains == 3
    assert count(entries, CountQueue(top=-5)).destinations == ()


def test_only_what_is_meant_is_counted():
    entries = [entry(1, 1, target("a@a.test")), entry(2, 1, target("a@b.test"))]

    counts = count(entries, CountQueue(Selection(destination="b.test")))

    assert counts.total == Heap(1, 1, 1)
    assert isinstance(count(entries, CountQueue(Selection(state="?"))), Denied)


def test_nothing_is_counted_in_an_empty_queue():
    assert count([]) == QueueCounts(Heap(), (), (), 0)
