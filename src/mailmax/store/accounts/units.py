"""What is asked of the accounts database, a unit of work each (users, settings, …).

Rules:
    Every function takes the open transaction first and returns plain rows; judging
    is DataMax's business. Text never becomes SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
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

from mailmax.store.accounts.pieces import in_pieces
from mailmax.store.accounts.putting import put_rows
from mailmax.store.accounts.schema import (
    aliases,
    credentials,
    domains,
    settings,
    user_lines,
    users,
)
from mailmax.store.accounts.web_units import forget_users

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]

user_columns = (
    users.c.id,
    users.c.address,
    users.c.home,
    users.c.kind,
    users.c.settings,
    users.c.first_name,
    users.c.last_name,
    users.c.credential_version,
    users.c.domain_id,
    users.c.version,
    users.c.last_login_at,
    users.c.made_at,
    users.c.is_system_administrator,
    domains.c.settings.label("domain_settings"),
)
_users = select(*user_columns).join(domains, domains.c.id == users.c.domain_id)

# Users


def find_user(tx: Connection, address: str) -> AnyRow | None:
    """Return one user's row."""
    return tx.execute(_users.where(users.c.address == address)).first()


def user_by_id(tx: Connection, user_id: int) -> AnyRow | None:
    """Return one user's row."""
    return tx.execute(_users.where(users.c.id == user_id)).first()


def users_by_id(tx: Connection, user_ids: Sequence[int]) -> Iterable[AnyRow]:
    """Yield the rows of some users, in no order."""
    for piece in in_pieces(user_ids):
        yield from tx.execute(_users.where(users.c.id.in_(piece)))


def users_of_domain(tx: Connection, domain_id: int) -> Sequence[AnyRow]:
    """Return the rows of all users of a domain."""
    return tx.execute(_users.where(users.c.domain_id == domain_id)).all()


def all_users(tx: Connection) -> Iterable[AnyRow]:
    """Yield every user's row, in no order."""
    return tx.execute(_users)


def users_whose(tx: Connection, condition: ColumnElement[bool]) -> Iterable[AnyRow]:
    """Yield the rows of the users for whom something holds, in no order."""
    return tx.execute(_users.where(condition))


def page_of_users(
    tx: Connection, domain: str, after: str, limit: int
) -> Sequence[AnyRow]:
    """Return rows after an address.

    Args:
        tx: The open transaction.
        domain: Only its users; empty: those of all.
        after: Where the page before ended.
        limit: Rows at most.
    """
    wanted = _users.where(users.c.address > after)
    if domain:
        wanted = wanted.where(domains.c.name == domain)
    return tx.execute(wanted.order_by(users.c.address).limit(limit)).all()


def taken_addresses(tx: Connection, wanted: Sequence[str]) -> set[str]:
    """Return those addresses that are a user's or an alias already."""
    taken: set[str] = set()
    for piece in in_pieces(wanted):
        for column in (users.c.address, aliases.c.address):
            taken.update(tx.scalars(select(column).where(column.in_(piece))))
    return taken


def count_users(tx: Connection, domain_id: int) -> int:
    """Return how many users a domain has."""
    counting = select(func.count()).where(users.c.domain_id == domain_id)
    return tx.scalar(counting) or 0


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


def touch_user(tx: Connection, user_id: int) -> None:
    """Note that something changed that services ask for by the user's number."""
    grown = users.c.version + 1
    tx.execute(update(users).where(users.c.id == user_id).values(version=grown))


def delete_users(tx: Connection, user_ids: Sequence[int]) -> list[str]:
    """Remove users with credentials and aliases; return the aliases' addresses."""
    gone: list[str] = []
    for piece in in_pieces(user_ids):
        mine = aliases.c.user_id.in_(piece)
        gone += tx.scalars(select(aliases.c.address).where(mine))
        tx.execute(delete(aliases).where(mine))
        tx.execute(delete(credentials).where(credentials.c.user_id.in_(piece)))
        forget_users(tx, piece)
        tx.execute(delete(user_lines).where(user_lines.c.user_id.in_(piece)))
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


