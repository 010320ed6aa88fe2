"""``mailmax alias``."""

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.paging import Choosing, Look, show_list
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
    user: str = "",
    *,
    domain: str = "",
    choosing: Choosing | None = None,
    common: Common | None = None,
) -> int:
    """Show all aliases, or those of one user.

    Args:
        user: Only this one's.
        domain: Only addresses on this domain.
        choosing: Which part of the list.
        common: Options of every command.
    """
    chosen = choosing or Choosing()
    return show_list(
        Desk(common),
        chosen,
        lambda after, limit: ListAliases(user, chosen.part(after, limit), domain),
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
