"""Times that the sender set: not before, and not later.

Theory:
    Mail handed in with FUTURERELEASE does not leave before its time. Mail with
    DELIVERBY has another: what is not delivered by then is returned (mode R), or its
    sender is told and tries go on (mode N).

    ::

        before the release        waits; no try
        deadline, R, waiting      FAILED, 5.4.7
        deadline, R, being tried  the same when the try ends unsent
        deadline, N               the sender is told that it is late, once

Rules:
    Pure. Both times are Unix times of reception; a wait is never longer than what was
    asked for then, so a clock that was set back freezes nothing (TRUST D14).

Standards:
    RFC 4865 §4, RFC 2852 §4.
"""

from mailmax.base.envelope import Envelope
from mailmax.policy.outcome import permanent

LATE = permanent("5.4.7", "it could not be delivered by the time that its sender set")


def wait_for_release(envelope: Envelope, now_ms: int) -> float:
    """Return for how many seconds a message may not leave yet; 0: it may."""
    wishes = envelope.wishes
    if wishes is None or not wishes.hold_until_ms:
        return 0.0
    return _wait(wishes.hold_until_ms, envelope.received_at_ms, now_ms)


def wait_for_deadline(envelope: Envelope, now_ms: int) -> float | None:
    """Return in how many seconds a message is late; None: it has no deadline."""
    wishes = envelope.wishes
    if wishes is None or not wishes.deliver_by_ms:
        return None
    return _wait(wishes.deliver_by_ms, envelope.received_at_ms, now_ms)


def is_returned_late(envelope: Envelope) -> bool:
    """Tell whether late mail is returned; else tries go on."""
    return envelope.wishes is not None and envelope.wishes.by_mode.startswith("R")


def _wait(until_ms: int, received_ms: int, now_ms: int) -> float:
    return min(max(until_ms - now_ms, 0), max(until_ms - received_ms, 0)) / 1000
