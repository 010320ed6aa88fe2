"""What administrators ask of the queue, answered.

Rules:
    No answer keeps mail waiting for longer than a slice (`slices`).

Manual: §4.4.
"""

from collections.abc import Awaitable

from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import (
    CountQueue,
    EntryView,
    ListQueue,
    MessagePiece,
    QueueCounts,
    QueuePage,
    ReadEntry,
    ShowEntry,
)
from mailmax.hub.contract.steering import (
    DeadPage,
    ListDead,
    SteerDead,
    SteerQueue,
)
from mailmax.queuemax.acts import Acts
from mailmax.queuemax.counting import Connections, count_queue
from mailmax.queuemax.listing import list_dead, list_queue
from mailmax.queuemax.ports import Hub
from mailmax.queuemax.showing import find_entry, read_entry, show_entry
from mailmax.queuemax.slices import in_slices
from mailmax.store.queue.entry import QueueEntry
from mailmax.store.queue.store import QueueStore


class QueueDesk:
    """Shows what waits and what is dead, and passes orders on."""

    def __init__(
        self,
        store: QueueStore,
        acts: Acts,
        connections: Connections,
    ) -> None:
        """Prepare.

        Args:
            store: Where bodies are read.
            acts: Carries orders out; has what is looked at.
            connections: Tells how many a domain has, and how many it may have.
        """
        self._store = store
        self._acts = acts
        self._entries = acts.entries
        self._folder = acts.folder
        self._clock = acts.clock
        self._connections = connections

    def answer(self, hub: Hub) -> None:
        """Answer what the hub passes on."""
        hub.on_request(ListQueue, self._list)
        hub.on_request(CountQueue, self._count)
        hub.on_request(ShowEntry, self._show)
        hub.on_request(ReadEntry, self._read)
        hub.on_request(ListDead, self._list_dead)
        hub.on_request(SteerQueue, self._acts.steer)
        hub.on_request(SteerDead, self._acts.steer_dead)

    def _list(
        self, request: ListQueue
    ) -> QueuePage | Denied | Awaitable[QueuePage | Denied]:
        return in_slices(list_queue(request, self._entries(), self._clock.now()))

    def _count(
        self, request: CountQueue
    ) -> QueueCounts | Denied | Awaitable[QueueCounts | Denied]:
        now = self._clock.now()
        return in_slices(count_queue(request, self._entries(), now, self._connections))

    def _list_dead(
        self, request: ListDead
    ) -> DeadPage | Denied | Awaitable[DeadPage | Denied]:
        entries = dict(self._folder.entries)
        return in_slices(list_dead(request, entries, self._clock.now()))

    def _show(self, request: ShowEntry) -> EntryView | Denied:
        entry = self._find(request)
        if isinstance(entry, Denied):
            return entry
        return show_entry(request, entry, self._clock.now())

    def _read(self, request: ReadEntry) -> MessagePiece | Denied:
        entry = self._find(request)
        if isinstance(entry, Denied):
            return entry
        is_dead = request.folder == "dead"
        store = self._folder if is_dead else self._store
        return read_entry(request, entry, store.body_of(entry))

    def _find(self, request: ShowEntry | ReadEntry) -> QueueEntry | Denied:
        is_dead = request.folder == "dead"
        find = self._folder.entries.get if is_dead else self._acts.find
        return find_entry(request.entry_id, find, request.folder)
