"""``mailmax domain``."""

from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli.desk import Common, Desk
from mailmax.cli.paging import Look, Paging, show_list
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
def list_(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show the domains by name, with how many users and aliases they have.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    return show_list(
        Desk(common),
        paging,
        admin.ListDomains,
        Look(
            ("Domain", "Users", "Aliases"),
            lambda row: (row.name, row.users, row.aliases),
        ),
    )


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
