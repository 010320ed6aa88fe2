"""Is a recipient refused by the server that its mail is for? What an answer means.

Theory:
    Of the answers to RCPT (after MAIL FROM:<>) only one that says that there is no
    such recipient is a no of our own; whatever else it is, mail is taken, and the
    queue finds out::

        5yz with 5.1.x about the recipient, 5.2.0 or 5.2.1   there is none
        550 with 5.4.1                                       there is none
        550, 551, 553 that say nothing more (none, 5.0.0)    there is none
        any other 5yz: 5.2.2 full, 5.7.z policy, 554 …       not known
        4yz, and answers out of order                        not known

    5.1.7 and 5.1.8 are about the sender; 5.7.z is about us. 5.4.1 is what a widely
    used mail host says of users that it does not have.

Limits:
    `TokenBucket`: as many questions at once as its burst, then so many a second.

Standards:
    RFC 5321 §4.2.2, §4.3.2; RFC 3463 §3; RFC 7505 §4.2 (5.1.10).
"""

from typing import Final

from mailmax.policy.outcome import Outcome, Result

CHECKED_KINDS: Final = frozenset({"backup", "relay"})
"""Domains whose better server is there, usually; ETRN is for those that are not."""
_NOBODY: Final = frozenset(
    {
        *("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"),
        *("5.2.0", "5.2.1"),
    }
)
_SAYS_NO_MORE: Final = "5.0.0"
_NOBODY_BY_CODE: Final = frozenset({550, 551, 553})
_ACCESS_DENIED: Final = (550, "5.4.1")


def refuses_recipient(outcome: Outcome) -> bool:
    """Tell whether the answer to RCPT says that there is no such recipient."""
    if outcome.result is not Result.PERMANENT or not outcome.code:
        return False
    if (outcome.code, outcome.status) == _ACCESS_DENIED:
        return True
    if outcome.status == _SAYS_NO_MORE:
        return outcome.code in _NOBODY_BY_CODE
    return outcome.status in _NOBODY


class TokenBucket:
    """A bucket of tokens that fills itself; the caller gives the (monotonic) time."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, burst: float, per_s: float) -> None:
        """Begin with all of it.

        Args:
            burst: How much there is at most.
            per_s: How much comes back in a second.
        """
        self._burst = burst
        self._per_s = per_s
        self._left = burst
        self._at = float("-inf")

    def take(self, now: float) -> bool:
        """Take one; False: there is none now."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
