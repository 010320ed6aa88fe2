"""Builds POPMax."""

from mailmax.bootstrap.member import Member
from mailmax.bootstrap.node import Node, Service
from mailmax.hub.used import UsedReports
from mailmax.popmax.room import Options
from mailmax.popmax.service import PopService
from mailmax.store.mailboxes.segments.counted import Counted
from mailmax.store.mailboxes.segments.store import SegmentStore


async def build(node: Node) -> Service:
    """Join the hub and put the service together."""
    hub = node.hub("popmax")
    await hub.start()
    porter = node.porter(hub)
    counted = Counted()
    store = SegmentStore(node.local.paths.mail, role="popmax", counted=counted)
    options = Options(
        claims=node.local.paths.run / "maildrops",
        meet=porter.meet,
        offer_apop=lambda: hub.tables.setting("offer_apop") is True,
        needs_apop=lambda: hub.tables.setting("apop_required") is True,
        apop_needs_tls=False,
        idle_s=lambda: float(hub.tables.setting("pop_timeout_s")),
    )
    log = node.event_log(hub, options.watching.trace, "popmax")
    doors = node.doors(hub, porter)
    service = PopService(hub, store, options, doors, tls=node.tls())
    listening = node.listening(hub, doors, "popmax")
    reports = node.reports(hub, doors)
    traces = node.traces(hub, options.watching.trace, "popmax")
    used = UsedReports(hub, counted)
    parts: list[Service] = [reports, used, traces, service, listening]
    return Member(hub, parts, [store.close, log.close])
