"""Builds the filer."""

import asyncio

from mailmax.bootstrap.member import Member
from mailmax.bootstrap.node import Node, Service, hostname_of
from mailmax.filer.checkpoint import Checkpoints
from mailmax.filer.service import Directory, Filer
from mailmax.hub.client import HubClient
from mailmax.hub.contract import ALL_TOPICS, UserRow
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.mailboxes.segments.store import SegmentStore

_READS = ("smtpmax", "queuemax")


async def build(node: Node) -> Service:
    """Join the hub and put the filer together."""
    hub = node.hub("filer", ALL_TOPICS)
    await hub.start()
    paths = node.local.paths
    store = SegmentStore(paths.mail, role="filer")
    checkpoints = Checkpoints(paths.journal / "filer.position")
    reader = JournalReader(paths.root, _READS, checkpoints.load().position)
    outbound = JournalWriter(paths.root, "filer")
    filer = Filer(reader, outbound, store, checkpoints, _directory(hub))
    return Member(hub, [_Threaded(filer)], [reader.close, outbound.close, store.close])


class _Threaded:
    """The filing thread as a service."""

    def __init__(self, filer: Filer) -> None:
        self._filer = filer

    async def start(self) -> None:
        """Begin to file."""
        self._filer.start()

    async def stop(self) -> None:
        """Finish the batch and checkpoint."""
        await asyncio.to_thread(self._filer.stop)


def _directory(hub: HubClient) -> Directory:
    loop = asyncio.get_running_loop()

    def user_by_id(user_id: int) -> UserRow | None:
        return hub.tables.users.by_id(user_id) or _ask_loop(user_id)

    def _ask_loop(user_id: int) -> UserRow | None:
        # The loop changes the tables while the filing thread asks: "deleted" must not
        # be concluded from half a change, so look again between two versions.
        async def look() -> UserRow | None:
            return hub.tables.users.by_id(user_id)

        return asyncio.run_coroutine_threadsafe(look(), loop).result()

    return Directory(user_by_id, hub.tables.find, hostname_of(hub))
