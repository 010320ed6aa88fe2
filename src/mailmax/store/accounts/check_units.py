"""What the checks of all that is set ask for, many at once.

Rules:
    As in `units`: the open transaction first, plain rows back.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, or_, select

from mailmax.store.accounts.administrator_units import is_administrator
from mailmax.store.accounts.pieces import in_pieces
from mailmax.store.accounts.schema import aliases, credentials, domains, users
from mailmax.store.accounts.units import AnyRow


def users_who_set(tx: Connection, keys: Sequence[str]) -> Iterable[AnyRow]:
    """Yield users for whom one of these keys seems to be set, or who administer."""
    administers = is_administrator().label("is_administrator")
    has_password = (credentials.c.password_hash != "").label("has_password")
    joined = users.join(credentials, credentials.c.user_id == users.c.id)
    wanted = (users.c.settings.like(f'%"{key}":%') for key in keys)
    return tx.execute(
        select(
            users.c.id,
            users.c.address,
            users.c.kind,
            users.c.settings,
            administers,
            has_password,
        )
        .select_from(joined)
        .where(or_(*wanted, is_administrator()))
        .order_by(users.c.address)
    )


def count_users(tx: Connection) -> dict[int, int]:
    """Return how many users each domain has that has some."""
    counting = select(users.c.domain_id, func.count()).group_by(users.c.domain_id)
    return dict(tuple(row) for row in tx.execute(counting))


def count_blank_users(tx: Connection) -> dict[int, int]:
    """Return how many users without a password may log in, by domain."""
    blank = (credentials.c.password_hash == "") & (users.c.kind == "normal")
    joined = users.join(credentials, credentials.c.user_id == users.c.id)
    counting = select(users.c.domain_id, func.count()).select_from(joined).where(blank)
    rows = tx.execute(counting.group_by(users.c.domain_id))
    return dict(tuple(row) for row in rows)


def owners_of(tx: Connection, addresses: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return address and kind of the users that some addresses belong to."""
    found: dict[str, tuple[str, str]] = {}
    own = select(users.c.address.label("asked"), users.c.address, users.c.kind)
    other = select(
        aliases.c.address.label("asked"), users.c.address, users.c.kind
    ).select_from(aliases.join(users, users.c.id == aliases.c.user_id))
    for piece in in_pieces(addresses):
        for wanted, column in ((own, users.c.address), (other, aliases.c.address)):
            for row in tx.execute(wanted.where(column.in_(piece))):
                found[row.asked] = (row.address, row.kind)
    return found


def kinds_by_id(tx: Connection) -> dict[int, tuple[str, str]]:
    """Return address and kind of the users that domains point to."""
    found: dict[int, tuple[str, str]] = {}
    for column in (domains.c.catch_all_id, domains.c.monitor_id):
        joined = users.join(domains, column == users.c.id)
        wanted = select(users.c.id, users.c.address, users.c.kind).select_from(joined)
        found |= {row.id: (row.address, row.kind) for row in tx.execute(wanted)}
    return found
