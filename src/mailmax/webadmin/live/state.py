"""The summary of a system: services, health, counts, flags, limits (HUB-6).

Manual: 2.2.
"""

import msgspec

from mailmax.hub.contract.bindings import BindingPage, ListBindings
from mailmax.hub.contract.presence import AskStatus, ServiceView, Status
from mailmax.hub.contract.queue import CountQueue, QueueCounts
from mailmax.hub.contract.summary import AskSummary, DownService, Summary
from mailmax.webadmin.live.asking import Asks, if_told, told
from mailmax.webadmin.live.health import Trouble, health_of

MOST = 1
"""Destinations that are asked for: only the total is told here."""


class ServiceState(msgspec.Struct, frozen=True):
    """A service that runs, or should."""

    role: str
    node: str
    state: str
    """running, starting, down or stopped."""
    since: float
    """Unix time of this state; 0: not known."""
    software: str = ""
    sessions: int = 0
    stalls: int = 0
    pid: int = 0
    trouble: str = ""
    is_steered: bool = False
    """It can be started and stopped here."""


class Waiting(msgspec.Struct, frozen=True):
    """How much waits in the queue."""

    messages: int
    recipients: int
    octets: int
    oldest_at: float = 0.0
    """Unix time of the oldest message to the fullest destination; 0: none."""
    retrying: int = 0
    """Recipients that wait for another try."""


class Use(msgspec.Struct, frozen=True):
    """How much there is of how much there may be."""

    name: str
    used: int
    allowed: int
    """0: as much as you like."""


class SystemState(msgspec.Struct, frozen=True):
    """All that is known at a glance."""

    system_name: str
    host: str
    version: str
    since: float
    database: str
    domains: int
    users: int
    virus_checker: str
    checked_users: int
    queue_directory: str
    disk_octets: int
    free_octets: int
    queue: Waiting | None
    """None: QueueMax cannot be asked now."""
    flags: dict[str, bool | str]
    limits: list[Use]
    services: list[ServiceState]
    health: list[Trouble]
    has_connections: bool
    """Without one nobody can connect."""
    is_first_host_password: bool
    """It is still the one that the set-up gave."""


async def read_state(hub: Asks) -> SystemState:
    """Ask the hub for it.

    Raises:
        Failure: The hub cannot be asked.
    """
    status = await told(hub, AskStatus(), Status)
    summary = await told(hub, AskSummary(), Summary)
    connections = await told(hub, ListBindings(limit=1), BindingPage)
    has_connections = bool(connections.rows)
    return SystemState(
        system_name=summary.system_name,
        host=summary.host,
        version=status.software,
        since=status.since,
        database=status.database,
        domains=status.domains,
        users=status.users,
        virus_checker=status.virus_checker,
        checked_users=status.checked_users,
        queue_directory=summary.queue_directory,
        disk_octets=summary.disk_octets,
        free_octets=summary.free_octets,
        queue=await read_queue(hub),
        flags=msgspec.to_builtins(_Flags.of(summary)),
        limits=limits_of(status, summary),
        services=services_of(status, summary),
        health=health_of(status, summary, has_connections=has_connections),
        has_connections=has_connections,
        is_first_host_password=summary.is_first_host_password,
    )


async def read_queue(hub: Asks) -> Waiting | None:
    """Ask how much waits; None when it cannot be told."""
    counts = await if_told(hub, CountQueue(top=MOST), QueueCounts)
    if counts is None:
        return None
    total = counts.total
    return Waiting(
        total.messages,
        total.recipients,
        total.octets,
        min((one.oldest_at for one in counts.destinations), default=0.0),
        sum(one.heap.recipients for one in counts.states if one.state == "WAITING"),
    )


class _Flags(msgspec.Struct, frozen=True):
    dns_overrides: bool
    local_sender_needed: bool
    smtp_authorization: str
    remote_administration: bool
    open_relay_check: bool

    @classmethod
    def of(cls, summary: Summary) -> "_Flags":
        flags = summary.flags
        return cls(
            flags.dns_overrides,
            flags.local_sender_needed,
            flags.smtp_authorization,
            flags.remote_administration,
            flags.open_relay_check,
        )


def limits_of(status: Status, summary: Summary) -> list[Use]:
    """Return what is used of each limit."""
    limits = summary.limits
    roles = [one.role for one in status.services]
    return [
        Use("users", status.users, limits.users),
        Use("smtpmax", roles.count("smtpmax"), limits.smtpmax),
        Use("popmax", roles.count("popmax"), limits.popmax),
        Use("imapmax", roles.count("imapmax"), limits.imapmax),
        Use("queuemax", roles.count("queuemax"), limits.queuemax),
        Use("user_virus_checks", status.checked_users, limits.user_virus_checks),
    ]


def services_of(status: Status, summary: Summary) -> list[ServiceState]:
    """Return who runs, who should, and who was stopped; by role and computer."""
    running = [_running(one, summary.host) for one in status.services]
    down = [_down(one, summary.host) for one in summary.down]
    stopped = [
        ServiceState(role, summary.host, "stopped", 0.0, is_steered=True)
        for role in summary.stopped
    ]
    return sorted((*running, *down, *stopped), key=lambda one: (one.role, one.node))


def _running(view: ServiceView, host: str) -> ServiceState:
    return ServiceState(
        view.role,
        view.node,
        "running" if view.ready else "starting",
        view.since,
        view.software,
        view.sessions,
        view.stalls,
        view.pid,
        view.trouble,
        view.node == host,
    )


def _down(one: DownService, host: str) -> ServiceState:
    return ServiceState(
        one.role, one.node, "down", one.since, is_steered=one.node == host
    )
