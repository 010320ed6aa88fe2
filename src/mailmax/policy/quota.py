"""Is there room in a box, and how large may a message be?

Theory:
    A box is full when what is in it, what is on its way to it, and the message at
    hand come to more than its limit. A limit of 0 is none (DECISIONS 5). The hard
    ceiling for one message stands above every setting (TRUST 3). A box is nearly full
    when less than a threshold is left.

Manual: 4.1, 7.3.
"""

from mailmax.base.result import Accepted, Decision, Reason, Refusal
from mailmax.base.units import GIB, MIB

MESSAGE_CEILING_OCTETS = GIB

_YES = Accepted()
_FULL = Refusal(Reason.MAILBOX_FULL)


def fits_box(limit_octets: int, held_octets: int, message_octets: int) -> Decision:
    """Decide whether a box takes a message.

    Args:
        limit_octets: Of the box; 0 is no limit.
        held_octets: What is in it and on its way to it.
        message_octets: 0 when it is not known yet: a box that is full already is
            full even for that.
    """
    if not limit_octets:
        return _YES
    return _YES if held_octets + max(message_octets, 1) <= limit_octets else _FULL


def is_nearly_full(
    limit_octets: int, held_octets: int, measure: str, threshold: int
) -> bool:
    """Tell whether a user should know that little room is left.

    Args:
        limit_octets: Of the box; 0 is no limit.
        held_octets: What is in it.
        measure: ``percent`` (of the limit), ``megabytes``, or ``none``.
        threshold: In that measure.
    """
    left = limit_octets - held_octets
    if not limit_octets:
        return False
    if measure == "percent":
        return left * 100 < limit_octets * threshold
    return measure == "megabytes" and left < threshold * MIB


def effective_limit(system_octets: int, own_octets: int = 0) -> int:
    """Return the largest message: one's own limit where there is one."""
    limit = own_octets or system_octets or MESSAGE_CEILING_OCTETS
    return min(limit, MESSAGE_CEILING_OCTETS)
