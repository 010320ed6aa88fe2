"""``mailmax filter``."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli.confirming import Yes
from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.contract import access as asked
from mailmax.policy.access import (
    LOCAL_ONLY,
    MAY_RELAY,
    NO_LOGIN_NEEDED,
    NO_RELAY_CHECK,
)
from mailmax.settings.field import BadValue

app = App(name="filter", help="IP filters: who may come in, and what for.")

_FLAGS = (
    (NO_RELAY_CHECK, "no-relay-check"),
    (MAY_RELAY, "relay"),
    (LOCAL_ONLY, "local-only"),
    (NO_LOGIN_NEEDED, "no-auth"),
)


@Parameter(name="*")
@dataclass(frozen=True)
class Flags:
    """What a custom filter may grant."""

    no_relay_check: Annotated[
        bool, Parameter(help="Custom: no open-relay check.", negative="")
    ] = False
    relay: Annotated[bool, Parameter(help="Custom: allow relaying.", negative="")] = (
        False
    )
    local_only: Annotated[
        bool, Parameter(help="Custom: local e-mail only.", negative="")
    ] = False
    no_auth: Annotated[
        bool, Parameter(help="Custom: no authentication required.", negative="")
    ] = False

    @property
    def value(self) -> int:
        """All of them, added up."""
        given = (self.no_relay_check, self.relay, self.local_only, self.no_auth)
        return sum(bit for (bit, _), on in zip(_FLAGS, given, strict=True) if on)


@app.command
def add(  # noqa: PLR0913 - options of a command
    ip: str,
    kind: str,
    *,
    flags: Flags | None = None,
    comment: str = "",
    connection: str = "",
    yes: Yes = False,
    common: Common | None = None,
) -> int:
    """Add a filter at the end of the list; the first that matches a client decides.

    Args:
        ip: 192.168.1.20, 192.168.1.1-20, 192.168.*.*, 10.0.0.0/8, an IPv6 address or
            prefix, or * for everybody.
        kind: permitted, trusted, banned or custom.
        flags: What a custom one grants.
        comment: Any words.
        connection: Listening address whose clients it is for; all when missing.
        yes: Yes, everybody is to send anywhere.
        common: Options of every command.
    """
    value = (flags or Flags()).value
    request = asked.AddFilter(ip, kind, value, comment, connection, yes)
    return Desk(common).change(
        request, lambda made: f"{ip} is {kind}: filter {made.item_id}"
    )


@app.command(name="list")
def list_(
    *,
    connection: str = "",
    paging: Paging | None = None,
    common: Common | None = None,
) -> int:
    """Show a list in its order.

    Args:
        connection: Listening address; the system's list when missing.
        paging: Which part of the list: it goes on behind a place, counted from 1.
        common: Options of every command.
    """
    return show_list(
        Desk(common),
        paging,
        lambda after, limit: asked.ListFilters(connection, after, limit),
        Look(
            ("Number", "IP", "Kind", "Flags", "Comment"),
            lambda row: (
                row.rule_id, row.pattern, row.kind, _shown(row.flags), row.comment,
            ),
        ),
    )  # fmt: skip


@app.command
def edit(  # noqa: PLR0913 - options of a command
    number: int,
    *,
    ip: str | None = None,
    kind: str | None = None,
    flags: Flags | None = None,
    comment: str | None = None,
    connection: str | None = None,
    yes: Yes = False,
    common: Common | None = None,
) -> int:
    """Change a filter; what is not given stays.

    Flags count together: those that are given hold in place of all that it had.

    Args:
        number: The filter's own, as `filter list` shows it; not its place.
        ip: Another pattern.
        kind: permitted, trusted, banned or custom.
        flags: In place of all that a custom one granted.
        comment: Other words.
        connection: Listening address in whose list it must be; any when missing.
        yes: Yes, everybody is to send anywhere.
        common: Options of every command.
    """
    desk = Desk(common)
    value = None if flags is None else flags.value
    if (ip, kind, value, comment) == (None, None, None, None):
        bad = BadValue(
            "options", "there are none", "give --ip, --kind, --comment or a flag"
        )
        desk.fail(bad, Exit.USAGE)
    request = asked.ChangeFilter(number, ip, kind, value, comment, connection, yes)
    return desk.change(request, f"filter {number} is changed")


@app.command
def remove(
    number: int, *, connection: str | None = None, common: Common | None = None
) -> int:
    """Take a filter away.

    Args:
        number: The filter's own, as `filter list` shows it; not its place.
        connection: Listening address in whose list it must be; any when missing.
        common: Options of every command.
    """
    return Desk(common).change(
        asked.RemoveFilter(number, connection), f"filter {number} is no more"
    )


@app.command
def up(
    number: int, *, connection: str | None = None, common: Common | None = None
) -> int:
    """Look at a filter one place earlier.

    Args:
        number: The filter's own, as `filter list` shows it; not its place.
        connection: Listening address in whose list it must be; any when missing.
        common: Options of every command.
    """
    return _move(asked.MoveFilter(number, steps=-1, connection=connection), common)


@app.command
def down(
    number: int, *, connection: str | None = None, common: Common | None = None
) -> int:
    """Look at a filter one place later.

    Args:
        number: The filter's own, as `filter list` shows it; not its place.
        connection: Listening address in whose list it must be; any when missing.
        common: Options of every command.
    """
    return _move(asked.MoveFilter(number, steps=1, connection=connection), common)


@app.command
def move(
    number: int,
    place: int,
    *,
    connection: str | None = None,
    common: Common | None = None,
) -> int:
    """Put a filter at a place of its list.

    Args:
        number: The filter's own, as `filter list` shows it; not its place.
        place: 1 is looked at first.
        connection: Listening address in whose list it must be; any when missing.
        common: Options of every command.
    """
    return _move(asked.MoveFilter(number, place or -1, connection=connection), common)


def _move(request: asked.MoveFilter, common: Common | None) -> int:
    return Desk(common).change(request, f"filter {request.rule_id} is moved")


def _shown(flags: int) -> str:
    return " ".join(word for bit, word in _FLAGS if flags & bit)
