"""``mailmax alias``."""

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.hub import admin

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
        admin.AddAlias(address, user), f"{address} is an alias of {user}"
    )


@app.command(name="list")
def list_(user: str = "", *, common: Common | None = None) -> int:
    """Show all aliases, or those of one user.

    Args:
        user: Only this one's.
        common: Options of every command.
    """
    desk = Desk(common)
    rows: list[admin.AliasView] = []
    more = True
    while more:
        page = desk.ask(admin.ListAliases(user, rows[-1].address if rows else ""))
        if not isinstance(page, admin.AliasPage):
            break
        rows += page.rows
        more = page.more
    if desk.common.json:
        desk.show_json(rows)
    else:
        desk.show_table(("Alias", "User"), [(row.address, row.user) for row in rows])
    return 0


@app.command
def delete(address: str, *, common: Common | None = None) -> int:
    """Take an alias away.

    Args:
        address: The alias.
        common: Options of every command.
    """
    return Desk(common).change(
        admin.DeleteAlias(address), f"{address} is no alias any more"
    )
