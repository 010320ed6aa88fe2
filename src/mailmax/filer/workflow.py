"""What has to be done with one record: deliveries here, a hand-over there.

Theory:
    Pure. A record becomes a `Plan`: a `Filing` for each local recipient (the body
    is scanned once for all of them), an envelope for the remote ones (QueueMax), and
    the addresses that were good at RCPT and are gone now (a report, 5.1.1).

Rules:
    The same record always gives the same plan for the same users: a replay after a
    crash repeats nothing, because every effect has the key (origin, final target).
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from mailmax.base import again
from mailmax.base.address import Address, lower_ascii
from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.ids import NOBODY, UserId
from mailmax.hub.contract import UserRow
from mailmax.message import structure
from mailmax.policy.recipients import NoUser
from mailmax.store.mailboxes.port import Delivery, NewMessage
from mailmax.store.spool.port import BodyRef, Entry, Record


class Directory(Protocol):
    """What the filer asks the hub's tables."""

    def user_by_id(self, user_id: int) -> UserRow | None:
        """Return a user; None only when it was deleted."""

    def owner_of(self, address: Address) -> UserRow | NoUser:
        """Return whose address that is, by the rules of `policy.recipients`."""

    def hostname(self) -> str:
        """Return what we call ourselves."""


class Filing(msgspec.Struct):
    """A delivery, and what the queue is given should it be stuck (`aside`)."""

    delivery: Delivery
    recipient: Recipient
    """With its user."""
    origin: Origin
    envelope: Envelope
    """Of the whole message."""
    ref: BodyRef | None = None
    chunks: Sequence[bytes] = ()
    """The body, where it lies in no journal."""

    @property
    def is_to_mend(self) -> bool:
        """Tell whether the mailbox has still to be recovered."""
        return again.must_mend(self.envelope)


class Plan(msgspec.Struct):
    """What one record asks for."""

    record: Record
    filings: list[Filing] = []
    outbound: Envelope | None = None
    """Remote recipients, to be handed over; None when there are none."""
    gone: list[Recipient] = []
    """Local recipients that were deleted since they were accepted."""
    report: Entry | None = None
    """Tells a remote sender of them."""


def plan(record: Record, body: bytes | memoryview, directory: Directory) -> Plan:
    """Decide what becomes of a record.

    Recipients that SMTPMax resolved carry their user; those of mail made here
    (reports, forwards) may be local all the same and are resolved now.

    Args:
        record: As the spool gave it.
        body: Its octets.
        directory: The hub's tables.
    """
    result = Plan(record)
    local: list[tuple[Recipient, UserRow]] = []
    remote: list[Recipient] = []
    for recipient in record.envelope.recipients:
        owner = _owner_of(recipient, directory)
        if isinstance(owner, UserRow):
            local.append((recipient, owner))
        elif owner is not NoUser.UNKNOWN:
            remote.append(recipient)
        else:
            result.gone.append(recipient)
    if remote:
        result.outbound = msgspec.structs.replace(
            record.envelope, recipients=tuple(remote), origin=record.origin
        )
    if local:
        message = _message(record, body)
        result.filings = [
            Filing(
                Delivery(UserId(owner.user_id), owner.home, recipient.folder, message),
                Recipient(recipient.address, owner.user_id, recipient.folder),
                record.origin,
                record.envelope,
                ref=record.body,
            )
            for recipient, owner in _once_each(local)
        ]
    return result


def parse_address(text: str) -> Address:
    """Take an envelope's address apart at its last ``@``."""
    local, _, domain = text.rpartition("@")
    return Address(local.strip('"'), lower_ascii(domain))


def _owner_of(recipient: Recipient, directory: Directory) -> UserRow | NoUser:
    if recipient.user_id == NOBODY:
        return directory.owner_of(parse_address(recipient.address))
    return directory.user_by_id(recipient.user_id) or NoUser.UNKNOWN


def _once_each(
    local: Sequence[tuple[Recipient, UserRow]],
) -> Sequence[tuple[Recipient, UserRow]]:
    """Keep one copy for each user and mailbox."""
    return list({(r.folder, o.user_id): (r, o) for r, o in local}.values())


def _message(record: Record, body: bytes | memoryview) -> NewMessage:
    return NewMessage(
        body=body,
        size=record.body.size,
        crc=record.body.crc,
        fragment=structure.render(body),
        internal_date_ms=record.envelope.received_at_ms,
        origin=record.origin,
    )
