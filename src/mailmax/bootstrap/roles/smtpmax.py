"""Builds SMTPMax."""

from mailmax.bootstrap.member import Member
from mailmax.bootstrap.node import Node, Service, hostname_of
from mailmax.hub.contract import ALL_TOPICS
from mailmax.net.listener import Admission
from mailmax.smtpmax.room import Options
from mailmax.smtpmax.service import Doors, SmtpService
from mailmax.store.journal.layout import Places
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.mailboxes.segments.store import SegmentStore


async def build(node: Node) -> Service:
    """Join the hub and put the service together."""
    hub = node.hub("smtpmax", ALL_TOPICS)
    await hub.start()
    porter = node.porter(hub)
    paths = node.local.paths
    store = SegmentStore(paths.mail, role="smtpmax")
    journal = JournalWriter(Places(paths.journal, paths.run), "smtpmax")
    options = Options(
        hostname=hostname_of(hub),
        default_domain=lambda: hub.tables.setting("default_domain"),
        meet=porter.meet,
    )
    sockets = node.sockets
    doors = Doors(
        sockets["smtp"], sockets["submission"], sockets["submissions"], sockets["lmtp"]
    )
    service = SmtpService(
        hub,
        journal,
        store,
        options,
        doors,
        tls=node.tls(),
        admission=Admission(is_trusted=porter.is_exempt),
    )
    return Member(hub, [service], [journal.close, store.close])
