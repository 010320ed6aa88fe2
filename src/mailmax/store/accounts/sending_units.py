"""What users have sent today, and when they logged in last, as units of work ask.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 4.1, 7.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, select, update

from mailmax.policy.sending import Sent
from mailmax.store.accounts import user_lines
from mailmax.store.accounts.pieces import in_pieces
from mailmax.store.accounts.putting import put_rows
from mailmax.store.accounts.schema import sent_today, users


def sent_by(tx: Connection, user_ids: Sequence[int]) -> dict[int, Sent]:
    """Return what users sent on the last day on which they did."""
    found: dict[int, Sent] = {}
    for piece in in_pieces(user_ids):
        wanted = select(sent_today).where(sent_today.c.user_id.in_(piece))
        for row in tx.execute(wanted):
            found[row.user_id] = Sent(row.day, row.messages, row.octets)
    return found


def keep_sent(tx: Connection, sent: Mapping[int, Sent]) -> None:
    """Keep what users have sent."""
    rows = [{"user_id": number, **asdict(one)} for number, one in sent.items()]
    put_rows(tx, sent_today, rows)


def keep_logins(tx: Connection, moments: Mapping[int, float]) -> None:
    """Keep when users logged in last, by their numbers."""
    tx.execute(
        update(users)
        .where(users.c.id == bindparam("number"))
        .values(last_login_at=bindparam("moment")),
        [{"number": number, "moment": moment} for number, moment in moments.items()],
    )
    user_lines.keep_logins(tx, moments)