def normal_credentials(tx: Connection) -> Iterable[AnyRow]:
    """Yield number, address, hash and APOP secret of every user who may log in."""
    joined = users.join(credentials, credentials.c.user_id == users.c.id)
    columns = (
        users.c.id,
        users.c.address,
        credentials.c.password_hash,
        credentials.c.apop_secret,
    )
    found = select(*columns).select_from(joined).where(users.c.kind == "normal")
    return tx.execute(found)


def change_credentials(tx: Connection, user_id: int, **values: Any) -> None:
    """Change columns of one user's credentials."""
    tx.execute(
        update(credentials).where(credentials.c.user_id == user_id).values(**values)
    )


def find_credentials(tx: Connection, addresses: Sequence[str]) -> Sequence[AnyRow]:
    """Return what a login is checked with, for the users among some addresses."""
    return _credentials_where(tx, users.c.address.in_(addresses))


def find_logins(tx: Connection, addresses: Sequence[str]) -> dict[str, AnyRow]:
    """Return the same by address, for those that are users' and those of aliases.

    It takes as long whether there is such a user or not.
    """
    named = select(aliases.c.address, aliases.c.user_id)
    found = tx.execute(named.where(aliases.c.address.in_(addresses))).all()
    ids = [row.user_id for row in found]
    mine = users.c.address.in_(addresses) | users.c.id.in_(ids)
    rows = {row.id: row for row in _credentials_where(tx, mine)}
    by_alias = {row.address: rows[row.user_id] for row in found}
    return by_alias | {row.address: row for row in rows.values()}


def _credentials_where(
    tx: Connection, condition: ColumnElement[bool]
) -> Sequence[AnyRow]:
    return tx.execute(
        select(
            users.c.id,
            users.c.address,
            users.c.home,
            users.c.kind,
            users.c.settings,
            users.c.credential_version,
            users.c.domain_id,
            domains.c.settings.label("domain_settings"),
            credentials.c.password_hash,
            credentials.c.apop_secret,
            credentials.c.scram_salt,
        )
        .join(credentials, credentials.c.user_id == users.c.id)
        .join(domains, domains.c.id == users.c.domain_id)
        .where(condition)
    ).all()


def credential_versions(tx: Connection, user_ids: Sequence[int]) -> dict[int, int]:
    """Return the credential version of those users who are here and enabled."""
    found: dict[int, int] = {}
    for piece in in_pieces(user_ids):
        wanted = select(users.c.id, users.c.credential_version).where(
            users.c.id.in_(piece), users.c.kind == "normal"
        )
        found.update(tuple(row) for row in tx.execute(wanted))
    return found


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


def aliases_of_users(tx: Connection, user_ids: Sequence[int]) -> list[str]:
    """Return the addresses of all aliases of some users."""
    found: list[str] = []
    for piece in in_pieces(user_ids):
        mine = aliases.c.user_id.in_(piece)
        found += tx.scalars(select(aliases.c.address).where(mine))
    return found


def aliases_on(tx: Connection, name: str) -> list[str]:
    """Return the addresses of all aliases whose domain part is that name."""
    ending = aliases.c.address.like(f"%@{name}")  # a host name has no wildcards
    return list(tx.scalars(select(aliases.c.address).where(ending)))


def insert_alias(tx: Connection, address: str, domain_id: int, user_id: int) -> None:
    """Add an alias."""
    tx.execute(
        insert(aliases).values(address=address, domain_id=domain_id, user_id=user_id)
    )


def delete_aliases(tx: Connection, addresses: Sequence[str]) -> None:
    """Remove aliases."""
    for piece in in_pieces(addresses):
        tx.execute(delete(aliases).where(aliases.c.address.in_(piece)))


# Settings


def all_settings(tx: Connection) -> dict[str, str]:
    """Return the JSON of every setting that is not at its default."""
    return {row.key: row.value for row in tx.execute(select(settings))}


def put_setting(tx: Connection, key: str, value: str) -> None:
    """Write one setting."""
    put_rows(tx, settings, [{"key": key, "value": value}])


def drop_setting(tx: Connection, key: str) -> None:
    """Let one setting be at its default again."""
    tx.execute(delete(settings).where(settings.c.key == key))
