"""Saved connections and their groups, as units of work ask for them.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 2.2, 2.3.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from mailmax.store.accounts.schema import system_groups, systems
from mailmax.store.accounts.units import AnyRow

_WITH_GROUP = select(systems, system_groups.c.name.label("group_name")).select_from(
    systems.outerjoin(system_groups)
)


def systems_after(tx: Connection, after: str, limit: int) -> Sequence[AnyRow]:
    """Return some, by name, with the names of their groups."""
    wanted = _WITH_GROUP.where(systems.c.name > after)
    return tx.execute(wanted.order_by(systems.c.name).limit(limit)).all()


def find_system(tx: Connection, name: str) -> AnyRow | None:
    """Return the one of that name, with that of its group."""
    return tx.execute(_WITH_GROUP.where(systems.c.name == name)).first()


def system_at(tx: Connection, address: str) -> AnyRow | None:
    """Return the one at that address."""
    return tx.execute(select(systems).where(systems.c.address == address)).first()


def system_names(tx: Connection) -> Sequence[str]:
    """Return all names."""
    return tx.scalars(select(systems.c.name)).all()


def insert_system(tx: Connection, **values: Any) -> int:
    """Add one; return its number."""
    adding = insert(systems).values(**values).returning(systems.c.id)
    return int(tx.scalar(adding) or 0)


def change_system(tx: Connection, number: int, **values: Any) -> None:
    """Change columns of one."""
    tx.execute(update(systems).where(systems.c.id == number).values(**values))


def delete_system(tx: Connection, number: int) -> None:
    """Remove one."""
    tx.execute(delete(systems).where(systems.c.id == number))


# Groups


def groups_after(tx: Connection, after: str, limit: int) -> Sequence[AnyRow]:
    """Return some, by name, with how many systems are in each."""
    wanted = (
        select(
            system_groups.c.id,
            system_groups.c.name,
            func.count(systems.c.id).label("n"),
        )
        .select_from(system_groups.outerjoin(systems))
        .where(system_groups.c.name > after)
        .group_by(system_groups.c.id, system_groups.c.name)
        .order_by(system_groups.c.name)
        .limit(limit)
    )
    return tx.execute(wanted).all()


def find_group(tx: Connection, name: str) -> AnyRow | None:
    """Return the group of that name."""
    wanted = select(system_groups).where(system_groups.c.name == name)
    return tx.execute(wanted).first()


def group_names(tx: Connection) -> Sequence[str]:
    """Return all names."""
    return tx.scalars(select(system_groups.c.name)).all()


def count_in_group(tx: Connection, number: int) -> int:
    """Return how many systems are in a group."""
    wanted = select(func.count()).select_from(systems)
    return tx.scalar(wanted.where(systems.c.group_id == number)) or 0


def insert_group(tx: Connection, name: str) -> int:
    """Add a group; return its number."""
    adding = insert(system_groups).values(name=name).returning(system_groups.c.id)
    return int(tx.scalar(adding) or 0)


def rename_group(tx: Connection, number: int, name: str) -> None:
    """Call a group something else."""
    mine = system_groups.c.id == number
    tx.execute(update(system_groups).where(mine).values(name=name))


def delete_group(tx: Connection, number: int) -> None:
    """Remove a group and what is in it."""
    tx.execute(delete(systems).where(systems.c.group_id == number))
    tx.execute(delete(system_groups).where(system_groups.c.id == number))
