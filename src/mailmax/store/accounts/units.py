"""What is asked of the accounts database, a unit of work each (domains, users, …).

Rules:
    Every function takes the open transaction first and returns plain rows; judging
    is DataMax's business. Text never becomes SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from mailmax.store.accounts.schema import (
    aliases,
    credentials,
    domains,
    settings,
    users,
)

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]

_PIECE = 500
"""Values in one IN list: below every engine's limit of parameters."""

_user_columns = (
    users.c.id,
    users.c.address,
    users.c.home,
    users.c.enabled,
    users.c.box_limit_octets,
    users.c.message_limit_octets,
    users.c.first_name,
    users.c.last_name,
    users.c.credential_version,
    users.c.domain_id,
)

# Domains


def find_domain(tx: Connection, name: str) -> AnyRow | None:
    """Return id and name."""
    return tx.execute(
        select(domains.c.id, domains.c.name).where(domains.c.name == name)
    ).first()


def all_domains(tx: Connection) -> Sequence[AnyRow]:
    """Return id and name of every domain."""
    return tx.execute(select(domains.c.id, domains.c.name)).all()


def page_of_domains(tx: Connection, after: str, limit: int) -> Sequence[AnyRow]:
    """Return id, name, users and aliases of the domains after a name."""
    user_count = (
        select(func.count()).where(users.c.domain_id == domains.c.id).scalar_subquery()
    )
    alias_count = (
        select(func.count())
        .where(aliases.c.domain_id == domains.c.id)
        .scalar_subquery()
    )
    return tx.execute(
        select(domains.c.id, domains.c.name, user_count, alias_count)
        .where(domains.c.name > after)
        .order_by(domains.c.name)
        .limit(limit)
    ).all()


def insert_domain(tx: Connection, name: str, now: float) -> int:
    """Add a domain; return its number."""
    adding = insert(domains).values(name=name, made_at=now).returning(domains.c.id)
    return int(tx.scalar(adding) or 0)


def delete_domain(tx: Connection, domain_id: int) -> None:
    """Remove a domain that nothing points to any more."""
    tx.execute(delete(domains).where(domains.c.id == domain_id))


# Users


def find_user(tx: Connection, address: str) -> AnyRow | None:
    """Return one user's row."""
    return tx.execute(select(*_user_columns).where(users.c.address == address)).first()


def users_of_domain(tx: Connection, domain_id: int) -> Sequence[AnyRow]:
    """Return the rows of all users of a domain."""
    return tx.execute(
        select(*_user_columns).where(users.c.domain_id == domain_id)
    ).all()


def all_users(tx: Connection) -> Iterable[AnyRow]:
    """Yield every user's row, in no order."""
    return tx.execute(select(*_user_columns[:6]))


def page_of_users(
    tx: Connection, domain: str, after: str, limit: int
) -> Sequence[AnyRow]:
    """Return rows, and whether there is an APOP secret, after an address."""
    wanted: AnySelect = (
        select(*_user_columns, credentials.c.apop_secret.is_not(None))
        .join(credentials, credentials.c.user_id == users.c.id)
        .where(users.c.address > after)
        .order_by(users.c.address)
        .limit(limit)
    )
    if domain:
        wanted = wanted.join(domains, domains.c.id == users.c.domain_id).where(
            domains.c.name == domain
        )
    return tx.execute(wanted).all()


def taken_addresses(tx: Connection, wanted: Sequence[str]) -> set[str]:
    """Return those addresses that are a user's or an alias already."""
    taken: set[str] = set()
    for begin in range(0, len(wanted), _PIECE):
        piece = wanted[begin : begin + _PIECE]
        for column in (users.c.address, aliases.c.address):
            taken.update(tx.scalars(select(column).where(column.in_(piece))))
    return taken


