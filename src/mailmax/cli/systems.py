"""``mailmax system``."""

from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli.confirming import Yes
from mailmax.cli.desk import Common, Desk, Password, read_secret
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.contract import systems as asked
from mailmax.hub.contract.message import Secret

app = App(name="system", help="Other systems that are administered by this one's web.")
group = App(name="group", help="Groups of them: add, list, rename, delete.")
app.command(group)


@app.command
def add(
    name: str,
    address: str,
    *,
    password: Password = "",
    group: str = "",
    common: Common | None = None,
) -> int:
    """Save a connection; the other system is not asked.

    Args:
        name: What it is registered as here.
        address: HOST:PORT of its DataMax: its hub.listen.
        password: Its host password; asked for when missing; - reads a line of
            standard input.
        group: One that is there.
        common: Options of every command.
    """
    desk = Desk(common)
    secret = Secret(read_secret(password, f"Host password of {name}", twice=False))
    request = asked.AddSystem(name, address, secret, group)
    return desk.change(request, f"the connection to {name} is saved")


@app.command(name="list")
def list_(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show the saved connections.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    return show_list(
        Desk(common),
        paging,
        asked.ListSystems,
        Look(
            ("System", "DataMax", "Group"),
            lambda row: (row.name, row.address, row.group),
        ),
    )


@app.command
def edit(
    name: str,
    *,
    new_name: Annotated[str | None, Parameter(name="--rename")] = None,
    address: str | None = None,
    password: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    group: str | None = None,
    common: Common | None = None,
) -> int:
    """Change what is given; the other system goes on with its own host password.

    Args:
        name: As in the list.
        new_name: What it is registered as from now on.
        address: HOST:PORT of its DataMax; wants the password, too.
        password: What is said to it; - reads a line of standard input.
        group: One that is there; "" takes it out.
        common: Options of every command.
    """
    desk = Desk(common)
    secret = None
    if password is not None:
        secret = Secret(read_secret(password, f"Host password of {name}", twice=False))
    request = asked.ChangeSystem(name, new_name, address, secret, group)
    return desk.change(request, f"the connection to {name} is changed")


@app.command
def delete(name: str, *, common: Common | None = None) -> int:
    """Forget a saved connection; the other system keeps all it has.

    Args:
        name: As in the list.
        common: Options of every command.
    """
    request = asked.RemoveSystem(name)
    return Desk(common).change(request, f"the connection to {name} is forgotten")


@group.command(name="add")
def add_group(name: str, *, common: Common | None = None) -> int:
    """Make a group with nothing in it.

    Args:
        name: What it is called.
        common: Options of every command.
    """
    return Desk(common).change(asked.AddSystemGroup(name), f"there is a group {name}")


@group.command(name="list")
def list_groups(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show the groups.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    return show_list(
        Desk(common),
        paging,
        asked.ListSystemGroups,
        Look(("Group", "Systems"), lambda row: (row.name, row.systems)),
    )


@group.command(name="rename")
def rename_group(name: str, new_name: str, *, common: Common | None = None) -> int:
    """Call a group something else.

    Args:
        name: As in the list.
        new_name: From now on.
        common: Options of every command.
    """
    request = asked.RenameSystemGroup(name, new_name)
    return Desk(common).change(request, f"{name} is called {new_name}")


@group.command(name="delete")
def delete_group(name: str, *, yes: Yes = False, common: Common | None = None) -> int:
    """Forget a group with the saved connections in it; no system loses anything.

    Args:
        name: As in the list.
        yes: Also where connections are in it.
        common: Options of every command.
    """
    request = asked.RemoveSystemGroup(name, yes)
    return Desk(common).change(request, f"the group {name} is forgotten")
