"""Domains and their other names, as units of work ask for them.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 6.1, 6.3.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Label,
    Subquery,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from mailmax.store.accounts.pieces import in_pieces
from mailmax.store.accounts.schema import (
    administered,
    aliases,
    domain_aliases,
    domains,
    user_lines,
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


def counted_domains(tx: Connection, within: Sequence[str] | None) -> Sequence[AnyRow]:
    """Return the domains in no order, each with its number of users and aliases.

    Args:
        tx: The open transaction.
        within: Only those of these names; None: all.
    """
    held = user_lines.c.used_octets
    used = func.sum(case((held >= 0, held))).label("used")
    of_users = _counted(user_lines.c.domain_id, used)
    of_aliases = _counted(aliases.c.domain_id)
    wanted = (
        select(
            *_columns,
            func.coalesce(of_users.c.number, 0).label("users"),
            of_users.c.used,
            func.coalesce(of_aliases.c.number, 0).label("aliases"),
        )
        .outerjoin(of_users, of_users.c.domain_id == domains.c.id)
        .outerjoin(of_aliases, of_aliases.c.domain_id == domains.c.id)
    )
    if within is None:
        return tx.execute(wanted).all()
    return [
        row
        for piece in in_pieces(sorted(set(within)))
        for row in tx.execute(wanted.where(domains.c.name.in_(piece)))
    ]


def _counted(column: Column[int], *sums: Label[Any]) -> Subquery:
    """Return how many rows there are of each domain: one walk over an index."""
    found = select(column, func.count().label("number"), *sums).group_by(column)
    return found.subquery()


def numbers_of(tx: Connection, names: Sequence[str]) -> list[int]:
    """Return the numbers of those domains that there are."""
    return [
        number
        for piece in in_pieces(names)
        for number in tx.scalars(select(domains.c.id).where(domains.c.name.in_(piece)))
    ]


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
