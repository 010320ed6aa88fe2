"""Domains and their other names, as units of work ask for them.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 6.1, 6.3.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from mailmax.store.accounts.schema import (
    administered,
    aliases,
    domain_aliases,
    domains,
    users,
)
from mailmax.store.accounts.units import AnyRow

_columns = (
    domains.c.id,
    domains.c.name,
    domains.c.kind,
    domains.c.mail_root,
    domains.c.catch_all_id,
    domains.c.monitor_id,
    domains.c.settings,
)


def find_domain(tx: Connection, name: str) -> AnyRow | None:
    """Return the domain of that name, or of that alias."""
    by_alias = select(domain_aliases.c.domain_id).where(domain_aliases.c.name == name)
    return tx.execute(
        select(*_columns).where(or_(domains.c.name == name, domains.c.id.in_(by_alias)))
    ).first()


def domain_named(tx: Connection, name: str) -> AnyRow | None:
    """Return the domain whose own name that is."""
    return tx.execute(select(*_columns).where(domains.c.name == name)).first()


def domain_by_id(tx: Connection, domain_id: int) -> AnyRow:
    """Return the domain of that number, which there must be."""
    return tx.execute(select(*_columns).where(domains.c.id == domain_id)).one()


def all_domains(tx: Connection) -> Sequence[AnyRow]:
    """Return every domain."""
    return tx.execute(select(*_columns)).all()


def page_of_domains(tx: Connection, after: str, limit: int) -> Sequence[AnyRow]:
    """Return the domains after a name, each with its number of users and aliases."""
    user_count = (
        select(func.count()).where(users.c.domain_id == domains.c.id).scalar_subquery()
    )
    alias_count = (
        select(func.count())
        .where(aliases.c.domain_id == domains.c.id)
        .scalar_subquery()
    )
    return tx.execute(
        select(*_columns, user_count.label("users"), alias_count.label("aliases"))
        .where(domains.c.name > after)
        .order_by(domains.c.name)
        .limit(limit)
    ).all()


def domain_in(tx: Connection, place: str) -> str | None:
    """Return the name of the domain whose directory a place is."""
    unnamed = and_(domains.c.mail_root == "", domains.c.name == place)
    return tx.scalar(
        select(domains.c.name).where(or_(domains.c.mail_root == place, unnamed))
    )


def insert_domain(tx: Connection, name: str, now: float, **values: Any) -> int:
    """Add a domain; return its number."""
    adding = insert(domains).values(name=name, made_at=now, **values)
    return int(tx.scalar(adding.returning(domains.c.id)) or 0)


def change_domain(tx: Connection, domain_id: int, **values: Any) -> None:
    """Change columns of one domain."""
    tx.execute(update(domains).where(domains.c.id == domain_id).values(**values))


def end_logins(tx: Connection, domain_id: int) -> None:
    """Let every session of a domain's users end, as under older credentials."""
    grown = users.c.credential_version + 1
    mine = users.c.domain_id == domain_id
    tx.execute(update(users).where(mine).values(credential_version=grown))


def delete_domain(tx: Connection, domain_id: int) -> None:
    """Remove a domain without users, with its other names; nobody administers it."""
    tx.execute(delete(administered).where(administered.c.domain_id == domain_id))
    tx.execute(delete(domain_aliases).where(domain_aliases.c.domain_id == domain_id))
    tx.execute(delete(domains).where(domains.c.id == domain_id))


# Other names


def all_domain_aliases(tx: Connection) -> dict[int, tuple[str, ...]]:
    """Return the other names of every domain that has any, by its number."""
    found: dict[int, tuple[str, ...]] = {}
    for row in tx.execute(select(domain_aliases).order_by(domain_aliases.c.name)):
        found[row.domain_id] = (*found.get(row.domain_id, ()), row.name)
    return found


def aliases_of(tx: Connection, domain_id: int) -> tuple[str, ...]:
    """Return the other names of one domain."""
    mine = domain_aliases.c.domain_id == domain_id
    names = select(domain_aliases.c.name).where(mine).order_by(domain_aliases.c.name)
    return tuple(tx.scalars(names))


def insert_domain_alias(tx: Connection, name: str, domain_id: int) -> None:
    """Give a domain another name."""
    tx.execute(insert(domain_aliases).values(name=name, domain_id=domain_id))


def delete_domain_alias(tx: Connection, name: str) -> None:
    """Take a name away again."""
    tx.execute(delete(domain_aliases).where(domain_aliases.c.name == name))
