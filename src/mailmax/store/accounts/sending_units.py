"""What users have sent today, and when they logged in last, as units of work ask.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 4.1, 7.1.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailmax.store.accounts.schema import sent_today, users
from mailmax.store.accounts.units import AnyRow


def sent_by(tx: Connection, user_id: int) -> AnyRow | None:
    """Return day, messages and octets of the last day on which a user sent."""
    return tx.execute(select(sent_today).where(sent_today.c.user_id == user_id)).first()


def keep_sent(
    tx: Connection, user_id: int, day: int, messages: int, octets: int
) -> None:
    """Keep what a user has sent."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    values = {"day": day, "messages": messages, "octets": octets}
    statement = dialect.insert(sent_today).values(user_id=user_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))


def keep_logins(tx: Connection, moments: Mapping[int, float]) -> None:
    """Keep when users logged in last, by their numbers."""
    tx.execute(
        update(users)
        .where(users.c.id == bindparam("number"))
        .values(last_login_at=bindparam("moment")),
        [{"number": number, "moment": moment} for number, moment in moments.items()],
    )
