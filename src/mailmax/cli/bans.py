"""``mailmax ban``."""

import time

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.moments import read_moment, shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.contract import access as asked
from mailmax.settings.field import BadValue

app = App(name="ban", help="Senders whose mail is refused.")


@app.command
def add(
    sender: str,
    *,
    expires: str = "",
    comment: str = "",
    connection: str = "",
    common: Common | None = None,
) -> int:
    """Refuse mail from an address, a domain, or all domains below one.

    Args:
        sender: name@domain, domain, or *.domain.
        expires: 12h, 30d, 2030-12-31 or "2030-12-31 18:00"; never when missing.
        comment: Any words.
        connection: Listening address whose clients it is for; all when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    until = read_moment("expires", expires, time.time())
    if isinstance(until, BadValue):
        desk.fail(until, Exit.USAGE)
    request = asked.AddBan(sender, until, comment, connection)
    return desk.change(request, f"mail from {sender} is refused")


@app.command(name="list")
def list_(
    *,
    connection: str = "",
    paging: Paging | None = None,
    common: Common | None = None,
) -> int:
    """Show the bans, who or what made them, when they end, and whom they refused.

    Args:
        connection: Listening address; the system's when missing.
        paging: Which part of the list.
        common: Options of every command.
    """
    return show_list(
        Desk(common),
        paging,
        lambda after, limit: asked.ListBans(connection, after, limit),
        Look(
            ("Sender", "Since", "Expires", "Hits", "Last hit", "Comment"),
            lambda row: (
                row.value,
                shown_moment(row.made_at),
                shown_moment(row.expires_at) or "never",
                row.hits,
                shown_moment(row.last_hit_at),
                row.comment,
            ),
        ),
    )


@app.command
def remove(sender: str, *, connection: str = "", common: Common | None = None) -> int:
    """Take mail from there again.

    Args:
        sender: As in the list.
        connection: Listening address; the system's when missing.
        common: Options of every command.
    """
    return Desk(common).change(
        asked.RemoveBan(sender, connection), f"mail from {sender} is taken again"
    )
