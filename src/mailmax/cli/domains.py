"""``mailmax domain``."""

from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli.desk import Common, Desk
from mailmax.cli.values import show_detail, typed_values
from mailmax.hub import admin

app = App(name="domain", help="Local domains.")


@app.command
def add(name: str, *, common: Common | None = None) -> int:
    """Make a domain local.

    Args:
        name: As in example.org.
        common: Options of every command.
    """
    return Desk(common).change(admin.AddDomain(name), f"{name} is a domain here")


@app.command(name="list")
def list_(*, common: Common | None = None) -> int:
    """Show the domains, with how many users and aliases they have."""
    desk = Desk(common)
    rows: list[admin.DomainView] = []
    more = True
    while more:
        page = desk.ask(admin.ListDomains(after=rows[-1].name if rows else ""))
        if not isinstance(page, admin.DomainPage):
            break
        rows += page.rows
        more = page.more
    if desk.common.json:
        desk.show_json(rows)
    else:
        desk.show_table(
            ("Domain", "Users", "Aliases"),
            [(row.name, row.users, row.aliases) for row in rows],
        )
    return 0


@app.command
def show(name: str, *, common: Common | None = None) -> int:
    """Show every setting of a domain.

    Args:
        name: The domain.
        common: Options of every command.
    """
    return show_detail(Desk(common), admin.ShowDomain(name))


@app.command(name="set")
def set_(name: str, *values: str, common: Common | None = None) -> int:
    """Change settings of a domain; they act at once.

    Args:
        name: The domain.
        values: KEY=VALUE, as many as you like; an empty value restores the default.
        common: Options of every command.
    """
    desk = Desk(common)
    request = admin.ChangeDomain(name, typed_values(desk, list(values)))
    return desk.change(request, f"{name} is changed")


@app.command
def delete(
    name: str,
    *,
    with_users: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """Remove a domain from the database; its mail stays on disk.

    Args:
        name: The domain.
        with_users: Remove its users, too.
        common: Options of every command.
    """
    return Desk(common).change(
        admin.DeleteDomain(name, with_users), f"{name} is no domain here any more"
    )
