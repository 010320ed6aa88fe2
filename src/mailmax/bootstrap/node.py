"""What every role of a node is given to build itself from."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mailmax.bootstrap import certificate
from mailmax.bootstrap.event_log import EventLog
from mailmax.bootstrap.sockets import SERVICES_OF
from mailmax.bootstrap.this_computer import judge
from mailmax.hub.activity import ActivityReports
from mailmax.hub.client import HubClient
from mailmax.hub.contract.checks import FindingView
from mailmax.hub.contract.local import AskLocal, LocalView
from mailmax.hub.contract.tables import LOGIN_TOPICS, Topic
from mailmax.hub.doors import Doors
from mailmax.hub.entrance import names_of
from mailmax.hub.host_password import PasswordFile
from mailmax.hub.joining import Identity
from mailmax.hub.listening import Listening, Listens
from mailmax.hub.local_look import LocalLook
from mailmax.hub.log_desk import LogDesk
from mailmax.hub.porter import Porter
from mailmax.hub.spying import TraceReports
from mailmax.net.listener import Admission
from mailmax.net.sources import OwnSockets, Source
from mailmax.observe.trace import Trace
from mailmax.settings.local import LocalSettings
from mailmax.settings.system.logs import LOG_NAMES

MOST_CLIENTS = {
    "smtpmax": "smtp_connections",
    "popmax": "pop_connections",
    "imapmax": "imap_connections",
}
"""The system setting that says how many clients a role serves at the same time."""


class Service(Protocol):
    """A built role."""

    async def start(self) -> None:
        """Serve from now on."""

    async def stop(self) -> None:
        """Finish in good order."""


def _raise(error: BaseException) -> None:
    raise error


@dataclass(frozen=True, slots=True)
class Node:
    """One node's settings, and where one role's sockets come from."""

    local: LocalSettings
    lmtp: Sequence[socket.socket] = ()
    """Bound before the start."""
    source: Source = field(default_factory=OwnSockets)
    is_supervised: bool = False
    """A supervisor runs this node's roles, those that may run (`datamax.stopped`)."""
    give_up: Callable[[BaseException], None] = _raise
    """A role that finds that it cannot go on says so: it ends and is started again."""

    @property
    def name(self) -> str:
        """What this computer is called."""
        return self.local.node or socket.gethostname()

    def hub(self, role: str, topics: frozenset[Topic] = LOGIN_TOPICS) -> HubClient:
        """Return a client that joins as `role`."""
        password = PasswordFile(self.local.paths.host_password)
        identity = Identity(role, self.name)
        hub = HubClient(self.local.hub_address, password, identity, topics)

        def judged() -> Sequence[FindingView]:
            return judge(self.local, hub.tables.setting("hostname"))

        look = LocalLook(self.local, judged).look

        async def answer(_: AskLocal) -> LocalView:
            return await asyncio.to_thread(look)

        hub.on_request(AskLocal, answer)
        return hub

    def doors(self, hub: HubClient, porter: Porter) -> Doors:
        """Return the doors of a role; none of them is open yet."""
        names = names_of(hub.tables, hostname_of(hub))
        admission = Admission(is_trusted=porter.is_exempt)
        return Doors(names, admission, {"lmtp": self.lmtp})

    def listening(self, hub: HubClient, doors: Doors, role: str) -> Listening:
        """Return what opens and closes the doors of a role as the tables say."""
        listens = Listens(SERVICES_OF[role], MOST_CLIENTS[role], self.local.base_port)
        return Listening(hub, doors, self.source, listens)

    def reports(self, hub: HubClient, doors: Doors) -> ActivityReports:
        """Return who tells the hub what a role counts."""
        return ActivityReports(hub, doors.admission.counters)

    def traces(self, hub: HubClient, trace: Trace, role: str) -> TraceReports:
        """Return who tells the hub what is watched of a role."""
        return TraceReports(hub, trace, role, self.name)

    def tls(self) -> ssl.SSLContext:
        """Return the TLS context.

        Raises:
            BadSettings: The certificate or its key is missing or cannot be used.
        """
        return certificate.context_of(self.local.paths)

    def event_log(self, hub: HubClient, trace: Trace, role: str) -> EventLog:
        """Return what writes the log files of a role, as the settings want them.

        Administrators who ask what is in them are answered, too.
        """
        directory = self.local.paths.logs_of(LOG_NAMES[role])
        log = EventLog(hub.tables, trace, role, directory)
        log.follow()
        hub.on_tables(log.follow)
        LogDesk(hub, LOG_NAMES[role], directory)
        return log

    def porter(self, hub: HubClient) -> Porter:
        """Return who knows what holds for a client, by the hub's filters."""
        tables = hub.tables
        trust = self.local.trust_loopback
        porter = Porter(tables.doors, tables.cluster, trust_loopback=trust)
        hub.on_tables(porter.refresh)
        return porter


def hostname_of(hub: HubClient) -> Callable[[], str]:
    """Return a function that says what we call ourselves (setting, else the node)."""
    own = socket.getfqdn()

    def hostname() -> str:
        return hub.tables.setting("hostname") or own

    return hostname
