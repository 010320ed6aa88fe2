"""Counting what users with a daily limit send (USR-3). Units of work.

Theory:
    SMTPMax asks once at the end of a message, only for users whose row says that they
    have a limit. The count is written before the answer, so it survives a restart.
    What forwards have sent on is counted after the fact, in batches.

Manual: 7.1, 7.2; TRUST K7.
"""

from sqlalchemy import Connection

from mailmax.datamax.rows import day_row, user_flags, value_for_user
from mailmax.hub.contract.message import Done
from mailmax.hub.contract.rows import FORWARDS, HAS_DAILY_LIMIT, DayRow
from mailmax.hub.contract.sending import (
    CountForwards,
    CountSending,
    DayOfUser,
    ForwardsCounted,
    SendingRefused,
)
from mailmax.policy.sending import DailyLimits, Sent, count_message, day_of
from mailmax.store.accounts import sending_units, units


def count_sending(
    tx: Connection, request: CountSending, now: float
) -> tuple[Done | SendingRefused, bool]:
    """Count one message of a user, or say that it is too much for today.

    Returns:
        The answer, and whether the filer knows the user's count, which is another now.
    """
    row = units.user_by_id(tx, request.user_id)
    if row is None or value_for_user(row, "sending_limits_off"):
        return Done(), False
    limits = DailyLimits(
        value_for_user(row, "daily_messages"), value_for_user(row, "daily_octets")
    )
    today = day_of(now)
    sent = sending_units.sent_by(tx, [row.id]).get(row.id, Sent(today))
    after = count_message(sent, today, request.octets, limits)
    forwards = bool(user_flags(row) & (FORWARDS | HAS_DAILY_LIMIT))
    if after is not None:
        sending_units.keep_sent(tx, {row.id: after})
        return Done(), forwards
    if sent.lies_ahead(today):
        sending_units.keep_sent(tx, {row.id: sent.on(today)})
        return SendingRefused(), forwards
    return SendingRefused(), False


def count_forwards(
    tx: Connection, request: CountForwards, now: float
) -> ForwardsCounted:
    """Count what forwards of users have sent on already."""
    today = day_of(now)
    told = {row.user_id: row for row in request.rows}
    rows = list(units.users_by_id(tx, list(told)))
    before = sending_units.sent_by(tx, [row.id for row in rows])
    after = {
        row.id: before.get(row.id, Sent(today))
        .on(today)
        .plus(told[row.id].messages, told[row.id].octets)
        for row in rows
    }
    sending_units.keep_sent(tx, after)
    return ForwardsCounted(
        tuple(
            DayOfUser(row.id, day_row(row, after[row.id]) or DayRow(0, 0))
            for row in rows
        )
    )
