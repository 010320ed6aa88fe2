"""Mail that is not to leave before its time: its way through the filer (RFC 4865).

Theory:
    Nothing in a journal waits (DESIGN 3), so such a message goes to the queue as a
    whole, its recipients here among the others, and QueueMax keeps it back. When the
    time has come it sends to those elsewhere, and gives the filer what is to be filed
    here (`base.homeward`). Only then forwards are followed, answers written, notices
    given. ::

        SMTPMax    hold in the envelope
        filer      to filer.0, recipients by their addresses alone; monitors get their
                   copies now: they watch what is handed in
        QueueMax   waits, then sends, or gives home
        filer      "homeward 1": files as if it came now; "again 1": it was stuck then

Rules:
    The clock is not asked here: a record has the same plan whenever it is planned, and
    what is due already QueueMax lets go at once.
"""

import msgspec

from mailmax.base.envelope import Envelope, Origin, Recipient


def is_due_later(envelope: Envelope) -> bool:
    """Tell whether a message is to be kept back, and comes for the first time."""
    return _has_hold(envelope) and not envelope.step


def was_kept_back(envelope: Envelope) -> bool:
    """Tell whether a message was, and its time has come."""
    return _has_hold(envelope) and bool(envelope.step)


def for_the_queue(envelope: Envelope, origin: Origin) -> Envelope:
    """Return the envelope of the whole message, for all of its recipients."""
    named = tuple(
        Recipient(one.address, notify=one.notify, original=one.original)
        for one in envelope.recipients
    )
    return msgspec.structs.replace(envelope, recipients=named, origin=origin)


def without_hold(envelope: Envelope) -> Envelope:
    """Return an envelope that is kept back no more."""
    if envelope.wishes is None or not _has_hold(envelope):
        return envelope
    wishes = msgspec.structs.replace(envelope.wishes, hold_until_ms=0)
    return msgspec.structs.replace(envelope, wishes=wishes)


def _has_hold(envelope: Envelope) -> bool:
    return envelope.wishes is not None and envelope.wishes.hold_until_ms > 0
