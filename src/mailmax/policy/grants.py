"""What a sender asks of all who pass its message on: how much of it is granted.

Theory:
    A hold is granted within the longest time that is set, to those whom it is offered
    to. A priority above the usual is a right of those who are known or trusted; that
    of others becomes the usual one, and they are told. Nobody needs a right to be
    served later.

    One user may be named twice, by two names, and gets one copy. What the sender wants
    to hear of each name is put together then, so that no report that was asked for is
    left out (`merge`).

Standards:
    RFC 4865 §4 (hold), RFC 2852 §4 (deliver by), RFC 6710 §4.1 (priority), RFC 3461
    §4.1, §5.2 (notices).
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from mailmax.base.envelope import Recipient
from mailmax.base.result import Accepted, Decision, Deferral, Reason, Refusal
from mailmax.policy.notification import Event, wants

MOST_SUCCESSES: Final = 20

_YES = Accepted()
_TOO_MANY = Deferral(Reason.TOO_MANY_RECIPIENTS)
_TOO_LONG = Refusal(Reason.HOLD_TOO_LONG)
_IN_VAIN = Refusal(Reason.HOLD_TOO_LONG, "It is to be there before it may leave")
_ORDER = ("SUCCESS", "FAILURE", "DELAY")
_UNSAID = frozenset({"FAILURE", "DELAY"})
"""What a sender hears of who did not say (RFC 3461 §4.1)."""


def judge_hold(hold_s: float, longest_s: int, by_s: int, by_mode: str) -> Decision:
    """Decide whether a message may be held that long.

    Args:
        hold_s: From now on.
        longest_s: As it is set.
        by_s: From now on: until when it is to be there.
        by_mode: R: it is of no use afterwards.
    """
    if hold_s > longest_s:
        return _TOO_LONG
    return _IN_VAIN if by_mode.startswith("R") and by_s <= hold_s else _YES


def grant_priority(priority: int, *, is_ours: bool) -> int:
    """Return the priority that a message gets."""
    return priority if is_ours else min(priority, 0)


def judge_notices(
    recipient: Recipient, before: Iterable[Recipient], *, is_ours: bool
) -> Decision:
    """Decide whether one more recipient may be reported on as asked.

    Args:
        recipient: The one.
        before: Those of the message until now.
        is_ours: The client is known, trusted or a member of the cluster.
    """
    if is_ours or not wants(recipient, Event.SUCCESS):
        return _YES
    asking = sum(wants(one, Event.SUCCESS) for one in before)
    return _TOO_MANY if asking >= MOST_SUCCESSES else _YES


def merge(first: Recipient, second: Recipient) -> Recipient:
    """Return one recipient for two names of the same user.

    The first name stays, unless nothing was to be heard of it and something of the
    other.
    """
    if second.notify in (first.notify, "NEVER"):
        return first
    if first.notify == "NEVER":
        return second
    wanted = _words(first.notify) | _words(second.notify)
    words = ",".join(word for word in _ORDER if word in wanted)
    return msgspec.structs.replace(first, notify=words)


def _words(notify: str) -> frozenset[str]:
    return frozenset(notify.split(",")) if notify else _UNSAID
