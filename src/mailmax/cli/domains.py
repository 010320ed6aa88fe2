"""``mailmax domain``."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli.confirming import Yes
from mailmax.cli.desk import Common, Desk, read_secret
from mailmax.cli.exits import Exit
from mailmax.cli.paging import Choosing, Look, show_list
from mailmax.cli.values import Values, changed_values, show_detail, typed_values
from mailmax.hub.contract.administration import DeleteWay
from mailmax.hub.contract.domains import (
    AddDomain,
    AddDomainAlias,
    ChangeDomain,
    DeleteDomain,
    DeleteDomainAlias,
    DomainService,
    DomainView,
    ListDomains,
    ShowDomain,
)
from mailmax.hub.contract.rows import DomainKind
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.field import BadValue

app = App(name="domain", help="Local domains.")


@app.command
def add(name: str, *, settings: Values = None, common: Common | None = None) -> int:
    """Add a domain.

    Args:
        name: As in example.org.
        settings: KEY=VALUE, as in kind=backup.
        common: Options of every command.
    """
    desk = Desk(common)
    request = AddDomain(name, _with_secrets(typed_values(desk, settings)))
    _look_at_directory(request.values)
    return desk.change(request, f"{name} is a domain here")


@app.command(name="list")
def list_(
    *,
    kind: Annotated[list[DomainKind], Parameter(negative="")] | None = None,
    suspended: Annotated[list[DomainService], Parameter(negative="")] | None = None,
    running: Annotated[list[DomainService], Parameter(negative="")] | None = None,
    choosing: Choosing | None = None,
    common: Common | None = None,
) -> int:
    """Show the domains, with how many users and aliases they have.

    Args:
        kind: Only those of this type; may be given again.
        suspended: Only those for which this service is stopped; may be given again.
        running: Only those for which it is not stopped; may be given again.
        choosing: Which part of the list.
        common: Options of every command.
    """
    chosen = choosing or Choosing()
    services = dict.fromkeys(suspended or (), True) | dict.fromkeys(
        running or (), False
    )
    return show_list(
        Desk(common),
        chosen,
        lambda after, limit: ListDomains(
            chosen.part(after, limit), tuple(kind or ()), services
        ),
        Look(_COLUMNS, _cells),
    )


_COLUMNS = (
    "Domain",
    "Type",
    "Users",
    "Aliases",
    "Max users",
    "Box size",
    "Used",
    "Other names",
    "Suspended",
)


def _cells(row: DomainView) -> tuple[object, ...]:
    return (
        row.name,
        row.kind,
        row.users,
        row.aliases,
        row.max_users or "any",
        row.box_limit_octets or "none",
        "" if row.used_octets is None else row.used_octets,
        ", ".join(row.names),
        ", ".join(row.suspended),
    )


@app.command
def show(name: str, *, common: Common | None = None) -> int:
    """Show every setting of a domain.

    Args:
        name: The domain.
        common: Options of every command.
    """
    return show_detail(Desk(common), ShowDomain(name))


@app.command(name="set")
def set_(name: str, *values: str, common: Common | None = None) -> int:
    """Change settings of a domain; they act at once.

    Args:
        name: The domain.
        values: KEY=VALUE, as many as you like; an empty value restores the default.
            For a password - asks for it, or reads a line of standard input.
        common: Options of every command.
    """
    desk = Desk(common)
    request = ChangeDomain(name, _with_secrets(changed_values(desk, values)))
    _look_at_directory(request.values)
    return desk.change(request, f"{name} is changed")


def _with_secrets(values: dict[str, str]) -> dict[str, str]:
    """Ask for the passwords that were given as a hyphen."""
    asked = {
        key: read_secret("", field.label, twice=True)
        for key, field in DOMAIN_SETTINGS.items()
        if field.is_secret and values.get(key) == "-"
    }
    return {**values, **asked}


def _look_at_directory(values: Mapping[str, str]) -> None:
    """Say that a domain's directory cannot be made here: Housekeeping makes only one.

    On another computer than this it may be there, so nothing is refused.
    """
    wanted = values.get("mail_root", "")
    if not wanted.startswith("/"):
        return
    parent = Path(wanted).parent
    with suppress(OSError):  # what may not be looked at is not known
        if not parent.is_dir():
            print(
                f"caution: {parent} is no directory on this computer: make it first, "
                "or Housekeeping cannot move the mail",
                file=sys.stderr,
            )


@app.command
def alias(
    name: str,
    domain: str = "",
    *,
    remove: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """Give a domain another name, or take one away.

    Args:
        name: The other name.
        domain: The domain that it stands for.
        remove: Take the name away instead.
        common: Options of every command.
    """
    desk = Desk(common)
    if remove:
        done = f"{name} stands for no domain any more"
        return desk.change(DeleteDomainAlias(name), done)
    if not domain:
        bad = BadValue(
            "domain",
            f"it is not said what {name} is to stand for",
            f"name the domain: mailmax domain alias {name} DOMAIN",
        )
        desk.fail(bad, Exit.USAGE)
    request = AddDomainAlias(name, domain)
    return desk.change(request, f"{name} stands for {domain}")


@app.command
def delete(
    name: str,
    *,
    with_users: Annotated[bool, Parameter(negative="")] = False,
    way: DeleteWay = "database",
    yes: Yes = False,
    common: Common | None = None,
) -> int:
    """Remove a domain.

    Args:
        name: The domain.
        with_users: Remove its users, too.
        way: database: the files stay; archive: Housekeeping puts them away under the
            date; remove: Housekeeping removes them after the days of grace.
        yes: Delete although others point there; they will point nowhere.
        common: Options of every command.
    """
    request = DeleteDomain(name, with_users, way, yes)
    return Desk(common).change(request, f"{name} is no domain here any more")
