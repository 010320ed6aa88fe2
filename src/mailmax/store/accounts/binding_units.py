"""Listening addresses and their services, as units of work ask for them.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 5.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from mailmax.store.accounts.schema import access_rules, bans, bindings, listeners
from mailmax.store.accounts.units import AnyRow


def all_bindings(tx: Connection) -> Sequence[AnyRow]:
    """Return every listening address."""
    return tx.execute(select(bindings).order_by(bindings.c.address)).all()


def page_of_bindings(tx: Connection, after: str, limit: int) -> Sequence[AnyRow]:
    """Return the listening addresses after one."""
    wanted = select(bindings).where(bindings.c.address > after)
    return tx.execute(wanted.order_by(bindings.c.address).limit(limit)).all()


def find_binding(tx: Connection, address: str) -> AnyRow | None:
    """Return the row of a listening address."""
    return tx.execute(select(bindings).where(bindings.c.address == address)).first()


def insert_binding(tx: Connection, address: str, settings: str) -> int:
    """Add a listening address; return its number."""
    adding = insert(bindings).values(address=address, settings=settings)
    return int(tx.scalar(adding.returning(bindings.c.id)) or 0)


def change_binding(tx: Connection, binding_id: int, settings: str) -> None:
    """Replace its settings."""
    tx.execute(
        update(bindings).where(bindings.c.id == binding_id).values(settings=settings)
    )


def delete_binding(tx: Connection, binding_id: int) -> dict[str, tuple[int, ...]]:
    """Remove a listening address; return the numbers of what went with it."""
    gone = {}
    for name, table in (
        ("listeners", listeners),
        ("access", access_rules),
        ("bans", bans),
    ):
        mine = table.c.binding_id == binding_id
        gone[name] = tuple(tx.scalars(select(table.c.id).where(mine)))
        tx.execute(delete(table).where(mine))
    tx.execute(delete(bindings).where(bindings.c.id == binding_id))
    return gone


# Services


def all_listeners(tx: Connection) -> Sequence[AnyRow]:
    """Return every service of every address, with the address."""
    joined = listeners.join(bindings, bindings.c.id == listeners.c.binding_id)
    return tx.execute(
        select(listeners, bindings.c.address)
        .select_from(joined)
        .order_by(listeners.c.id)
    ).all()


def listeners_of(tx: Connection, binding_id: int) -> Sequence[AnyRow]:
    """Return the services of one address, in the order of their adding."""
    mine = listeners.c.binding_id == binding_id
    return tx.execute(select(listeners).where(mine).order_by(listeners.c.id)).all()


def listener_by_id(tx: Connection, listener_id: int) -> AnyRow | None:
    """Return one service."""
    return tx.execute(select(listeners).where(listeners.c.id == listener_id)).first()


def insert_listener(tx: Connection, **values: Any) -> int:
    """Add a service; return its number."""
    adding = insert(listeners).values(**values)
    return int(tx.scalar(adding.returning(listeners.c.id)) or 0)


def change_listener(tx: Connection, listener_id: int, **values: Any) -> None:
    """Change columns of one service."""
    tx.execute(update(listeners).where(listeners.c.id == listener_id).values(**values))


def delete_listener(tx: Connection, listener_id: int) -> None:
    """Remove a service."""
    tx.execute(delete(listeners).where(listeners.c.id == listener_id))
