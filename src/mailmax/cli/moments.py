"""Moments as people read and write them."""

from datetime import UTC, datetime

from mailmax.base.units import DAY_S, HOUR_S, MINUTE_S
from mailmax.settings.field import BadValue

_UNITS = {"m": MINUTE_S, "h": HOUR_S, "d": DAY_S}
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
        text: Minutes, hours or days from now (``30m``, ``12h``, ``30d``), or a local
            date, perhaps with the time.
        now: Unix time.
    """
    return _moment(key, text, now, 1)


def read_past(key: str, text: str, now: float) -> float | BadValue:
    """Return the Unix time that somebody wrote of what has been: 0 for nothing.

    Args:
        key: What it is for.
        text: As of `read_moment`, but that minutes, hours or days are before now.
        now: Unix time.
    """
    return _moment(key, text, now, -1)


def _moment(key: str, text: str, now: float, way: int) -> float | BadValue:
    word = text.strip()
    if not word:
        return 0.0
    span = _span(word)
    if span is not None:
        return now + way * span
    try:
        return datetime.fromisoformat(word).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        return BadValue(
            key,
            f"{word[:40]!r} is no time",
            "give 12h, 30d, 2030-12-31, or 2030-12-31 18:00 in quotes",
        )


def read_span(key: str, text: str) -> float | BadValue:
    """Return the seconds that somebody wrote: 0 for nothing.

    Args:
        key: What it is for.
        text: Minutes, hours or days: ``30m``, ``12h``, ``5d``.
    """
    word = text.strip()
    if not word:
        return 0.0
    span = _span(word)
    if span is None:
        return BadValue(key, f"{word[:40]!r} is no time", "give 30m, 12h or 5d")
    return span


def _span(word: str) -> float | None:
    digits, unit = word[:-1], _UNITS.get(word[-1:])
    is_number = digits.isascii() and digits.isdecimal()
    if unit is None or not is_number or len(digits) > _LONGEST_NUMBER:
        return None
    return float(int(digits) * unit)
