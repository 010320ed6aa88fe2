"""How long administrators look through a full queue; prints one line a look.

Run: ``PYTHONPATH=src .venv/bin/python bench/queue_looks.py [ENTRIES]``. Times are of
this thread's processor alone: the median of five, and the longest slice.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from mailmax.base.envelope import Envelope, Recipient
from mailmax.hub.contract.queue import (
    QUEUE_COLUMNS,
    CountQueue,
    ListQueue,
    Selection,
)
from mailmax.policy.retry import Stage
from mailmax.queuemax.counting import count_queue
from mailmax.queuemax.listing import list_queue
from mailmax.queuemax.slices import Look
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.store.queue.records import State

NOW = 1_000_000.0
LOOKS = {
    "all": Selection(),
    "one destination": Selection(destination="d7.test"),
    "all domains below one": Selection(destination="*.test"),
    "senders of a domain": Selection(sender="from3.test"),
    "senders with a part": Selection(sender="*om3.te*"),
    "recipients with a part": Selection(recipient="*R77*"),
    "recipients with a part of none": Selection(recipient="*nobody*"),
    "one recipient": Selection(recipient="r7@d7.test"),
    "held": Selection(state="held"),
    "the older half": Selection(older_than_s=950_000.0),
    "two ids": Selection(ids=("7", "9.1")),
}


def fill(many: int) -> dict[int, QueueEntry]:
    entries = {}
    for number in range(1, many + 1):
        recipient = Recipient(f"r{number}@d{number % 1000}.test")
        sender = f"u{number % 5000}@from{number % 50}.test"
        state = State(b"key", Stage.RETRY, due_ms=5_000 + number, text="450 later")
        entries[number] = QueueEntry(
            number,
            Envelope(sender, (recipient,), number * 1000),
            [Target(recipient, state)],
            4_000,
            0,
        )
    return entries


def measure(make: Callable[[], Look[Any]]) -> tuple[float, float]:
    """Return the milliseconds of a look, and of its longest slice."""
    slices = []
    look = make()
    while True:
        begin = time.thread_time()
        try:
            next(look)
        except StopIteration:
            break
        finally:
            slices.append((time.thread_time() - begin) * 1000)
    return sum(slices), max(slices)


def say(name: str, make: Callable[[], Look[Any]]) -> None:
    looks = [measure(make) for _ in range(5)]
    whole = statistics.median(look[0] for look in looks)
    print(
        f"{name:32} {whole:7.1f} ms, a slice {min(look[1] for look in looks):5.1f} ms"
    )


def main(many: int) -> None:
    entries = fill(many)
    print(f"{many} entries")
    for name, selection in LOOKS.items():
        asked = ListQueue(selection=selection)
        say(f"list {name}", lambda asked=asked: list_queue(asked, entries, NOW))
    say("another page", lambda: list_queue(ListQueue("50000"), entries, NOW))
    for column in QUEUE_COLUMNS:
        asked = ListQueue(limit=500, sort=column, is_descending=True)
        say(f"sorted by {column}", lambda asked=asked: list_queue(asked, entries, NOW))
    for name, selection in LOOKS.items():
        counted = CountQueue(selection)
        say(
            f"count {name}",
            lambda counted=counted: count_queue(
                counted, entries, NOW, lambda _: (0, 0)
            ),
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
