"""When the daily work begins, and when the clock is not to be believed.

Theory:
    The day's work is due from the quiet hour on, for three hours; whoever was off at
    that time every night is not left out for ever: after a day and a half it is due
    at any hour.

    What deletes by age trusts the clock, so a clock that jumped must stop it (TRUST
    M9). A `Mark` notes the wall clock beside the time since the machine started,
    which no setting of the clock moves. While the machine runs, both must have moved
    by the same. Across a start of the machine there is only the wall clock: more than
    a day between two marks may be a machine that was off or a clock that is wrong,
    and a person has to say which.

Rules:
    Moments of the day are naive, in the time zone of the server.
"""

from datetime import datetime, timedelta

import msgspec

from mailmax.base.units import DAY_S

QUIET = timedelta(hours=3)
LATE = timedelta(hours=36)
MOST_S = float(DAY_S)
"""How much the clock may move and still be believed."""


def is_due(now: datetime, hour: int, begun: datetime) -> bool:
    """Tell whether the day's work is to begin.

    Args:
        now: By the server's clock.
        hour: The quiet one, 0 to 23.
        begun: When it began last.
    """
    moment = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    if moment > now:
        moment -= timedelta(days=1)
    return begun < moment and (now - moment < QUIET or now - begun > LATE)


class Mark(msgspec.Struct, frozen=True):
    """What the clocks said at one moment."""

    wall: float
    """Unix time."""
    boot: str
    """Names the start of the machine."""
    uptime: float
    """Seconds since then, those of sleep too."""
    drift: float = 0.0
    """By how many seconds the wall clock was moved since the last run."""


def drift(then: Mark, now: Mark) -> float:
    """Return by how many seconds the wall clock was moved since the last run.

    Args:
        then: The last moment that was looked at.
        now: What the clocks say.
    """
    moved = now.wall - then.wall
    if now.boot == then.boot:
        return then.drift + moved - (now.uptime - then.uptime)
    return then.drift + (moved if abs(moved) > MOST_S else 0.0)


def clock_trouble(then: Mark, now: Mark) -> str:
    """Say in words why the clock is not believed; empty when it is.

    Args:
        then: The last moment that was looked at.
        now: What the clocks say.
    """
    moved = drift(then, now)
    if abs(moved) <= MOST_S:
        return ""
    was_off = now.boot != then.boot
    words = (
        "the computer was off, or its clock was set"
        if was_off
        else ("the clock was set")
    )
    way = "forward" if moved > 0 else "back"
    return f"{words}: {abs(moved) / DAY_S:.1f} days {way}"
