"""``mailmax audit``: who changed what."""

import time

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.moments import read_moment, read_span, shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.contract.audit import AuditRow, ListAudit
from mailmax.settings.field import BadValue

app = App(name="audit", help="Who changed what.")


@app.command(name="list")
def list_(  # noqa: PLR0913 - options of a command
    *,
    actor: str = "",
    request: str = "",
    subject: str = "",
    result: str = "",
    within: str = "",
    until: str = "",
    paging: Paging | None = None,
    common: Common | None = None,
) -> int:
    """Show changes by commands, pages and programs, the newest first.

    Args:
        actor: Address, "host password", or a key's name.
        request: Such as ChangeDomain.
        subject: Contains this: an address, a domain, a setting's key, a message's id.
        result: done, denied or failed.
        within: The last 30m, 12h or 5d.
        until: Before 2030-12-31, or "2030-12-31 18:00".
        paging: Which part of the list.
        common: Options of every command.
    """
    desk, now = Desk(common), time.time()
    span = read_span("within", within)
    end = read_moment("until", until, now)
    for bad in (span, end):
        if isinstance(bad, BadValue):
            desk.fail(bad, Exit.USAGE)
    if isinstance(span, BadValue) or isinstance(end, BadValue):
        return Exit.USAGE
    since = now - span if span else 0.0
    return show_list(
        desk,
        paging,
        lambda after, limit: ListAudit(
            after, limit, actor, request, subject, result, since, end
        ),
        Look(("When", "Who", "From", "What", "On", "Result", "Before", "After"), _row),
    )


def _row(row: AuditRow) -> tuple[str, ...]:
    who = f"{row.actor} by key {row.key_name}" if row.key_name else row.actor
    who = f"{who} of {row.system}" if row.system else who
    return (
        shown_moment(row.at),
        who,
        row.peer,
        row.request,
        row.subject,
        f"{row.result}: {row.reason}" if row.reason else row.result,
        row.before,
        row.after,
    )
