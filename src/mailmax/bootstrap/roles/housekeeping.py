"""Builds Housekeeping."""

from mailmax.bootstrap.directories import directories_of
from mailmax.bootstrap.member import Member
from mailmax.bootstrap.node import Node, Service
from mailmax.housekeeping.clocks import SystemClocks
from mailmax.housekeeping.service import HousekeepingService, Options
from mailmax.hub.used import UsedReports
from mailmax.store.mailboxes.segments.counted import Counted
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.moving import Moving
from mailmax.store.removing import Removing


async def build(node: Node) -> Service:
    """Join the hub and put the service together."""
    hub = node.hub("housekeeping", frozenset({"settings"}))
    await hub.start()
    paths = node.local.paths
    counted = Counted()

    def open_store() -> SegmentStore:
        return SegmentStore(
            paths.mail, role="housekeeping", background=False, counted=counted
        )

    taken = directories_of(paths)
    service = HousekeepingService(
        hub,
        open_store,
        (Removing(paths.mail), Moving(paths.mail, tuple(taken.values()))),
        SystemClocks(),
        Options(paths.data / "housekeeping.json"),
    )
    return Member(hub, [UsedReports(hub, counted), service])
