"""Members of the cluster, and what they are told, as units of work ask for it.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 2.3.2, 6.1.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from mailmax.store.accounts.pieces import in_pieces
from mailmax.store.accounts.schema import aliases, cluster_members, users
from mailmax.store.accounts.units import AnyRow


def all_members(tx: Connection) -> Sequence[AnyRow]:
    """Return every member, by name."""
    return tx.execute(select(cluster_members).order_by(cluster_members.c.name)).all()


def find_member(tx: Connection, name: str) -> AnyRow | None:
    """Return the member of that name."""
    wanted = select(cluster_members).where(cluster_members.c.name == name)
    return tx.execute(wanted).first()


def count_members(tx: Connection) -> int:
    """Return how many there are."""
    return tx.scalar(select(func.count()).select_from(cluster_members)) or 0


def insert_member(tx: Connection, **values: Any) -> int:
    """Add a member; return its number."""
    adding = insert(cluster_members).values(**values).returning(cluster_members.c.id)
    return int(tx.scalar(adding) or 0)


def change_member(tx: Connection, member_id: int, **values: Any) -> None:
    """Change columns of one member."""
    mine = cluster_members.c.id == member_id
    tx.execute(update(cluster_members).where(mine).values(**values))


def delete_member(tx: Connection, member_id: int) -> None:
    """Remove a member."""
    tx.execute(delete(cluster_members).where(cluster_members.c.id == member_id))


def users_in(tx: Connection, domain_ids: Sequence[int]) -> Iterator[AnyRow]:
    """Yield number, address and kind of every user of some domains."""
    for piece in in_pieces(domain_ids):
        columns = select(users.c.id, users.c.address, users.c.kind)
        yield from tx.execute(columns.where(users.c.domain_id.in_(piece)))


def aliases_in(tx: Connection, domain_ids: Sequence[int]) -> Iterator[AnyRow]:
    """Yield address and user's number of every alias in some domains."""
    for piece in in_pieces(domain_ids):
        columns = select(aliases.c.address, aliases.c.user_id)
        yield from tx.execute(columns.where(aliases.c.domain_id.in_(piece)))
