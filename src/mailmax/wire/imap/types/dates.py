"""Dates as IMAP writes them, to Unix time.

Theory:
    APPEND gives a whole date with a zone; SEARCH gives days. A day is the number of
    days since 1970, so that comparing disregards time and zone (RFC 3501 §6.4.4).

Standards:
    RFC 3501 §9 date, date-time.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from mailmax.wire.imap.types.malformed import Malformed

_MONTHS = {
    name: number
    for number, name in enumerate(
        (
            b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN",
            b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC",
        ),
        1,
    )
}  # fmt: skip
_EPOCH = date(1970, 1, 1).toordinal()

# date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
_DATE_TIME = re.compile(
    rb"([ 0-9][0-9])-([A-Za-z]{3})-([0-9]{4}) "
    rb"([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"
)
# date-text = date-day "-" date-month "-" date-year
_DATE = re.compile(rb"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})")


def parse_date_time(text: bytes) -> int:
    """Return Unix milliseconds of a date-time (without its quotes).

    Raises:
        Malformed: It is none, or no such day.
    """
    found = _DATE_TIME.fullmatch(text)
    if not found:
        raise Malformed("invalid date-time")
    sign = 1 if found[7] == b"+" else -1
    zone = sign * (int(found[8]) * 60 + int(found[9]))
    try:
        at = datetime(
            int(found[3]),
            _month(found[2]),
            int(found[1]),
            int(found[4]),
            int(found[5]),
            min(int(found[6]), 59),  # a leap second is no reason to refuse mail
            tzinfo=timezone(timedelta(minutes=zone)),
        )
        return int(at.astimezone(UTC).timestamp()) * 1000
    except (ValueError, OverflowError):
        raise Malformed("no such date") from None


def parse_day(text: bytes) -> int:
    """Return days since 1970 of a date (without its quotes).

    Raises:
        Malformed: It is none, or no such day.
    """
    found = _DATE.fullmatch(text)
    if not found:
        raise Malformed("invalid date")
    try:
        day = date(int(found[3]), _month(found[2]), int(found[1]))
    except ValueError:
        raise Malformed("no such date") from None
    return day.toordinal() - _EPOCH


def _month(name: bytes) -> int:
    number = _MONTHS.get(name.upper())
    if number is None:
        raise Malformed("no such month")
    return number
