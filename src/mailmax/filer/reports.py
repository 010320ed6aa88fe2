"""Reports to the sender: of what failed here, and of what was asked for.

Theory:
    Mail may have been accepted for a user who was deleted since; a forward may lead
    to nobody, or to a box that is full. The sender is told as of any recipient
    (DESIGN 3.5), once for each message and reason, if NOTIFY does not say otherwise
    (`policy.notification`). What is asked of a forward is said in `policy.forwarding`.

    Who asked for SUCCESS is told ``delivered`` when the message was filed, and
    ``expanded`` when it is handed on to several. The name of each such report is made
    of origin and recipient, so it is made once whatever is replayed: the message lies
    synced in the journal until the mailbox is, so nothing that was told is undone.

Rules:
    A null reverse-path is never answered (RFC 5321 §4.5.5), whoever asks for it.
    A forward that a full box refused is reported as failed or its copy is reported as
    delivered, never both.

Standards:
    RFC 3464 (the report), RFC 3463 §3.2, §3.3 (5.1.1, 5.2.1, 5.2.2), RFC 3461 §5.2.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from mailmax.base.envelope import Envelope, Origin, Recipient, Wishes
from mailmax.base.units import KIB
from mailmax.filer import own_mail
from mailmax.filer.directory import Directory
from mailmax.filer.expansion import Failed
from mailmax.filer.own_mail import Letter
from mailmax.filer.whole import derived_origin
from mailmax.filer.workflow import Filing, Plan
from mailmax.message.dsn.report import Action, RecipientStatus, Report
from mailmax.message.dsn.write import write
from mailmax.policy.notification import Event, wants, without_success
from mailmax.store.spool.port import Record

_NO_ROOM = "5.2.2"
_HEAD_OCTETS = 64 * KIB
"""More of a message is not looked at (TRUST K9)."""


class Case(NamedTuple):
    """A message that is reported on."""

    envelope: Envelope
    origin: Origin
    head: bytes
    """Its first octets."""


def case_of_record(record: Record, body: bytes | memoryview) -> Case:
    """Return what a report on a record is about."""
    return Case(record.envelope, record.origin, bytes(body[:_HEAD_OCTETS]))


def case_of_filing(filing: Filing) -> Case:
    """Return what a report on a user's copy is about."""
    body = filing.delivery.message.body
    pieces = (body,) if isinstance(body, bytes | memoryview) else body
    return Case(filing.envelope, filing.origin, _head_of(pieces))


def failed(found: Sequence[Failed], case: Case, directory: Directory) -> Plan:
    """Tell the sender of recipients that failed; nothing if none may be told."""
    told = [one for one in found if wants(one.recipient, Event.FAILURE)]
    if not case.envelope.reverse_path or not told:
        return Plan()
    name = derived_origin(case.origin, purpose_of(told, case.envelope))
    return _post(name, [status_of(one) for one in told], case, directory)


def full(filing: Filing) -> Failed:
    """Say why a copy was refused."""
    why = "it was forwarded there; the mailbox is full"
    return Failed(filing.recipient, _NO_ROOM, why)


def refused(filing: Filing, directory: Directory) -> Plan:
    """Answer for a copy that a full box refused: to the sender, and who forwarded it.

    Who would have discarded the own copy gets it now (DECISIONS 31).
    """
    plan = failed([full(filing)], case_of_filing(filing), directory)
    is_told = wants(filing.recipient, Event.FAILURE)
    for one in filing.instead:
        asked = without_success(one.recipient) if is_told else one.recipient
        plan.filings.append(msgspec.structs.replace(one, recipient=asked))
    plan.is_follow_up = True
    return plan


def expanded(asking: Sequence[Recipient], case: Case, directory: Directory) -> Plan:
    """Tell the sender that mail is sent on to several addresses."""
    plan = Plan()
    for one in asking:
        plan.add(_good_news(one, Action.EXPANDED, case, directory))
    return plan


def delivered(filing: Filing, directory: Directory) -> Plan:
    """Tell the sender that a message was filed, for each recipient that asks."""
    plan = Plan(is_follow_up=True)
    case = case_of_filing(filing)
    for one in filing.asking:
        plan.add(_good_news(one, Action.DELIVERED, case, directory))
    return plan


def purpose_of(found: Sequence[Failed], envelope: Envelope) -> bytes:
    """Tell one report of a message from another, and one round from the next.

    A delivery that is tried again comes back in rounds (`base.again`).
    """
    if found[0].status == _NO_ROOM:
        return f"returned full {found[0].recipient.address}".encode()
    if not envelope.step:
        return b"returned"
    users = " ".join(map(_named, envelope.recipients))
    return f"returned {envelope.step} {users}".encode()


def status_of(one: Failed) -> RecipientStatus:
    """Return what a report says of a recipient that failed."""
    return RecipientStatus(
        one.recipient.address,
        Action.FAILED,
        one.status,
        one.reason,
        original=one.recipient.original,
    )


def compose(
    name: Origin,
    recipients: Sequence[RecipientStatus],
    case: Case,
    hostname: str,
) -> Report:
    """Return a report as it goes to the sender."""
    envelope = case.envelope
    arrived_s = envelope.received_at_ms // 1000
    wishes = envelope.wishes or Wishes()
    return Report(
        host=hostname,
        sender=f"mailer-daemon@{hostname}",
        reverse_path=envelope.reverse_path,
        token=f"{name.journal.hex()}.{name.number}",
        now_s=arrived_s,
        arrived_s=arrived_s,
        recipients=recipients,
        content=case.head[envelope.return_path_octets :],
        envelope_id=wishes.envelope_id,
        return_full=wishes.returns == "FULL" and len(case.head) < _HEAD_OCTETS,
    )


# Inside


def _head_of(pieces: Iterable[bytes | memoryview]) -> bytes:
    """Return the first octets of a body that comes in pieces."""
    head = bytearray()
    for piece in pieces:
        head += piece[: _HEAD_OCTETS - len(head)]
        if len(head) >= _HEAD_OCTETS:
            break
    return bytes(head)


def _good_news(
    recipient: Recipient, action: Action, case: Case, directory: Directory
) -> Plan:
    purpose = f"{action.value} {recipient.address}"
    name = derived_origin(case.origin, purpose.encode("utf-8", "surrogateescape"))
    status = RecipientStatus(
        recipient.address, action, "2.0.0", original=recipient.original
    )
    return _post(name, [status], case, directory)


def _post(
    name: Origin,
    recipients: Sequence[RecipientStatus],
    case: Case,
    directory: Directory,
) -> Plan:
    report = compose(name, recipients, case, directory.hostname())
    letter = Letter(write(report), name, case.envelope.received_at_ms)
    return own_mail.post(letter, report.reverse_path, directory)


def _named(recipient: Recipient) -> str:
    """Name a recipient: one that is no user of ours by its address."""
    name = recipient.user_id or recipient.address
    return f"{name} {recipient.folder}"
