"""Builds SMTPMax."""

from mailmax.bootstrap.member import Member
from mailmax.bootstrap.name_servers import NameServers
from mailmax.bootstrap.node import Node, Service
from mailmax.bootstrap.programs import programs_of
from mailmax.hub.contract.tables import ALL_TOPICS
from mailmax.smtpmax.block_list_desk import BlockListDesk
from mailmax.smtpmax.definitions import Definitions
from mailmax.smtpmax.room import Options
from mailmax.smtpmax.service import SmtpService
from mailmax.smtpmax.virus_desk import VirusDesk
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
    options = Options(meet=porter.meet)
    log = node.event_log(hub, options.watching.trace, "smtpmax")
    names = NameServers()

    def follow() -> None:
        names.choose(hub.tables.setting("name_servers"))

    follow()
    hub.on_tables(follow)
    doors = node.doors(hub, porter)
    programs = programs_of(node.local, "smtpmax")
    service = SmtpService(
        hub,
        journal,
        store,
        options,
        doors,
        resolver=names.dns,
        programs=programs,
        tls=node.tls(),
    )
    hub.report_block_lists(service.inquiries.block_lists)
    service.inquiries.on_change = hub.say_presence
    service.room.on_trouble = hub.say_presence
    definitions = Definitions(service.room, node.local.virus_updates, paths.virus)
    scanners = VirusDesk(service.room, definitions, node.name)
    scanners.answer(hub)
    BlockListDesk(service.room, node.name).answer(hub)
    hub.trouble = service.trouble
    listening = node.listening(hub, doors, "smtpmax")
    traces = node.traces(hub, options.watching.trace, "smtpmax")
    reports = node.reports(hub, doors)
    closing = [names.close, journal.close, store.close, log.close]
    return Member(
        hub,
        [
            reports,
            traces,
            service.room.ban_hits,
            scanners,
            definitions,
            programs,
            service,
            listening,
        ],
        closing,
    )
