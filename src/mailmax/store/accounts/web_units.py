"""Sessions, keys and links of the web, as units of work ask for them.

Rules:
    As in `units`: the open transaction first, plain rows back. A row without a user
    belongs to the system itself. What is found holds: whose password changed since,
    or who is no normal user any more, is not found (TRUST G9).

Manual: 7.4.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from mailmax.store.accounts.schema import (
    api_keys,
    credentials,
    preferences,
    recovery_codes,
    second_factors,
    sign_in_links,
    users,
    web_sessions,
)

AnyRow = Row[*tuple[Any, ...]]

HIGHEST = 2**63 - 1
"""No number of a row is higher."""


def find_session(
    tx: Connection, *, number: int = 0, token_hash: bytes = b""
) -> AnyRow | None:
    """Return an open session, with the user's columns."""
    return _find(tx, web_sessions, number, token_hash)


def find_key(
    tx: Connection, *, number: int = 0, token_hash: bytes = b""
) -> AnyRow | None:
    """Return a key, with the owner's columns."""
    return _find(tx, api_keys, number, token_hash)


def insert_session(tx: Connection, **columns: Any) -> int:
    """Add a session; return its number."""
    added = insert(web_sessions).values(**columns).returning(web_sessions.c.id)
    number: int = tx.execute(added).scalar_one()
    return number


def insert_key(tx: Connection, **columns: Any) -> int:
    """Add a key; return its number."""
    added = insert(api_keys).values(**columns).returning(api_keys.c.id)
    number: int = tx.execute(added).scalar_one()
    return number


def touch_session(tx: Connection, number: int, now: float) -> None:
    """Note that a session was used."""
    mine = web_sessions.c.id == number
    tx.execute(update(web_sessions).where(mine).values(seen_at=now))


def touch_key(tx: Connection, number: int, now: float) -> None:
    """Note that a key was used."""
    mine = api_keys.c.id == number
    tx.execute(update(api_keys).where(mine).values(used_at=now))


def delete_session(tx: Connection, token_hash: bytes) -> int:
    """End the session of a token; return how many there were."""
    mine = web_sessions.c.token_hash == token_hash
    return tx.execute(delete(web_sessions).where(mine)).rowcount


def delete_sessions(tx: Connection, numbers: Sequence[int]) -> None:
    """End sessions."""
    tx.execute(delete(web_sessions).where(web_sessions.c.id.in_(numbers)))


def delete_sessions_of(tx: Connection, user_id: int | None, keep: int = 0) -> int:
    """End all sessions of a user (None: the system) but one; return how many."""
    gone = delete(web_sessions).where(
        web_sessions.c.user_id == user_id, web_sessions.c.id != keep
    )
    return tx.execute(gone).rowcount


def sessions_of(tx: Connection, user_id: int | None) -> list[int]:
    """Return the numbers of a user's sessions, the oldest first."""
    mine = select(web_sessions.c.id).where(web_sessions.c.user_id == user_id)
    return list(tx.scalars(mine.order_by(web_sessions.c.id)))


def keys_of(tx: Connection, user_id: int | None) -> list[str]:
    """Return the names of a user's keys."""
    mine = select(api_keys.c.name).where(api_keys.c.user_id == user_id)
    return list(tx.scalars(mine))


def page_of_sessions(
    tx: Connection, before: int, limit: int, *conditions: ColumnElement[bool]
) -> Sequence[AnyRow]:
    """Return open sessions older than one (0: from the newest on)."""
    older = [web_sessions.c.id < before] if before else []
    wanted = _joined(web_sessions).where(*older, *conditions)
    return tx.execute(wanted.order_by(web_sessions.c.id.desc()).limit(limit)).all()


def page_of_keys(
    tx: Connection, after: int, limit: int, *conditions: ColumnElement[bool]
) -> Sequence[AnyRow]:
    """Return keys behind one."""
    wanted = _joined(api_keys).where(api_keys.c.id > after, *conditions)
    return tx.execute(wanted.order_by(api_keys.c.id).limit(limit)).all()


def delete_key(tx: Connection, number: int) -> None:
    """Remove a key."""
    tx.execute(delete(api_keys).where(api_keys.c.id == number))


def delete_ended(tx: Connection, seen_before: float, opened_before: float) -> None:
    """Remove sessions that are over, and what came by a password that holds no more."""
    over = or_(
        web_sessions.c.seen_at < seen_before, web_sessions.c.opened_at < opened_before
    )
    tx.execute(delete(web_sessions).where(over))
    for table in (web_sessions, api_keys):
        mine = users.c.id == table.c.user_id
        same = users.c.credential_version == table.c.credential_version
        dead = and_(table.c.user_id.is_not(None), ~exists().where(mine, same))
        tx.execute(delete(table).where(dead))


# Links


def insert_link(tx: Connection, token_hash: bytes, ends_at: float, now: float) -> None:
    """Add a link, and forget those that are over."""
    tx.execute(delete(sign_in_links).where(sign_in_links.c.ends_at <= now))
    row = {"token_hash": token_hash, "ends_at": ends_at}
    tx.execute(insert(sign_in_links).values(**row))


def use_link(tx: Connection, token_hash: bytes, now: float) -> bool:
    """Use a link up; tell whether it was still good."""
    good = delete(sign_in_links).where(
        sign_in_links.c.token_hash == token_hash, sign_in_links.c.ends_at > now
    )
    return tx.execute(good).rowcount > 0


# Facts


def has_system_administrator(tx: Connection) -> bool:
    """Tell whether somebody who can log in administers the system."""
    joined = users.join(credentials, credentials.c.user_id == users.c.id)
    able = (
        select(users.c.id)
        .select_from(joined)
        .where(
            users.c.is_system_administrator,
            users.c.kind == "normal",
            credentials.c.password_hash != "",
        )
    )
    return tx.execute(able.limit(1)).first() is not None


def forget_users(tx: Connection, user_ids: Sequence[int]) -> None:
    """Remove all that users have here, before they go themselves."""
    for table in (web_sessions, api_keys, recovery_codes, second_factors):
        tx.execute(delete(table).where(table.c.user_id.in_(user_ids)))
    tx.execute(delete(preferences).where(preferences.c.owner_id.in_(user_ids)))


# Conditions


def of_user(table: Table, user_id: int | None) -> ColumnElement[bool]:
    """Hold for rows of a user (None: of the system)."""
    return table.c.user_id == user_id


def is_open(idle_since: float, opened_since: float) -> ColumnElement[bool]:
    """Hold for sessions that time has not ended."""
    return and_(
        web_sessions.c.seen_at >= idle_since, web_sessions.c.opened_at >= opened_since
    )


def _find(tx: Connection, table: Table, number: int, token: bytes) -> AnyRow | None:
    if not 0 <= number <= HIGHEST:
        return None  # no database has such a number
    mine = table.c.token_hash == token if token else table.c.id == number
    return tx.execute(_joined(table).where(mine)).first()


def _joined(table: Table) -> Any:
    columns = (
        users.c.address,
        users.c.is_system_administrator,
        second_factors.c.is_confirmed.label("has_totp"),
    )
    joined = table.outerjoin(users, users.c.id == table.c.user_id).outerjoin(
        second_factors,
        and_(second_factors.c.user_id == users.c.id, second_factors.c.is_confirmed),
    )
    holds = or_(
        table.c.user_id.is_(None),
        and_(
            users.c.kind == "normal",
            users.c.credential_version == table.c.credential_version,
        ),
    )
    return select(table, *columns).select_from(joined).where(holds)