def insert_users(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Add users; return their numbers by address."""
    added = tx.execute(insert(users).returning(users.c.id, users.c.address), list(rows))
    return {row.address: row.id for row in added}


def set_homes(tx: Connection, homes: Mapping[int, str]) -> None:
    """Write the homes of users that were just added."""
    tx.execute(
        update(users)
        .where(users.c.id == bindparam("number"))
        .values(home=bindparam("place")),
        [{"number": number, "place": place} for number, place in homes.items()],
    )


def change_user(tx: Connection, user_id: int, **values: Any) -> None:
    """Change columns of one user."""
    tx.execute(update(users).where(users.c.id == user_id).values(**values))


def delete_users(tx: Connection, user_ids: Sequence[int]) -> list[str]:
    """Remove users with credentials and aliases; return the aliases' addresses."""
    gone: list[str] = []
    for begin in range(0, len(user_ids), _PIECE):
        piece = user_ids[begin : begin + _PIECE]
        mine = aliases.c.user_id.in_(piece)
        gone += tx.scalars(select(aliases.c.address).where(mine))
        tx.execute(delete(aliases).where(mine))
        tx.execute(delete(credentials).where(credentials.c.user_id.in_(piece)))
        tx.execute(delete(users).where(users.c.id.in_(piece)))
    return gone


def count(tx: Connection) -> tuple[int, int]:
    """Return how many domains and users there are."""
    return (
        tx.scalar(select(func.count()).select_from(domains)) or 0,
        tx.scalar(select(func.count()).select_from(users)) or 0,
    )


# Credentials


def insert_credentials(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the credentials of new users."""
    tx.execute(insert(credentials), list(rows))


def change_credentials(tx: Connection, user_id: int, **values: Any) -> None:
    """Change columns of one user's credentials."""
    tx.execute(
        update(credentials).where(credentials.c.user_id == user_id).values(**values)
    )


def find_credentials(tx: Connection, addresses: Sequence[str]) -> Sequence[AnyRow]:
    """Return what a login is checked with, for the users among some addresses."""
    return tx.execute(
        select(
            users.c.id,
            users.c.address,
            users.c.home,
            users.c.enabled,
            users.c.credential_version,
            users.c.box_limit_octets,
            credentials.c.password_hash,
            credentials.c.apop_secret,
            credentials.c.scram_salt,
        )
        .join(credentials, credentials.c.user_id == users.c.id)
        .where(users.c.address.in_(addresses))
    ).all()


def credential_versions(tx: Connection, user_ids: Sequence[int]) -> dict[int, int]:
    """Return the credential version of those users who are here and enabled."""
    rows = tx.execute(
        select(users.c.id, users.c.credential_version).where(
            users.c.id.in_(user_ids), users.c.enabled
        )
    )
    return dict(tuple(row) for row in rows)


def credentials_to_wrap(tx: Connection, limit: int) -> Sequence[AnyRow]:
    """Return user id and hash of imported credentials that lie there bare."""
    return tx.execute(
        select(credentials.c.user_id, credentials.c.password_hash)
        .where(credentials.c.needs_wrapping)
        .limit(limit)
    ).all()


def replace_hash(tx: Connection, /, user_id: int, old: str, **values: Any) -> bool:
    """Replace a hash, unless it was changed meanwhile; tell whether it was."""
    done = tx.execute(
        update(credentials)
        .where(credentials.c.user_id == user_id, credentials.c.password_hash == old)
        .values(**values)
    )
    return done.rowcount == 1


def upgrade_credentials(
    tx: Connection, /, user_id: int, version: int, **values: Any
) -> bool:
    """Replace credentials, unless the password was changed; tell whether it was done.

    Args:
        tx: The open transaction.
        user_id: Whose.
        version: The credential version under which the password was found right.
        values: Columns.
    """
    same = select(users.c.id).where(
        users.c.id == user_id, users.c.credential_version == version
    )
    done = tx.execute(
        update(credentials)
        .where(credentials.c.user_id == user_id, same.exists())
        .values(**values)
    )
    return done.rowcount == 1


# Aliases


def find_alias(tx: Connection, address: str) -> AnyRow | None:
    """Return address and user id."""
    return tx.execute(
        select(aliases.c.address, aliases.c.user_id).where(aliases.c.address == address)
    ).first()


def all_aliases(tx: Connection) -> Iterable[AnyRow]:
    """Yield address and user id of every alias."""
    return tx.execute(select(aliases.c.address, aliases.c.user_id))


def aliases_of_domain(tx: Connection, domain_id: int) -> list[str]:
    """Return the addresses of all aliases on a domain."""
    return list(
        tx.scalars(select(aliases.c.address).where(aliases.c.domain_id == domain_id))
    )


def page_of_aliases(
    tx: Connection, user: str, after: str, limit: int
) -> Sequence[AnyRow]:
    """Return alias and user's address after an address."""
    wanted: AnySelect = (
        select(aliases.c.address, users.c.address.label("user_address"))
        .join(users, users.c.id == aliases.c.user_id)
        .where(aliases.c.address > after)
        .order_by(aliases.c.address)
        .limit(limit)
    )
    if user:
        wanted = wanted.where(users.c.address == user)
    return tx.execute(wanted).all()


def insert_alias(tx: Connection, address: str, domain_id: int, user_id: int) -> None:
    """Add an alias."""
    tx.execute(
        insert(aliases).values(address=address, domain_id=domain_id, user_id=user_id)
    )


def delete_aliases(tx: Connection, addresses: Sequence[str]) -> None:
    """Remove aliases."""
    for begin in range(0, len(addresses), _PIECE):
        piece = addresses[begin : begin + _PIECE]
        tx.execute(delete(aliases).where(aliases.c.address.in_(piece)))


# Settings


def all_settings(tx: Connection) -> dict[str, str]:
    """Return the JSON of every setting that is not at its default."""
    return {row.key: row.value for row in tx.execute(select(settings))}


def put_setting(tx: Connection, key: str, value: str) -> None:
    """Write one setting."""
    # Only the one in use: loading PostgreSQL's made each start 15 ms longer.
    dialect = import_module(f"sqlalchemy.dialects.{tx.dialect.name}")
    statement = dialect.insert(settings).values(key=key, value=value)
    tx.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})
    )


def drop_setting(tx: Connection, key: str) -> None:
    """Let one setting be at its default again."""
    tx.execute(delete(settings).where(settings.c.key == key))
