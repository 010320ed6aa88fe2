"""Builds POPMax."""

from mailmax.bootstrap.member import Member
from mailmax.bootstrap.node import Node, Service, hostname_of
from mailmax.net.listener import Admission
from mailmax.popmax.room import Options
from mailmax.popmax.service import Doors, PopService
from mailmax.store.mailboxes.segments.store import SegmentStore


async def build(node: Node) -> Service:
    """Join the hub and put the service together."""
    hub = node.hub("popmax")
    await hub.start()
    porter = node.porter(hub)
    store = SegmentStore(node.local.paths.mail, role="popmax")
    options = Options(
        host=hostname_of(hub),
        claims=node.local.paths.run / "maildrops",
        meet=porter.meet,
        offer_apop=lambda: hub.tables.setting("offer_apop") is True,
        apop_needs_tls=False,
    )
    service = PopService(
        hub,
        store,
        options,
        Doors(node.sockets["pop3"], node.sockets["pop3s"]),
        tls=node.tls(),
        admission=Admission(is_trusted=porter.is_exempt),
    )
    return Member(hub, [service], [store.close])
