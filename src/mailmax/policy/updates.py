"""When the virus definitions are to be updated (manual 3.3).

Theory:
    Daily at a time of the server's clock, every so many hours, both or neither. What
    was missed while nobody looked is done once, not several times.

Rules:
    A clock that was put back makes nobody wait for more than it says: what was done
    "in the future" counts as done now.

Manual: 3.3.
"""

from dataclasses import dataclass

from mailmax.base.units import DAY_S, HOUR_S


@dataclass(frozen=True, slots=True)
class UpdateTimes:
    """What is set."""

    daily_at_s: int | None = None
    """Seconds after midnight; None: not daily."""
    every_hours: int = 0
    """0: not by hours."""

    @property
    def are_set(self) -> bool:
        """It will ever be due."""
        return self.daily_at_s is not None or self.every_hours > 0


def is_due(times: UpdateTimes, last: float, now: float, second_of_day: int) -> bool:
    """Tell whether it is time.

    Args:
        times: What is set.
        last: Unix time of the last update, or of the start.
        now: Unix time.
        second_of_day: The same on the server's clock.
    """
    last = min(last, now)
    if times.every_hours and now - last >= times.every_hours * HOUR_S:
        return True
    if times.daily_at_s is None:
        return False
    since = (second_of_day - times.daily_at_s) % DAY_S
    return now - since > last
