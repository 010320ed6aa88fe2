"""Moments as people read them."""

from datetime import UTC, datetime


def shown_moment(seconds: float) -> str:
    """Return a Unix time in local time; nothing for 0."""
    if not seconds:
        return ""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%F %T")
