"""How much waits, in which states, where to (``mailmax queue count``).

Theory:
    One walk over all that is meant. A message counts once in each state and for each
    domain in which one of its recipients is.

Limits:
    100,000 entries: 150 ms, in slices.
"""

import heapq
from collections.abc import Callable, Mapping

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import (
    CountQueue,
    DestinationCount,
    Heap,
    QueueCounts,
    StateCount,
)
from mailmax.queuemax.listing import last_reply_of, next_try_of
from mailmax.queuemax.selection import Meant, read_selection, state_of
from mailmax.queuemax.slices import Look, cut
from mailmax.store.queue.entry import QueueEntry

Connections = Callable[[str], tuple[int, int]]
"""Tells how many connections a domain has, and how many it may have."""


class _Pile:
    """A heap that grows."""

    __slots__ = ("_last", "messages", "octets", "recipients")

    def __init__(self) -> None:
        self.messages = 0
        self.recipients = 0
        self.octets = 0
        self._last = 0

    def add(self, entry: QueueEntry) -> None:
        """Count one recipient; its message, if the one before was another's."""
        self.recipients += 1
        if entry.number != self._last:
            self._last = entry.number
            self.messages += 1
            self.octets += entry.size

    def heap(self) -> Heap:
        """Return it as it is now."""
        return Heap(self.messages, self.recipients, self.octets)


class _Domain(_Pile):
    """What waits for one domain."""

    __slots__ = ("_due_ms", "host", "next_try_at", "oldest_ms", "reply")

    def __init__(self, oldest_ms: int) -> None:
        super().__init__()
        self.oldest_ms = oldest_ms
        self.next_try_at = 0.0
        self.reply = ""
        self.host = ""
        self._due_ms = -1

    def note(self, one: Meant, now: float) -> None:
        """Count one recipient and look how it is."""
        entry, _, target = one
        self.add(entry)
        next_try_at = next_try_of(target, now)
        if next_try_at and not 0 < self.next_try_at <= next_try_at:
            self.next_try_at = next_try_at
        due_ms = target.state.due_ms
        if due_ms > self._due_ms:  # who failed last is tried last
            reply = last_reply_of(target)
            if reply:
                self._due_ms, self.reply = due_ms, reply
                self.host = target.state.host


def count_queue(
    request: CountQueue,
    entries: Mapping[int, QueueEntry],
    now: float,
    connections: Connections,
) -> Look[QueueCounts | Denied]:
    """Return how much waits of what is meant.

    Args:
        request: What is meant, and how many destinations are wanted.
        entries: All entries by number, in any order.
        now: Unix time.
        connections: Asked for the destinations that are told of.
    """
    selector = read_selection(request.selection, now)
    if isinstance(selector, Denied):
        return selector
    total = _Pile()
    states: dict[str, _Pile] = {}
    domains: dict[str, _Domain] = {}
    for part in cut(entries, selector):
        for one in selector.pick(part):
            total.add(one.entry)
            word = state_of(one.target)
            pile = states.get(word)
            if pile is None:
                pile = states[word] = _Pile()
            pile.add(one.entry)
            name = one.target.recipient.address.rpartition("@")[2].lower()
            domain = domains.get(name)
            if domain is None:
                domain = domains[name] = _Domain(one.entry.envelope.received_at_ms)
            domain.note(one, now)
        yield
    top = max(0, min(request.top, PAGE_ROWS))
    fullest = heapq.nsmallest(
        top, domains.items(), key=lambda item: (-item[1].recipients, item[0])
    )
    return QueueCounts(
        total.heap(),
        tuple(StateCount(name, states[name].heap()) for name in sorted(states)),
        tuple(_count(name, found, connections) for name, found in fullest),
        len(domains),
    )


def _count(name: str, found: _Domain, connections: Connections) -> DestinationCount:
    is_open, window = connections(name)
    return DestinationCount(
        domain=name,
        heap=found.heap(),
        oldest_at=found.oldest_ms / 1000,
        next_try_at=found.next_try_at,
        last_reply=found.reply,
        host=found.host,
        connections=is_open,
        window=window,
    )
