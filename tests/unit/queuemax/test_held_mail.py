"""What is held for ETRN domains: kept, let go, and not pinned when it is over."""

import gc
import weakref

from mailmax.base.envelope import Envelope, Recipient
from mailmax.policy.retry import Stage
from mailmax.queuemax.held_mail import Held
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.store.queue.records import State


class Pinned(QueueEntry):
    """An entry of which can be told whether somebody has it still."""

    __slots__ = ("__weakref__",)


def held(count: int, received_at_ms: int = 0) -> tuple[Held, list[Pinned]]:
    """Return what holds a message each for two recipients of a domain."""
    found = Held(lambda domain: "etrn" if domain == "held.test" else "")
    entries = []
    for number in range(count):
        targets = [
            Target(Recipient(f"{name}{number}@held.test"), State(b"k", Stage.RETRY))
            for name in ("a", "b")
        ]
        envelope = Envelope("", (), received_at_ms)
        entries.append(Pinned(number, envelope, targets, 100, 0))
        for target in targets:
            assert found.keep("held.test", entries[-1], target)
    return found, entries


def end(target: Target) -> None:
    target.state = State(b"k", Stage.RETURNED)


def test_what_is_forgotten_is_not_let_go_and_the_rest_is_in_its_order():
    found, entries = held(3)
    found.forget(entries[1].targets[0])
    for target in entries[0].targets:
        found.forget(target)

    let_go = found.ask(["held.test"])

    assert let_go == [
        (entries[1], [entries[1].targets[1]]),
        (entries[2], list(entries[2].targets)),
    ]
    assert not found.ask(["held.test"])


def test_what_is_over_is_pinned_no_more():
    found, entries = held(2)
    found.let_pass(entries[0].targets)
    for target in entries[0].targets:
        end(target)
    end(entries[1].targets[0])
    over = weakref.ref(entries.pop(0))

    found.forget_ended()

    gc.collect()
    assert over() is None
    assert found.ask(["held.test"]) == [(entries[0], [entries[0].targets[1]])]


def test_only_what_is_old_is_taken_for_its_age():
    found, entries = held(2, received_at_ms=1_000)
    end(entries[0].targets[0])

    assert found.take_old(1_000) == []
    assert found.take_old(1_001) == [
        (entries[0], [entries[0].targets[1]]),
        (entries[1], list(entries[1].targets)),
    ]
    assert found.take_old(1_001) == []
