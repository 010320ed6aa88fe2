"""Groups of saved connections: list, add, rename, remove. Units of work.

Rules:
    With a group go the connections in it, once that was confirmed. There are no groups
    in groups.

Limits:
    100 groups.

Manual: 2.3.1.
"""

from sqlalchemy import Connection

from mailmax.base.units import counted
from mailmax.datamax.effect import Effect
from mailmax.datamax.numbered_pages import cut, rows_of
from mailmax.datamax.systems import check_name, no_group, too_many
from mailmax.hub.contract import systems as asked
from mailmax.hub.contract.message import Denied
from mailmax.store.accounts import system_units

MOST_GROUPS = 100


def list_groups(
    tx: Connection, request: asked.ListSystemGroups
) -> asked.SystemGroupPage:
    """Return a page, by name."""
    most = rows_of(request.limit)
    kept, more = cut(system_units.groups_after(tx, request.after, most + 1), most)
    rows = tuple(asked.SystemGroupRow(row.name, row.n) for row in kept)
    return asked.SystemGroupPage(rows, rows[-1].name if more else "")


def add_group(tx: Connection, request: asked.AddSystemGroup) -> Effect | Denied:
    """Make a group."""
    names = system_units.group_names(tx)
    name = check_name(request.name, names)
    if isinstance(name, Denied):
        return name
    if len(names) >= MOST_GROUPS:
        return too_many(MOST_GROUPS, "groups")
    return Effect(system_units.insert_group(tx, name))


def rename_group(tx: Connection, request: asked.RenameSystemGroup) -> Effect | Denied:
    """Call a group something else."""
    row = system_units.find_group(tx, request.name)
    if row is None:
        return no_group("name", request.name)
    others = {*system_units.group_names(tx)} - {row.name}
    name = check_name(request.new_name, others)
    if isinstance(name, Denied):
        return name
    system_units.rename_group(tx, row.id, name)
    return Effect(row.id)


def remove_group(tx: Connection, request: asked.RemoveSystemGroup) -> Effect | Denied:
    """Forget a group and the connections in it."""
    row = system_units.find_group(tx, request.name)
    if row is None:
        return no_group("name", request.name)
    count = system_units.count_in_group(tx, row.id)
    if count and not request.confirmed:
        return Denied(
            "conflict",
            "confirmed",
            f"{counted(count, 'saved connection')} {'is' if count == 1 else 'are'} in "
            f"{row.name} and would be forgotten with it; the systems themselves lose "
            "nothing",
            "confirm with --yes",
        )
    system_units.delete_group(tx, row.id)
    return Effect(row.id)
