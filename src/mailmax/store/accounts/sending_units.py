"""What users have sent today, and when they logged in last, as units of work ask.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 4.1, 7.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailmax.policy.sending import Sent
from mailmax.store.accounts.schema import sent_today, users

_PIECE = 500


def sent_by(tx: Connection, user_ids: Sequence[int]) -> dict[int, Sent]:
    """Return what users sent on the last day on which they did."""
    found: dict[int, Sent] = {}
    for begin in range(0, len(user_ids), _PIECE):
        piece = sent_today.c.user_id.in_(user_ids[begin : begin + _PIECE])
        for row in tx.execute(select(sent_today).where(piece)):
            found[row.user_id] = Sent(row.day, row.messages, row.octets)
    return found


def keep_sent(tx: Connection, sent: Mapping[int, Sent]) -> None:
    """Keep what users have sent."""
    if not sent:
        return
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(sent_today)
    new = {key: statement.excluded[key] for key in ("day", "messages", "octets")}
    tx.execute(
        statement.on_conflict_do_update(index_elements=["user_id"], set_=new),
        [{"user_id": number, **asdict(one)} for number, one in sent.items()],
    )


def keep_logins(tx: Connection, moments: Mapping[int, float]) -> None:
    """Keep when users logged in last, by their numbers."""
    tx.execute(
        update(users)
        .where(users.c.id == bindparam("number"))
        .values(last_login_at=bindparam("moment")),
        [{"number": number, "moment": moment} for number, moment in moments.items()],
    )
