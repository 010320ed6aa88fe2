"""``mailmax spy``: services watched live (manual 9.2).

Rules:
    A line holds five words and the text: when, service, computer, session, user
    (``-`` where there is none). Lines go out as they come; writing happens off the
    loop, so that a reader who pauses does not make the hub think that we are gone.
"""

import asyncio
import contextlib
import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from mailmax.base.units import counted
from mailmax.cli.desk import Common, Desk, as_plain
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.hub.client import HubClient
from mailmax.hub.contract.message import Denied, Request
from mailmax.hub.contract.spying import (
    AskLogins,
    LoginTotals,
    ReadTrace,
    TraceLine,
    TracePart,
    Watching,
    WatchLogins,
    WatchTrace,
)

app = App(name="spy", help="Watch services live: logins, events of a service.")

Service = Literal[
    "smtpmax", "popmax", "imapmax", "queuemax", "smtp", "pop", "imap", "queue"
]
_COLUMNS = ("Service", "Connected", "Logged in", "Connections", "Logins", "Failed")


@app.command
def logins(
    *,
    follow: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """Show how many connections and logins POP3 and IMAP have, and had.

    Nothing is asked of the services: what is shown passes through DataMax anyway.

    Args:
        follow: Go on with a line for each client that comes, logs in, fails or goes,
            until Ctrl-C.
        common: Options of every command.
    """
    desk = Desk(common)
    totals = desk.ask(AskLogins())
    if isinstance(totals, LoginTotals):  # a Denied has ended the command
        _show_totals(desk, totals, is_last=not follow)
    return _follow(desk, WatchLogins(), "") if follow else Exit.DONE


@app.command
def trace(
    service: Service,
    *,
    events: Annotated[str, Parameter(help="Which ones, with commas between.")] = "",
    address: str = "",
    user: str = "",
    session: str = "",
    common: Common | None = None,
) -> int:
    """Show chosen events of a service as they happen, until Ctrl-C.

    IMAPMax: connections, commands, errors, logins, transfers. SMTPMax: connections,
    commands, errors, mail. QueueMax: connections, errors, retries, failures,
    dead_mail, conversation. POPMax: connections, commands, errors, logins,
    statistics, transfers. Passwords are not shown. Who reads too slowly is told how
    many lines are missing; the service waits for nobody.

    Args:
        service: Which one.
        events: One at least.
        address: Only clients there: an address, a range or a network, as in filters.
        user: Only sessions of who has logged in so.
        session: Only that one, as in the lines.
        common: Options of every command.
    """
    role = service.removesuffix("max") + "max"
    chosen = tuple(word for one in events.split(",") if (word := one.strip()))
    return _follow(Desk(common), WatchTrace(role, chosen, address, user, session), role)


def _follow(desk: Desk, asked: Request[Watching | Denied], role: str) -> int:
    sheet = _Sheet(is_json=desk.common.json)
    with contextlib.suppress(KeyboardInterrupt):
        desk.deny(desk.with_hub(lambda hub: _read_on(hub, asked, role, sheet)))
    return Exit.DONE


async def _read_on(
    hub: HubClient, asked: Request[Watching | Denied], role: str, sheet: "_Sheet"
) -> Denied:
    """Show what comes; return why it ended."""
    watching = await hub.ask(asked)
    if isinstance(watching, Denied):
        return watching
    if role and not watching.running:
        print(f"mailmax: {role} is not running; its lines come when it does",
              file=sys.stderr)  # fmt: skip
    while True:
        part = await hub.ask(ReadTrace(watching.watch_id))
        if isinstance(part, Denied):
            return part
        await asyncio.to_thread(sheet.show, part)


class _Sheet:
    """Standard output, a line at a time."""

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json

    def show(self, part: TracePart) -> None:
        """Write what has come, now."""
        if part.lost:
            print(self._lost(part.lost))
        for line in part.lines:
            print(self._one(line))
        sys.stdout.flush()

    def _lost(self, count: int) -> str:
        if self._is_json:
            return json.dumps({"lost": count})
        return f"... {counted(count, 'line')} missing: they came faster than they went"

    def _one(self, line: TraceLine) -> str:
        moment = datetime.fromtimestamp(line.at, UTC).astimezone()
        at = moment.isoformat(timespec="milliseconds")
        if self._is_json:
            plain: dict[str, Any] = as_plain(line)
            return json.dumps({**plain, "at": at}, ensure_ascii=False)
        words = (line.service, line.node, line.session, line.user)
        return " ".join((at, *(word or "-" for word in words), line.text))


def _show_totals(desk: Desk, totals: LoginTotals, *, is_last: bool) -> None:
    if desk.common.json:
        if is_last:
            desk.show_json(totals)
        else:
            print(json.dumps(as_plain(totals)), flush=True)
        return
    rows = [
        (
            row.service,
            row.connected,
            row.logged_in,
            row.connections,
            row.logins,
            row.failed,
        )
        for row in totals.rows
    ]
    desk.show_table(_COLUMNS, rows)
    if sys.stdout.isatty():
        print(f"the last three since {shown_moment(totals.since)}")
    sys.stdout.flush()
