"""Builds QueueMax."""

import asyncio
import logging
import socket
from pathlib import Path

from mailmax.base.errors import Failure
from mailmax.bootstrap.ending import end_process
from mailmax.bootstrap.member import Member
from mailmax.bootstrap.name_servers import NameServers
from mailmax.bootstrap.node import Node, Service
from mailmax.bootstrap.programs import programs_of
from mailmax.hub.activity import ActivityReports
from mailmax.hub.contract.tables import QUEUE_TOPICS
from mailmax.hub.doors_table import DoorsTable
from mailmax.net.place import ANY
from mailmax.net.tls import unverified_context, verifying_context
from mailmax.net.world import SystemClock, SystemRandom
from mailmax.observe.trace import Trace
from mailmax.queuemax.given import Options, Stores, World
from mailmax.queuemax.service import QueueService
from mailmax.store.journal.layout import Places
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.queue.store import QueueStore

_log = logging.getLogger("queuemax")


async def build(node: Node) -> Service:
    """Join the hub and put the service together."""
    hub = node.hub("queuemax", QUEUE_TOPICS)
    await hub.start()
    paths = node.local.paths
    places = Places(paths.journal, paths.run)
    queue = await asyncio.to_thread(QueueStore, paths.queue, etrn=paths.etrn)
    dead = await asyncio.to_thread(_open_dead_mail, paths.queue / "dead")
    reader = JournalReader(places, ("filer",), queue.position)
    reports = JournalWriter(places, "queuemax")
    trace = Trace()
    log = node.event_log(hub, trace, "queuemax")
    resolver = NameServers(trace)
    world = World(
        SystemClock(),
        SystemRandom(),
        resolver.dns,
        resolver.choose,
        resolver.wait,
        trace,
    )
    computer = await asyncio.to_thread(_addresses_of_computer)
    options = Options(
        hostname=socket.getfqdn(),
        tls=unverified_context(),
        proof=await asyncio.to_thread(verifying_context),
        own_addresses=lambda: _own_addresses(hub.tables.doors, computer),
        own_names=lambda: _own_names(hub.tables.doors),
        programs=programs_of(node.local, "queuemax"),
        on_bug=end_process,
    )
    service = QueueService(hub, Stores(queue, reader, reports, dead), world, options)
    closing = [resolver.close, reader.close, reports.close, queue.close]
    if dead is not None:
        closing.append(dead.close)
    closing.append(log.close)
    activity = ActivityReports(hub, world.counters)
    traces = node.traces(hub, trace, "queuemax")
    return Member(hub, [activity, traces, service], closing)


def _open_dead_mail(directory: Path) -> QueueStore | None:
    """Open the dead-mail folder; None where that cannot be: the queue goes on."""
    try:
        return QueueStore(directory)
    except Failure as failure:
        _log.critical("no dead mail is kept: %s (%s)", failure, failure.__cause__)
        return None


def _own_addresses(doors: DoorsTable, computer: frozenset[str]) -> frozenset[str]:
    """Return where we take mail, so that it is never sent to ourselves."""
    named = {
        doors.bindings[one.binding_id].address
        for one in doors.listeners.values()
        if one.service == "smtp" and one.is_open and one.binding_id in doors.bindings
    }
    return computer | named - {ANY} if ANY in named else frozenset(named)


def _own_names(doors: DoorsTable) -> frozenset[str]:
    """Return what our listening addresses greet with."""
    return frozenset(one.display_name.lower() for one in doors.bindings.values())


def _addresses_of_computer() -> frozenset[str]:
    """Return the addresses of this computer, as far as its own name has them."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        return frozenset()
    return frozenset(str(address[0]) for *_, address in found)
