"""How much one user may send in one day.

Theory:
    The day is the server's. A message is counted once, whoever and how many it is
    for, before it is taken; one that would pass a limit is put off, not refused: the
    next day is a good time to try.

Manual: 7.1.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """What a user has sent on a day."""

    day: int
    """`datetime.date.toordinal`."""
    messages: int = 0
    octets: int = 0


@dataclass(frozen=True, slots=True)
class DailyLimits:
    """What a user may send in a day; 0 is no limit."""

    messages: int = 0
    octets: int = 0


def count_message(
    sent: Sent, today: int, octets: int, limits: DailyLimits
) -> Sent | None:
    """Return what has been sent with one message more; None when it is too much.

    Args:
        sent: So far, today or on a day before. A day that lies ahead (the clock was
            wrong) counts as today, so that turning the clock frees nobody.
        today: The day.
        octets: Size of the message.
        limits: Of the user.
    """
    before = sent if sent.day >= today else Sent(today)
    after = Sent(before.day, before.messages + 1, before.octets + octets)
    too_many = 0 < limits.messages < after.messages
    too_much = 0 < limits.octets < after.octets
    return None if too_many or too_much else after
