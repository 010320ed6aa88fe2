"""Who points to whom: what stands in the way of a delete (DECISIONS 23).

Rules:
    As in `units`: the open transaction first, plain rows back.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, delete, select, update

from mailmax.store.accounts.pieces import in_pieces
from mailmax.store.accounts.schema import (
    administered,
    domains,
    forwards,
    sent_today,
    users,
)


def domains_served_by(
    tx: Connection, user_ids: Sequence[int]
) -> Iterator[tuple[int, str, str]]:
    """Yield number and name of domains whose catch-all or monitor is one of them.

    Yields:
        Domain id, domain name, and ``catch_all`` or ``monitor``.
    """
    columns = (("catch_all", domains.c.catch_all_id), ("monitor", domains.c.monitor_id))
    for piece in in_pieces(user_ids):
        for what, column in columns:
            found = select(domains.c.id, domains.c.name).where(column.in_(piece))
            for row in tx.execute(found):
                yield row.id, row.name, what


def forwarding_to(tx: Connection, addresses: Sequence[str]) -> dict[str, int]:
    """Return address and number of the users who forward to one of some addresses."""
    found: dict[str, int] = {}
    for piece in in_pieces(addresses):
        wanted = (
            select(users.c.address, users.c.id)
            .join(forwards, forwards.c.user_id == users.c.id)
            .where(forwards.c.address.in_(piece))
        )
        found.update((row.address, row.id) for row in tx.execute(wanted))
    return found


def has_forwards(tx: Connection, user_id: int) -> bool:
    """Tell whether a user's mail goes on to others."""
    found = select(forwards.c.address).where(forwards.c.user_id == user_id)
    return tx.execute(found.limit(1)).first() is not None


def redirect_forwards(tx: Connection, old: str, new: str) -> None:
    """Let forwards to one address go to another; who has both keeps one."""
    there = select(forwards.c.user_id).where(forwards.c.address == new)
    both = forwards.c.user_id.in_(there.scalar_subquery())
    tx.execute(delete(forwards).where(forwards.c.address == old, both))
    tx.execute(update(forwards).where(forwards.c.address == old).values(address=new))


def cut_references(
    tx: Connection, user_ids: Sequence[int], addresses: Sequence[str]
) -> None:
    """Let nothing point to users who go, and forget what is only theirs."""
    for piece in in_pieces(user_ids):
        for column in (domains.c.catch_all_id, domains.c.monitor_id):
            tx.execute(update(domains).where(column.in_(piece)).values({column: None}))
        for table in (administered, forwards, sent_today):
            tx.execute(delete(table).where(table.c.user_id.in_(piece)))
    for some in in_pieces(addresses):
        tx.execute(delete(forwards).where(forwards.c.address.in_(some)))
