"""Builds IMAPMax."""

from mailmax.bootstrap.member import Member
from mailmax.bootstrap.node import Node, Service
from mailmax.hub.used import UsedReports
from mailmax.imapmax.service import ImapService
from mailmax.imapmax.settings import ImapSettings
from mailmax.store.mailboxes.segments.counted import Counted
from mailmax.store.mailboxes.segments.store import SegmentStore

_FILES = 1024
"""Files of mailboxes that are kept open: clients need most of the descriptors, and a
mailbox in which nothing happens needs none."""


async def build(node: Node) -> Service:
    """Join the hub and put the service together."""
    hub = node.hub("imapmax")
    await hub.start()
    porter = node.porter(hub)
    mail, counted = node.local.paths.mail, Counted()
    store = SegmentStore(mail, role="imapmax", descriptors=_FILES, counted=counted)
    tls = node.tls()
    doors = node.doors(hub, porter)
    settings = ImapSettings(
        starttls=tls,
        meet=porter.meet,
        idle_s=lambda: float(hub.tables.setting("imap_timeout_s")),
    )
    log = node.event_log(hub, settings.watching.trace, "imapmax")
    service = ImapService(hub, store, settings, doors, tls=tls)
    listening = node.listening(hub, doors, "imapmax")
    reports = node.reports(hub, doors)
    traces = node.traces(hub, settings.watching.trace, "imapmax")
    used = UsedReports(hub, counted)
    parts: list[Service] = [reports, used, traces, service, listening]
    return Member(hub, parts, [store.close, log.close])
