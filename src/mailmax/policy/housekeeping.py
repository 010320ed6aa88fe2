"""Which messages and which users are too old.

Theory:
    *Messages by age* are judged by INTERNALDATE: when mail came here, or what the
    client said that put it here. Every mailbox counts, seen mail or not: a postmaster
    who sets a number of days promises that nothing older is kept. Two things a user
    has said "keep" of are spared unless the postmaster says otherwise: what is
    flagged, and drafts (by flag, or because they lie in the mailbox for drafts).

    *Users by age* are those who did not log in for so long; who never did counts from
    the day of creation. An account that somebody relies on without logging in is
    spared: see `why_spared`.

Rules:
    0 days: nothing is ever too old. A date in the future is not old.

Manual: 4.1, 6.2, 7.1; DECISIONS 21.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mailmax.base.units import DAY_S

_FLAGGED = 4
_DRAFT = 16
_KEPT = bytes(bool(value & (_FLAGGED | _DRAFT)) for value in range(256))


def begin_of_new(now: float, days: int) -> float:
    """Return the moment from which on things are not too old.

    Args:
        now: Unix time.
        days: How long things are kept; 0: for ever.
    """
    return now - days * DAY_S if days else float("-inf")


def old_messages(
    dates_ms: Sequence[int], flags: bytearray, begin: float, *, spare: bool
) -> list[int]:
    """Return the positions of messages that are too old.

    Args:
        dates_ms: INTERNALDATE of each, Unix milliseconds.
        flags: System flags of each, one octet a message (RFC 3501 §2.3.2).
        begin: Of what is not too old (`begin_of_new`).
        spare: Leave out what is flagged, and drafts.
    """
    limit = begin * 1000
    old = [place for place, date in enumerate(dates_ms) if date < limit]
    if not spare:
        return old
    kept = flags.translate(_KEPT)
    return [place for place in old if not kept[place]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is to know of a user who may be too old."""

    kind: str
    """normal, disabled or trap."""
    made_at: float
    last_login_at: float
    """0: never."""
    is_postmaster: bool = False
    is_administrator: bool = False
    is_pointed_to: bool = False
    """A catch-all, monitor or forward leads there."""
    forwards: bool = False
    is_here: bool = False
    """A session is open just now, however long ago it began."""


def is_idle(user: Standing, begin: float) -> bool:
    """Tell whether a user did not log in for too long.

    Args:
        user: Who.
        begin: Of what is not too long ago (`begin_of_new`).
    """
    return max(user.made_at, user.last_login_at) < begin


def why_spared(user: Standing) -> str:
    """Say why a user stays, however idle; empty: nothing speaks for that.

    Args:
        user: Who.
    """
    reasons = (
        (user.is_here, "is logged in"),
        (user.is_administrator, "is an administrator"),
        (user.is_postmaster, "is a postmaster"),
        (user.kind == "trap", "is a trap"),
        # Nobody can log in there because an administrator said so, who decides.
        (user.kind == "disabled", "is disabled"),
        (user.is_pointed_to, "gets what others pass on"),
        (user.forwards, "forwards"),
    )
    return next((words for holds, words in reasons if holds), "")
