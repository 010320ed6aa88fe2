"""Reports for mail that was accepted for a user who has been deleted since.

Theory:
    A local sender gets the report filed at once; a remote one through QueueMax. Its
    origin is derived from the message's, so that a replay makes the same report and
    nobody gets it twice.

Standards:
    RFC 3464 (the report), RFC 3463 §3.2 (5.1.1). A null reverse-path is never
    answered (RFC 5321 §4.5.5).
"""

import hashlib
import zlib

import msgspec

from mailmax.base.envelope import Client, Envelope, Origin, Recipient
from mailmax.base.ids import UserId
from mailmax.filer.workflow import Directory, Filing, Plan, parse_address
from mailmax.hub.contract import UserRow
from mailmax.message import dsn, structure
from mailmax.policy.recipients import NoUser
from mailmax.store.mailboxes.port import Delivery, NewMessage
from mailmax.store.spool.port import Entry

_PURPOSE = b"returned"


def derived_origin(origin: Origin, purpose: bytes) -> Origin:
    """Name something that was made from a message, the same name at every replay."""
    return Origin(hashlib.sha256(origin.journal + purpose).digest()[:16], origin.number)


def _purpose(plan: Plan) -> bytes:
    """Tell one round of a delivery that is tried again from another (`base.again`)."""
    envelope = plan.record.envelope
    if not envelope.step:
        return _PURPOSE
    users = " ".join(f"{one.user_id} {one.folder}" for one in envelope.recipients)
    return f"returned {envelope.step} {users}".encode()


def answer(plan: Plan, body: bytes, directory: Directory) -> Filing | Entry | None:
    """Report the recipients of a plan that are gone.

    Returns:
        A filing for a local sender, an entry for the queue for a remote one, None
        when nobody may be told.
    """
    envelope = plan.record.envelope
    if not envelope.reverse_path:
        return None
    origin = derived_origin(plan.record.origin, _purpose(plan))
    hostname = directory.hostname()
    text = _report(plan, body[envelope.return_path_octets :], hostname, origin)
    sender = directory.owner_of(parse_address(envelope.reverse_path))
    if sender is NoUser.UNKNOWN:
        return None
    return_path = b"Return-Path: <>\r\n"
    out = Envelope(
        reverse_path="",
        recipients=(Recipient(envelope.reverse_path),),
        received_at_ms=envelope.received_at_ms,
        client=Client(helo=hostname),
        origin=origin,
        return_path_octets=len(return_path),
    )
    if isinstance(sender, UserRow):
        return _file(out, sender, text, origin)
    return Entry(out, chunks=(return_path, text))


def _file(out: Envelope, sender: UserRow, text: bytes, origin: Origin) -> Filing:
    message = NewMessage(
        body=text,
        size=len(text),
        crc=zlib.crc32(text),
        fragment=structure.render(text),
        internal_date_ms=out.received_at_ms,
        origin=origin,
    )
    return Filing(
        Delivery(UserId(sender.user_id), sender.home, "", message),
        Recipient(out.recipients[0].address, sender.user_id),
        origin,
        msgspec.structs.replace(out, return_path_octets=0),
        chunks=(text,),
    )


def _report(plan: Plan, content: bytes, hostname: str, origin: Origin) -> bytes:
    envelope = plan.record.envelope
    arrived_s = envelope.received_at_ms // 1000
    return dsn.write(
        dsn.Report(
            host=hostname,
            sender=f"mailer-daemon@{hostname}",
            reverse_path=envelope.reverse_path,
            token=f"{origin.journal.hex()}.{origin.number}",
            now_s=arrived_s,
            arrived_s=arrived_s,
            recipients=[
                dsn.RecipientStatus(
                    gone.address,
                    dsn.Action.FAILED,
                    "5.1.1",
                    "the mailbox no longer exists",
                )
                for gone in plan.gone
            ],
            content=content,
        )
    )
