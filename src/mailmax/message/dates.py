"""Dates of mail: RFC 5322 fields, both ways.

Theory:
    Days are counted by arithmetic on the proleptic Gregorian calendar, so that no
    library with opinions on years or zones stands between octets and a number.

Rules:
    A date that makes no sense is None; never an exception (TRUST D-5). Digits are
    counted before they become numbers.

Standards:
    RFC 5322 §3.3, §4.3 (obsolete: two-digit years, named zones).
"""

import re

_MONTHS = b"jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = {name: number for number, name in enumerate(_MONTHS, 1)}
_MONTH_NAMES = [name.decode().title() for name in _MONTHS]
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ZONE_HOURS = {
    **dict.fromkeys((b"ut", b"utc", b"gmt", b"z"), 0),
    **dict(zip((b"edt", b"est", b"cdt", b"cst"), (-4, -5, -5, -6), strict=True)),
    **dict(zip((b"mdt", b"mst", b"pdt", b"pst"), (-6, -7, -7, -8), strict=True)),
}
_YEAR_LIMIT = 9999
_EPOCH_DAYS = 719_468
"""From 1 March of year 0 to 1 January 1970."""

_DATE = re.compile(
    rb"\s*+(?:[A-Za-z]{3,9}[.,]?+\s*+,?+\s*+)?+"
    rb"(\d{1,2})[\s-]++([A-Za-z]{3})[A-Za-z]*+[\s.,-]++(\d{2,4})[\s,]++"
    rb"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?+[\d.]*+\s*+"
    rb"(?:([+-])(\d{2}):?+(\d{2})|([A-Za-z]{1,5}))?+(?!\d)"
)
_COMMENT = re.compile(rb"\([^()]*+\)")


def days_of(year: int, month: int, day: int) -> int:
    """Return days from 1 January 1970 to a date of the Gregorian calendar."""
    year -= month <= 2
    era_year = year % 400
    year_day = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    era_day = era_year * 365 + era_year // 4 - era_year // 100 + year_day
    return year // 400 * 146_097 + era_day - _EPOCH_DAYS


def date_of(days: int) -> tuple[int, int, int]:
    """Return (year, month, day) of a number of days since 1 January 1970."""
    era, era_day = divmod(days + _EPOCH_DAYS, 146_097)
    era_year = (
        era_day - era_day // 1460 + era_day // 36_524 - era_day // 146_096
    ) // 365
    year_day = era_day - (365 * era_year + era_year // 4 - era_year // 100)
    shifted = (5 * year_day + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return (
        era * 400 + era_year + (month <= 2),
        month,
        year_day - (153 * shifted + 2) // 5 + 1,
    )


def parse(value: bytes) -> int | None:
    """Return Unix seconds of an RFC 5322 date; None when it is none.

    Obsolete years follow RFC 5322 §4.3: 00-49 are 20xx, the rest below 1000 19xx.
    An unknown zone is read as UTC.
    """
    if b"(" in value:
        value = _COMMENT.sub(b" ", value[:1000])
    found = _DATE.match(value)
    if found is None:
        return None
    year = int(found[3])
    if len(found[3]) < 4:
        year += 2000 if year < 50 and len(found[3]) == 2 else 1900
    if found[7]:
        zone = _zone(found[7], found[8], found[9])
    else:
        zone = _ZONE_HOURS.get((found[10] or b"").lower(), 0) * 60
    clock = (int(found[4]), int(found[5]), int(found[6] or 0))
    return _seconds((year, found[2], int(found[1])), clock, zone)


def _zone(sign: bytes, hours: bytes, minutes: bytes) -> int | None:
    offset = int(hours) * 60 + int(minutes)
    if int(hours) > 23 or int(minutes) > 59:
        return None
    return -offset if sign == b"-" else offset


def _seconds(
    date: tuple[int, bytes, int], clock: tuple[int, int, int], zone: int | None
) -> int | None:
    year, name, day = date
    month = _MONTH.get(name.lower())
    if month is None or zone is None or not 1 <= year <= _YEAR_LIMIT:
        return None
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= (28 if month == 2 and not leap else _MONTH_DAYS[month - 1]):
        return None
    hour, minute, second = clock
    if hour > 23 or minute > 59 or second > 60:
        return None
    return (
        days_of(year, month, day) * 86_400
        + hour * 3600
        + minute * 60
        + second
        - (zone * 60)
    )


_FIRST_DAY = days_of(1, 1, 1)
_LAST_DAY = days_of(_YEAR_LIMIT, 12, 31)


def _split(seconds: int) -> tuple[int, int]:
    days, rest = divmod(seconds, 86_400)
    if days < _FIRST_DAY:
        return _FIRST_DAY, 0
    return (_LAST_DAY, 86_399) if days > _LAST_DAY else (days, rest)


def format_rfc5322(unix_s: int, zone_minutes: int = 0) -> bytes:
    """Write a date-time for a header field (RFC 5322 §3.3)."""
    zone_minutes = max(-1439, min(1439, zone_minutes))
    days, rest = _split(unix_s + zone_minutes * 60)
    year, month, day = date_of(days)
    hour, rest = divmod(rest, 3600)
    minute, second = divmod(rest, 60)
    sign = "-" if zone_minutes < 0 else "+"
    zone_hours, zone_rest = divmod(abs(zone_minutes), 60)
    return (
        f"{_DAY_NAMES[(days + 3) % 7]}, {day:02d} {_MONTH_NAMES[month - 1]} {year:04d} "
        f"{hour:02d}:{minute:02d}:{second:02d} {sign}{zone_hours:02d}{zone_rest:02d}"
    ).encode()
