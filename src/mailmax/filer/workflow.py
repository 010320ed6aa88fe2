"""What has to be done with one record: deliveries here, a hand-over there.

Theory:
    Pure. A record becomes a `Plan`: a `Delivery` for each local recipient (the body
    is scanned once for all of them), an envelope for the remote ones (QueueMax), and
    the addresses that were good at RCPT and are gone now (a report, 5.1.1).

Rules:
    The same record always gives the same plan for the same users: a replay after a
    crash repeats nothing, because every effect has the key (origin, final target).
"""

from collections.abc import Callable, Sequence

import msgspec

from mailmax.base.envelope import Envelope, Recipient
from mailmax.base.ids import NOBODY, UserId
from mailmax.hub.contract import UserRow
from mailmax.message import structure
from mailmax.store.mailboxes.port import Delivery, NewMessage
from mailmax.store.spool.port import Record

FindHome = Callable[[int], str | None]
"""User id to home directory; None when the user was deleted."""


class Plan(msgspec.Struct):
    """What one record asks for."""

    record: Record
    deliveries: list[Delivery] = []
    outbound: Envelope | None = None
    """Remote recipients, to be handed over; None when there are none."""
    gone: list[Recipient] = []
    """Local recipients that were deleted since they were accepted."""


def resolve(record: Record, find: Callable[[str], UserRow | None]) -> Record:
    """Find local users among recipients that nobody has looked up.

    QueueMax's reports come so: it does not hold the address table (DESIGN 2).

    Args:
        record: As the spool gave it.
        find: Whose address (``local@domain`` in lower case) that is.
    """
    found = [
        r
        if r.user_id != NOBODY or (user := find(r.address.lower())) is None
        else msgspec.structs.replace(r, user_id=user.user_id)
        for r in record.envelope.recipients
    ]
    if tuple(found) == record.envelope.recipients:
        return record
    envelope = msgspec.structs.replace(record.envelope, recipients=tuple(found))
    return msgspec.structs.replace(record, envelope=envelope)


def plan(record: Record, body: bytes | memoryview, find_home: FindHome) -> Plan:
    """Decide what becomes of a record.

    Args:
        record: As the spool gave it.
        body: Its octets.
        find_home: Where a user's mail lies.
    """
    envelope = record.envelope
    local = [r for r in envelope.recipients if r.user_id != NOBODY]
    remote = tuple(r for r in envelope.recipients if r.user_id == NOBODY)
    result = Plan(record)
    if remote:
        result.outbound = msgspec.structs.replace(
            envelope, recipients=remote, origin=record.origin
        )
    if local:
        _plan_local(result, local, body, find_home)
    return result


def _plan_local(
    result: Plan,
    recipients: Sequence[Recipient],
    body: bytes | memoryview,
    find_home: FindHome,
) -> None:
    record = result.record
    message = NewMessage(
        body=body,
        size=record.body.size,
        crc=record.body.crc,
        fragment=structure.render(body),
        internal_date_ms=record.envelope.received_at_ms,
        origin=record.origin,
    )
    for recipient in recipients:
        home = find_home(recipient.user_id)
        if home is None:
            result.gone.append(recipient)
        else:
            result.deliveries.append(
                Delivery(UserId(recipient.user_id), home, recipient.folder, message)
            )
