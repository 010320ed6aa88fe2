"""Moments as people read and write them."""

from datetime import UTC, datetime

from mailmax.base.units import DAY_S, HOUR_S
from mailmax.settings.field import BadValue

_UNITS = {"h": HOUR_S, "d": DAY_S}
_LONGEST_NUMBER = 6


def shown_moment(seconds: float) -> str:
    """Return a Unix time in local time; nothing for 0."""
    if not seconds:
        return ""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%F %T")


def read_moment(key: str, text: str, now: float) -> float | BadValue:
    """Return the Unix time that somebody wrote: 0 for nothing.

    Args:
        key: What it is for.
        text: Hours or days from now (``12h``, ``30d``), or a local date, perhaps with
            the time.
        now: Unix time.
    """
    word = text.strip()
    if not word:
        return 0.0
    digits, unit = word[:-1], _UNITS.get(word[-1:])
    if unit and digits.isascii() and digits.isdecimal():
        if len(digits) <= _LONGEST_NUMBER:
            return now + int(digits) * unit
    else:
        try:
            return datetime.fromisoformat(word).astimezone().timestamp()
        except (ValueError, OverflowError, OSError):
            pass
    return BadValue(
        key,
        f"{word[:40]!r} is no time",
        "give 12h, 30d, 2030-12-31, or 2030-12-31 18:00 in quotes",
    )
