"""``mailmax tarpit``."""

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.contract import visitors

app = App(name="tarpit", help="Addresses that are kept out for a while.")


@app.command(name="list")
def list_(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show who tried too many recipients that do not exist, and for how long.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    return show_list(
        Desk(common),
        paging,
        visitors.ListBlocks,
        Look(
            ("Address", "Minutes left"),
            lambda row: (row.address, f"{row.left_s / 60:.1f}"),
        ),
    )


@app.command
def pardon(address: str, *, common: Common | None = None) -> int:
    """Let an address in again.

    Args:
        address: IP address, or as in the list.
        common: Options of every command.
    """
    return Desk(common).change(visitors.Pardon(address), f"{address} may come in again")
