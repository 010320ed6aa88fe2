"""Builds QueueMax."""

import asyncio
import socket

from mailmax.bootstrap.ending import end_process
from mailmax.bootstrap.member import Member
from mailmax.bootstrap.name_servers import NameServers
from mailmax.bootstrap.node import Node, Service
from mailmax.hub.doors_table import DoorsTable
from mailmax.net.place import ANY
from mailmax.net.tls import unverified_context
from mailmax.net.world import SystemClock, SystemRandom
from mailmax.queuemax.service import Options, QueueService, Stores, World
from mailmax.store.journal.layout import Places
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.queue.store import QueueStore


async def build(node: Node) -> Service:
    """Join the hub and put the service together."""
    hub = node.hub("queuemax")
    await hub.start()
    paths = node.local.paths
    places = Places(paths.journal, paths.run)
    queue = await asyncio.to_thread(QueueStore, paths.queue)
    reader = JournalReader(places, ("filer",), queue.position)
    reports = JournalWriter(places, "queuemax")
    resolver = NameServers()
    world = World(SystemClock(), SystemRandom(), resolver.dns, resolver.choose)
    computer = await asyncio.to_thread(_addresses_of_computer)
    options = Options(
        hostname=socket.getfqdn(),
        tls=unverified_context(),
        own_addresses=lambda: _own_addresses(hub.tables.doors, computer),
        on_bug=end_process,
    )
    service = QueueService(hub, Stores(queue, reader, reports), world, options)
    return Member(
        hub, [service], [resolver.close, reader.close, reports.close, queue.close]
    )


def _own_addresses(doors: DoorsTable, computer: frozenset[str]) -> frozenset[str]:
    """Return where we take mail, so that it is never sent to ourselves."""
    named = {
        doors.bindings[one.binding_id].address
        for one in doors.listeners.values()
        if one.service == "smtp" and one.is_open and one.binding_id in doors.bindings
    }
    return computer | named - {ANY} if ANY in named else frozenset(named)


def _addresses_of_computer() -> frozenset[str]:
    """Return the addresses of this computer, as far as its own name has them."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        return frozenset()
    return frozenset(str(address[0]) for *_, address in found)
