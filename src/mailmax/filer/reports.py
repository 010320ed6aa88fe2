"""Reports to the sender: of recipients who are gone, and of copies that do not fit.

Theory:
    Mail may have been accepted for a user who was deleted since; a forward may lead
    to nobody, or to a box that is full. The sender is told as of any recipient
    (DESIGN 3.5), once for each message and reason.

Standards:
    RFC 3464 (the report), RFC 3463 §3.2, §3.3 (5.1.1, 5.2.1, 5.2.2). A null
    reverse-path is never answered (RFC 5321 §4.5.5).
"""

from collections.abc import Iterable, Sequence

from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.units import KIB
from mailmax.filer import own_mail
from mailmax.filer.directory import Directory
from mailmax.filer.expansion import Failed
from mailmax.filer.own_mail import Letter, derived_origin
from mailmax.filer.workflow import Filing, Plan
from mailmax.message import dsn
from mailmax.store.spool.port import Record

_NO_ROOM = "5.2.2"
_HEAD_OCTETS = 64 * KIB
"""More of a message is not looked at: a report has its header (TRUST K9)."""


def report(
    failed: Sequence[Failed],
    record: Record,
    body: bytes | memoryview,
    directory: Directory,
) -> Plan:
    """Tell the sender of a record of recipients that failed; nothing if none may be."""
    head = bytes(body[:_HEAD_OCTETS])
    return _tell(failed, record.envelope, record.origin, head, directory)


def refused(filing: Filing, directory: Directory) -> Plan:
    """Answer for a copy that a full box refused: to the sender, and who forwarded it.

    Who would have discarded the own copy gets it now (DECISIONS 31).
    """
    address = filing.recipient.address
    why = Failed(address, _NO_ROOM, "it was forwarded there; the mailbox is full")
    body = filing.delivery.message.body
    pieces = (body,) if isinstance(body, bytes | memoryview) else body
    plan = _tell([why], filing.envelope, filing.origin, _head_of(pieces), directory)
    plan.filings += filing.instead
    plan.is_follow_up = True
    return plan


def _head_of(pieces: Iterable[bytes | memoryview]) -> bytes:
    """Return the first octets of a body that comes in pieces."""
    head = bytearray()
    for piece in pieces:
        head += piece[: _HEAD_OCTETS - len(head)]
        if len(head) >= _HEAD_OCTETS:
            break
    return bytes(head)


def _tell(
    failed: Sequence[Failed],
    envelope: Envelope,
    origin: Origin,
    head: bytes,
    directory: Directory,
) -> Plan:
    if not envelope.reverse_path or not failed:
        return Plan()
    name = derived_origin(origin, _purpose(envelope, failed))
    text = _write(failed, envelope, head, directory.hostname(), name)
    letter = Letter(text, name, envelope.received_at_ms)
    return own_mail.post(letter, envelope.reverse_path, directory)


def _purpose(envelope: Envelope, failed: Sequence[Failed]) -> bytes:
    """Tell one report of a message from another, and one round from the next.

    A delivery that is tried again comes back in rounds (`base.again`).
    """
    if failed[0].status == _NO_ROOM:
        return f"returned full {failed[0].address}".encode()
    if not envelope.step:
        return b"returned"
    users = " ".join(map(_named, envelope.recipients))
    return f"returned {envelope.step} {users}".encode()


def _named(recipient: Recipient) -> str:
    """Name a recipient: one that is no user of ours by its address."""
    name = recipient.user_id or recipient.address
    return f"{name} {recipient.folder}"


def _write(
    failed: Sequence[Failed],
    envelope: Envelope,
    head: bytes,
    hostname: str,
    name: Origin,
) -> bytes:
    arrived_s = envelope.received_at_ms // 1000
    return dsn.write(
        dsn.Report(
            host=hostname,
            sender=f"mailer-daemon@{hostname}",
            reverse_path=envelope.reverse_path,
            token=f"{name.journal.hex()}.{name.number}",
            now_s=arrived_s,
            arrived_s=arrived_s,
            recipients=[
                dsn.RecipientStatus(
                    one.address, dsn.Action.FAILED, one.status, one.reason
                )
                for one in failed
            ],
            content=head[envelope.return_path_octets :],
        )
    )
