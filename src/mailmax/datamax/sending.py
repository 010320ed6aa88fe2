"""Counting what users with a daily limit send (USR-3). A unit of work.

Theory:
    SMTPMax asks once at the end of a message, only for users whose row says that they
    have a limit. The count is written before the answer, so it survives a restart.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection

from mailmax.datamax.rows import value_for_user
from mailmax.hub.contract.message import Done
from mailmax.hub.contract.sending import CountSending, SendingRefused
from mailmax.policy.sending import DailyLimits, Sent, count_message
from mailmax.store.accounts import sending_units, units


def count_sending(
    tx: Connection, request: CountSending, now: float
) -> Done | SendingRefused:
    """Count one message of a user, or say that it is too much for today."""
    row = units.user_by_id(tx, request.user_id)
    if row is None or value_for_user(row, "sending_limits_off"):
        return Done()
    limits = DailyLimits(
        value_for_user(row, "daily_messages"), value_for_user(row, "daily_octets")
    )
    today = datetime.fromtimestamp(now, UTC).astimezone().date().toordinal()
    kept = sending_units.sent_by(tx, row.id)
    sent = Sent(today) if kept is None else Sent(kept.day, kept.messages, kept.octets)
    after = count_message(sent, today, request.octets, limits)
    if after is None:
        return SendingRefused()
    sending_units.keep_sent(tx, row.id, after.day, after.messages, after.octets)
    return Done()
