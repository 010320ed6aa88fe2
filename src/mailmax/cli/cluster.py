"""``mailmax cluster``."""

from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli.desk import Common, Desk, Password, as_plain, read_secret
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.client import HubClient
from mailmax.hub.contract.cluster import (
    AddClusterMember,
    ChangeClusterMember,
    ClusterMember,
    ListClusterMembers,
    RemoveClusterMember,
)
from mailmax.hub.contract.message import Denied, Secret

app = App(name="cluster", help="Other systems that share clustered domains with us.")

COLUMNS = ("Member", "State", "Its name", "Addresses", "Domains", "Known at")

DataMaxAddress = Annotated[str, Parameter(name="--datamax")]
SmtpAddress = Annotated[str, Parameter(name="--smtp")]


@app.command
def add(
    name: str,
    *,
    datamax: DataMaxAddress,
    smtp: SmtpAddress,
    password: Password = "",
    common: Common | None = None,
) -> int:
    """Add a member; here and there the other one is to be added.

    Args:
        name: What it is called here.
        datamax: HOST:PORT of its DataMax: its hub.listen.
        smtp: Where mail for its users goes: a host, perhaps with :PORT.
        password: Its host password; asked for when missing; - reads a line of
            standard input.
        common: Options of every command.
    """
    desk = Desk(common)
    secret = Secret(read_secret(password, f"Host password of {name}", twice=False))
    request = AddClusterMember(name, datamax, smtp, secret)
    return desk.change(request, f"{name} is a member of the cluster")


@app.command(name="list")
def list_(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show the members and where they are.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    columns = ("Member", "DataMax", "SMTP", "State")
    return show_list(
        Desk(common),
        paging,
        ListClusterMembers,
        Look(
            columns,
            lambda row: (
                row.name,
                row.datamax_address,
                row.smtp_address,
                state_of(row),
            ),
        ),
    )


@app.command
def change(
    name: str,
    *,
    new_name: Annotated[str | None, Parameter(name="--rename")] = None,
    datamax: Annotated[str | None, Parameter(name="--datamax")] = None,
    smtp: Annotated[str | None, Parameter(name="--smtp")] = None,
    password: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    common: Common | None = None,
) -> int:
    """Change what is given of a member.

    Args:
        name: The member.
        new_name: What it is called from now on.
        datamax: HOST:PORT of its DataMax.
        smtp: Where mail for its users goes.
        password: Its host password; - reads a line of standard input.
        common: Options of every command.
    """
    desk = Desk(common)
    secret = None
    if password is not None:
        secret = Secret(read_secret(password, f"Host password of {name}", twice=False))
    request = ChangeClusterMember(name, new_name, datamax, smtp, secret)
    return desk.change(request, f"{name} is changed")


@app.command
def remove(name: str, *, common: Common | None = None) -> int:
    """Take a member out; its addresses are not known here any more.

    Args:
        name: The member.
        common: Options of every command.
    """
    request = RemoveClusterMember(name)
    return Desk(common).change(request, f"{name} is no member any more")


@app.command
def status(*, common: Common | None = None) -> int:
    """Show how the members are; exit code 75 unless all are in sync.

    Args:
        common: Options of every command.
    """
    desk = Desk(common)
    rows = desk.with_hub(ask_members)
    if isinstance(rows, Denied):
        desk.deny(rows)
    if desk.common.json:
        desk.show_json({"rows": as_plain(rows)})
    else:
        desk.show_table(COLUMNS, [cells_of(row) for row in rows])
        for line in troubles(rows):
            print(line)
    return Exit.DONE if all(row.is_in_sync for row in rows) else Exit.LATER


async def ask_members(hub: HubClient) -> list[ClusterMember] | Denied:
    """Return every member, or why not."""
    rows: list[ClusterMember] = []
    after, is_more = "", True
    while is_more:
        page = await hub.ask(ListClusterMembers(after))
        if isinstance(page, Denied):
            return page
        rows += page.rows
        after, is_more = page.next, bool(page.next)
    return rows


def state_of(row: ClusterMember) -> str:
    """Say in a word how a member is."""
    if row.is_in_sync:
        return "in sync" if row.is_joined else "away"
    return "silent" if row.heard_at else "never seen"


def cells_of(row: ClusterMember) -> tuple[object, ...]:
    """Show a member in a line of a table."""
    return (
        row.name,
        state_of(row),
        row.system_name,
        row.addresses,
        ", ".join(row.domains),
        shown_moment(row.heard_at),
    )


def troubles(rows: list[ClusterMember]) -> list[str]:
    """Say why members are not joined, and what follows of it."""
    found = []
    for row in rows:
        if row.trouble:
            found.append(f"{row.name}: {row.trouble}")
        if not row.is_in_sync:
            found.append(
                f"{row.name} is {state_of(row)}: mail for unknown names in clustered "
                "domains is put off"
            )
    return found
