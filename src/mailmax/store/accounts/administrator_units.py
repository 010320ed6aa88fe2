"""Who administers what, as units of work ask for it.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 7.4.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from mailmax.store.accounts.schema import (
    administered,
    domain_aliases,
    domains,
    users,
)
from mailmax.store.accounts.units import AnyRow


def domains_administered(tx: Connection, user_id: int) -> tuple[str, ...]:
    """Return the names of the domains that a user administers."""
    joined = domains.join(administered, administered.c.domain_id == domains.c.id)
    mine = administered.c.user_id == user_id
    names = select(domains.c.name).select_from(joined).where(mine)
    return tuple(tx.scalars(names.order_by(domains.c.name)))


def other_names_administered(tx: Connection, user_id: int) -> tuple[str, ...]:
    """Return the other names of the domains that a user administers."""
    own = administered.c.domain_id == domain_aliases.c.domain_id
    joined = domain_aliases.join(administered, own)
    names = select(domain_aliases.c.name).select_from(joined)
    mine = names.where(administered.c.user_id == user_id)
    return tuple(tx.scalars(mine.order_by(domain_aliases.c.name)))


def administered_by(tx: Connection, user_id: int) -> Sequence[tuple[int, str]]:
    """Return number and name of the domains that a user administers."""
    joined = domains.join(administered, administered.c.domain_id == domains.c.id)
    given = select(domains.c.id, domains.c.name).select_from(joined)
    rows = tx.execute(given.where(administered.c.user_id == user_id))
    return [(row.id, row.name) for row in rows]


def put_administration(
    tx: Connection, user_id: int, domain_ids: Sequence[int], *, is_system: bool
) -> None:
    """Let a user administer these domains and no others, or the system."""
    change = update(users).where(users.c.id == user_id)
    tx.execute(change.values(is_system_administrator=is_system))
    tx.execute(delete(administered).where(administered.c.user_id == user_id))
    if domain_ids:
        rows = [{"user_id": user_id, "domain_id": number} for number in domain_ids]
        tx.execute(insert(administered), rows)


def administers_anything(tx: Connection, user_id: int) -> bool:
    """Tell whether a user administers a domain or the system."""
    found = select(users.c.id).where(users.c.id == user_id, is_administrator())
    return tx.execute(found).first() is not None


def administrators_of(tx: Connection, domain_id: int) -> Sequence[AnyRow]:
    """Return number and address of the users who were given a domain."""
    joined = users.join(administered, administered.c.user_id == users.c.id)
    given = administered.c.domain_id == domain_id
    found = select(users.c.id, users.c.address).select_from(joined).where(given)
    return tx.execute(found.order_by(users.c.address)).all()


# Conditions on rows of users


def is_administrator() -> ColumnElement[bool]:
    """Hold for users who administer a domain or the system."""
    given = select(administered.c.user_id)
    return or_(users.c.is_system_administrator, users.c.id.in_(given))
