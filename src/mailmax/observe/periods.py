"""Which log file an event belongs to: a pure function of its moment.

Theory:
    The name of a file holds the period: what is logged after midnight has another
    name, and whoever writes needs no clock of its own to change files. Periods are
    those of the local calendar; a week begins on Sunday, at midnight. An hour that
    comes twice, when clocks are put back, has two names: they hold the distance from
    UTC.

Manual: §4.3.1, §4.4.1, §4.5.2, §4.5.4.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

Rate = Literal["unlimited", "hourly", "daily", "weekly", "monthly"]

_DAYS_IN_WEEK: Final = 7
_FORMS: Final = {
    "unlimited": "",
    "hourly": "-%Y-%m-%dT%H%z",
    "daily": "-%Y-%m-%d",
    "weekly": "-week-%Y-%m-%d",
    "monthly": "-%Y-%m",
}


def name_of(stem: str, rate: Rate, moment: datetime) -> str:
    """Return the name of the file for what happens at a moment.

    Args:
        stem: Of the service: ``smtp-events``.
        rate: How often a new file begins.
        moment: In local time, with its distance from UTC.
    """
    if rate == "weekly":
        since_sunday = moment.isoweekday() % _DAYS_IN_WEEK
        moment -= timedelta(days=since_sunday)  # the calendar's days, not 24 hours
    return f"{stem}{moment.strftime(_FORMS[rate])}.log"


def is_of(stem: str, name: str) -> bool:
    """Tell whether a file is one of those, whatever its period."""
    return name == f"{stem}.log" or (
        name.startswith(f"{stem}-") and name.endswith(".log")
    )
