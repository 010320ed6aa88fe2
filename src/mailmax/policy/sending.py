"""How much one user may send in one day.

Theory:
    The day is the server's. A message is counted once, whoever and how many it is
    for: before it is taken, when the user hands it in; when it leaves, where the
    user's forwards send it on. One that would pass a limit is put off, not refused:
    the next day is a good time to try.

Rules:
    A count of a day that lies ahead is today's: the clock was wrong, and turning it
    back frees nobody. It holds no longer than today, so that a clock that was years
    ahead keeps nobody from sending for years (TRUST D14): who refuses by such a count
    has it written down as today's (`Sent.on`), or it would be today's each morning.
    Tomorrow's stays tomorrow's: another computer's midnight comes a little earlier.

Manual: 7.1.
"""

from dataclasses import dataclass
from datetime import UTC, datetime


def day_of(moment: float) -> int:
    """Return the server's day (`datetime.date.toordinal`) of a moment in Unix time."""
    return datetime.fromtimestamp(moment, UTC).astimezone().date().toordinal()


@dataclass(frozen=True, slots=True)
class Sent:
    """What a user has sent on a day."""

    day: int
    """As `day_of` counts."""
    messages: int = 0
    octets: int = 0

    def lies_ahead(self, today: int) -> bool:
        """Tell whether its day can only be a clock's mistake."""
        return self.day > today + 1

    def on(self, today: int) -> "Sent":
        """Return what of it counts today."""
        if today <= self.day <= today + 1:
            return self
        if self.day < today:
            return Sent(today)
        return Sent(today, self.messages, self.octets)

    def plus(self, messages: int, octets: int) -> "Sent":
        """Return what has been sent with some more."""
        return Sent(self.day, self.messages + messages, self.octets + octets)


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
        sent: So far, on whatever day.
        today: The day.
        octets: Size of the message.
        limits: Of the user.
    """
    after = sent.on(today).plus(1, octets)
    too_many = 0 < limits.messages < after.messages
    too_much = 0 < limits.octets < after.octets
    return None if too_many or too_much else after
