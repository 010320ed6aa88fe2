"""Builds IMAPMax."""

from mailmax.bootstrap.member import Member
from mailmax.bootstrap.node import Node, Service, hostname_of
from mailmax.imapmax.service import ImapService
from mailmax.imapmax.settings import ImapSettings
from mailmax.store.mailboxes.segments.store import SegmentStore

_FILES = 1024
"""Files of mailboxes that are kept open: clients need most of the descriptors, and a
mailbox in which nothing happens needs none."""


async def build(node: Node) -> Service:
    """Join the hub and put the service together."""
    hub = node.hub("imapmax")
    await hub.start()
    porter = node.porter(hub)
    store = SegmentStore(node.local.paths.mail, role="imapmax", descriptors=_FILES)
    tls = node.tls()
    settings = ImapSettings(
        hostname=hostname_of(hub),
        starttls=tls,
        meet=porter.meet,
        is_exempt=porter.is_exempt,
    )
    service = ImapService(
        hub,
        store,
        settings,
        sockets=node.sockets["imap"],
        tls_sockets=node.sockets["imaps"] if tls else (),
        tls=tls,
    )
    return Member(hub, [service], [store.close])
