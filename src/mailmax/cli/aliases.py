"""``mailmax alias``."""

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.contract.aliases import AddAlias, DeleteAlias, ListAliases

app = App(name="alias", help="Further addresses of users.")


@app.command
def add(address: str, user: str, *, common: Common | None = None) -> int:
    """Give a user another address.

    Args:
        address: The new one, on a domain here.
        user: The user's own address.
        common: Options of every command.
    """
    return Desk(common).change(
        AddAlias(address, user), f"{address} is an alias of {user}"
    )


@app.command(name="list")
def list_(
    user: str = "", *, paging: Paging | None = None, common: Common | None = None
) -> int:
    """Show all aliases by address, or those of one user.

    Args:
        user: Only this one's.
        paging: Which part of the list.
        common: Options of every command.
    """
    return show_list(
        Desk(common),
        paging,
        lambda after, limit: ListAliases(user, after, limit),
        Look(("Alias", "User"), lambda row: (row.address, row.user)),
    )


@app.command
def delete(address: str, *, common: Common | None = None) -> int:
    """Take an alias away.

    Args:
        address: The alias.
        common: Options of every command.
    """
    return Desk(common).change(DeleteAlias(address), f"{address} is no alias any more")
