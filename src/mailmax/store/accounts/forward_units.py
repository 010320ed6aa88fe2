"""Forwards and automatic replies of users, as units of work ask for them.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 7.2, 7.3.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, or_, select

from mailmax.store.accounts.pieces import in_pieces
from mailmax.store.accounts.schema import forwards, users
from mailmax.store.accounts.units import AnyRow, users_whose


def forwards_of(tx: Connection, user_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the list of each of some users who has one, in its order."""
    found: dict[int, tuple[str, ...]] = {}
    for piece in in_pieces(user_ids):
        wanted = select(forwards).where(forwards.c.user_id.in_(piece))
        wanted = wanted.order_by(forwards.c.position)
        for row in tx.execute(wanted):
            found[row.user_id] = (*found.get(row.user_id, ()), row.address)
    return found


def put_forwards(tx: Connection, user_id: int, addresses: Sequence[str]) -> None:
    """Let that be a user's list."""
    tx.execute(delete(forwards).where(forwards.c.user_id == user_id))
    if addresses:
        tx.execute(
            insert(forwards),
            [
                {"user_id": user_id, "address": address, "position": position}
                for position, address in enumerate(addresses)
            ],
        )


def users_who_may_send_on(tx: Connection) -> Iterable[AnyRow]:
    """Yield the rows of users who seem to forward, or to have a daily limit."""
    signs = ('"forwarding_on":true', '"daily_messages":', '"daily_octets":')
    return users_whose(tx, or_(*(users.c.settings.contains(one) for one in signs)))


def users_who_may(tx: Connection, switch: str) -> Iterable[AnyRow]:
    """Yield the rows of all users in whose settings a switch seems to be on.

    Args:
        tx: The open transaction.
        switch: Key of a setting that is on or off.
    """
    return users_whose(tx, users.c.settings.like(f'%"{switch}":true%'))
