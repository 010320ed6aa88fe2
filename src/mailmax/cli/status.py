"""``mailmax status`` and ``mailmax sessions``: how is it, and who is here?"""

import asyncio
import time

from mailmax.base.errors import TemporaryFailure
from mailmax.cli.block_lists import alarms, all_block_lists
from mailmax.cli.desk import PATIENCE_S, Common, Desk, as_plain
from mailmax.cli.doors import COLUMNS, list_all, rows_of, troubles
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.client import HubClient
from mailmax.hub.contract.bindings import BindingView
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.presence import AskStatus, ListSessions, Status
from mailmax.settings.local import load_local

NEEDED = ("smtpmax", "filer", "queuemax", "popmax", "imapmax")
"""Roles of which one must be ready for the whole to be."""

LOOK_S = 0.1


def status(*, wait: float = 0.0, common: Common | None = None) -> int:
    """Show the hub and the services; exit code 0 when all are ready.

    Args:
        wait: Seconds to wait for that.
        common: Options of every command.
    """
    desk = Desk(common)
    until = time.monotonic() + wait
    answer = desk.with_hub(lambda hub: watch_status(hub, until), max(wait, PATIENCE_S))
    if isinstance(answer, Denied):
        desk.deny(answer)
    missing = missing_roles(answer)
    connections = list_all(desk)
    block_lists = all_block_lists(desk)
    if desk.common.json:
        desk.show_json(
            {
                **as_plain(answer),
                "ready": not missing,
                "missing": missing,
                "connections": as_plain(connections),
                "block_lists": as_plain(block_lists),
            }
        )
    else:
        _show(desk, answer, missing, connections)
        for alarm in alarms(block_lists):
            print(alarm)
    return Exit.LATER if missing else Exit.DONE


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


async def watch_status(hub: HubClient, until: float) -> Status | Denied:
    """Look until all are ready or the time is over."""
    while True:
        try:
            answer = await hub.ask(AskStatus())
        except TemporaryFailure:
            if time.monotonic() >= until:
                raise
        else:
            enough = isinstance(answer, Denied) or not missing_roles(answer)
            if enough or time.monotonic() >= until:
                return answer
        await asyncio.sleep(LOOK_S)


def missing_roles(answer: Status) -> list[str]:
    """Return the roles of which none is ready."""
    ready = {service.role for service in answer.services if service.ready}
    return [role for role in NEEDED if role not in ready]


def _show(
    desk: Desk,
    answer: Status,
    missing: list[str],
    connections: list[BindingView],
) -> None:
    print(
        f"{answer.system_name}: DataMax {answer.software} since "
        f"{shown_moment(answer.since)}, {answer.domains} domains, "
        f"{answer.users} users, in {answer.database}"
    )
    desk.show_table(
        ("Service", "Host", "State", "Sessions", "Version", "Since"),
        [
            (
                row.role,
                row.node,
                "ready" if row.ready else "starting",
                row.sessions,
                row.software,
                shown_moment(row.since),
            )
            for row in answer.services
        ],
    )
    desk.show_table(COLUMNS, [row for one in connections for row in rows_of(one)])
    for trouble in troubles(connections):
        print(trouble)
    if missing:
        logs = load_local(desk.common.root).paths.logs
        print(f"not ready: {', '.join(missing)}; why, is in {logs}")
