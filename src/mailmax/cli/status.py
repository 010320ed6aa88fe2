"""``mailmax status`` and ``mailmax sessions``: how is it, and who is here?"""

import asyncio
import time
from dataclasses import dataclass

from mailmax.base.errors import TemporaryFailure
from mailmax.base.roles import ROLES
from mailmax.base.units import counted
from mailmax.cli import cluster, summary
from mailmax.cli.block_lists import alarms, all_block_lists
from mailmax.cli.desk import PATIENCE_S, Common, Desk, as_plain
from mailmax.cli.doors import COLUMNS, ask_all, rows_of, shut_services, troubles
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.cli.queue_reading import printed
from mailmax.hub.client import HubClient
from mailmax.hub.contract.bindings import BindingView
from mailmax.hub.contract.cluster import ClusterMember
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.presence import AskStatus, ListSessions, Status
from mailmax.hub.contract.summary import AskSummary, DownService, Summary
from mailmax.settings.local import load_local

NEEDED = ("smtpmax", "filer", "queuemax", "popmax", "imapmax")
"""Roles of which one must be ready for the whole to be."""

LOOK_S = 0.1


def status(*, wait: float = 0.0, common: Common | None = None) -> int:
    """Show the hub and the services; exit code 0 when all are ready and listen.

    Ready is a system of which every role runs, and every service that should be open
    listens somewhere; otherwise the exit code is 75. Before that stands what is set:
    where the queue lies, what is on, how much of each limit is used. A service that
    should run and does not is shown as down, and since when.

    Args:
        wait: Seconds to wait for that.
        common: Options of every command.
    """
    desk = Desk(common)
    until = time.monotonic() + wait
    seen = desk.with_hub(lambda hub: watch_status(hub, until), max(wait, PATIENCE_S))
    if isinstance(seen, Denied):
        desk.deny(seen)
    answer, connections, missing = seen.answer, seen.connections, seen.missing
    block_lists = all_block_lists(desk)
    if desk.common.json:
        desk.show_json(
            {
                **as_plain(answer),
                "ready": seen.is_ready,
                "missing": missing,
                "summary": as_plain(seen.summary),
                "shut": seen.shut,
                "connections": as_plain(connections),
                "block_lists": as_plain(block_lists),
                "cluster": as_plain(seen.cluster),
            }
        )
    else:
        _show(desk, seen)
        for alarm in alarms(block_lists):
            print(alarm)
    return Exit.DONE if seen.is_ready else Exit.LATER


def sessions(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show who is connected, the longest first.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    return show_list(
        Desk(common),
        paging,
        ListSessions,
        Look(
            ("Service", "Host", "Client", "User", "Since"),
            lambda row: (
                row.service,
                row.node,
                row.peer,
                row.address,
                shown_moment(row.since),
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """How all is at one moment."""

    answer: Status
    connections: list[BindingView]
    cluster: list[ClusterMember]
    """The other systems of the cluster."""
    summary: Summary

    @property
    def stopped(self) -> list[str]:
        """The roles that were stopped on purpose, and run nowhere else."""
        running = {service.role for service in self.answer.services}
        return [role for role in self.summary.stopped if role not in running]

    @property
    def missing(self) -> list[str]:
        """The roles of which none is ready."""
        ready = {service.role for service in self.answer.services if service.ready}
        return [role for role in NEEDED if role not in ready]

    @property
    def shut(self) -> list[str]:
        """The services that listen nowhere, though they should."""
        return shut_services(self.connections)

    @property
    def down(self) -> list[DownService]:
        """The services that should run and do not; other systems are not ours."""
        return [one for one in self.summary.down if one.role in ROLES]

    @property
    def is_ready(self) -> bool:
        """All that should run does, and clients can be served."""
        amiss = self.missing or self.shut or self.down
        return bool(self.connections) and not amiss


async def watch_status(hub: HubClient, until: float) -> Seen | Denied:
    """Look until all are ready or the time is over."""
    while True:
        try:
            seen = await _look(hub)
        except TemporaryFailure:
            if time.monotonic() >= until:
                raise
        else:
            if isinstance(seen, Denied):
                return seen
            if seen.is_ready or time.monotonic() >= until:
                return seen
        await asyncio.sleep(LOOK_S)


async def _look(hub: HubClient) -> Seen | Denied:
    answer = await hub.ask(AskStatus())
    if isinstance(answer, Denied):
        return answer
    members = await cluster.ask_members(hub)
    if isinstance(members, Denied):
        return members
    summed = await hub.ask(AskSummary())
    if isinstance(summed, Denied):
        return summed
    return Seen(answer, await ask_all(hub), members, summed)


def _told(answer: Status) -> list[str]:
    """Return what services tell of their troubles."""
    return [
        f"{row.role} on {row.node}: {printed(row.trouble)}"
        for row in answer.services
        if row.trouble
    ]


def _show(desk: Desk, seen: Seen) -> None:
    _show_system(desk, seen)
    rows = [row for one in seen.connections for row in rows_of(one)]
    if rows:  # that there are none is said below
        desk.show_table(COLUMNS, rows)
    for trouble in (*_told(seen.answer), *troubles(seen.connections)):
        print(trouble)
    if seen.cluster:
        cells = [cluster.cells_of(row) for row in seen.cluster]
        desk.show_table(cluster.COLUMNS, cells)
    for trouble in cluster.troubles(seen.cluster):
        print(trouble)
    _say_why(desk, seen)


def _show_system(desk: Desk, seen: Seen) -> None:
    answer = seen.answer
    print(
        f"{answer.system_name}: DataMax {answer.software} since "
        f"{shown_moment(answer.since)}, {counted(answer.domains, 'domain')}, "
        f"{counted(answer.users, 'user')}, in {answer.database}"
    )
    print(
        f"virus checker: {answer.virus_checker}, "
        f"{counted(answer.checked_users, 'user')} with the check"
    )
    for line in summary.lines_of(seen.summary):
        print(line)
    running = [
        (
            row.role,
            row.node,
            "ready" if row.ready else "starting",
            row.sessions,
            row.software,
            shown_moment(row.since),
        )
        for row in answer.services
    ]
    stopped = [(role, "", "stopped", "", "", "") for role in seen.stopped]
    down = [
        (one.role, one.node, "down", "", "", shown_moment(one.since))
        for one in seen.summary.down
    ]
    desk.show_table(
        ("Service", "Host", "State", "Sessions", "Version", "Since"),
        [*running, *stopped, *down],
    )
    desk.show_table(summary.COLUMNS, summary.limits_of(answer, seen.summary.limits))


def _say_why(desk: Desk, seen: Seen) -> None:
    """Say why the system is not ready, if it is not."""
    if not seen.connections:
        print(
            "not ready: there is no connection to listen at; add one with: "
            "mailmax connection add ADDRESS"
        )
    if seen.shut:
        print(f"not ready: {', '.join(seen.shut)}: no port of it could be opened")
    for role in seen.stopped:
        print(f"{role} was stopped; start it with: mailmax service start {role}")
    logs = load_local(desk.common.root).paths.logs
    missing = [role for role in seen.missing if role not in seen.stopped]
    if missing:
        print(f"not ready: {', '.join(missing)}; why, is in {logs}")
    for one in seen.down:
        if one.role not in missing:
            print(f"{one.role} on {one.node} is down; why, is in {logs} there")
