"""Dates, both ways."""

import datetime as dt
from email.utils import parsedate_to_datetime  # noqa: TID251 - the oracle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.message import dates

_MOMENTS = st.integers(-62_135_596_800, 253_402_300_799)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Thu, 01 Jan 1970 00:00:00 +0000", 0),
        (b"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)", 837_595_405),
        (b"21 Nov 97 09:55:06 GMT", 880_106_106),
        (b"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", None),
        (b"Fri,21 Nov 1997 09:55 EST", 880_124_100),
        (b"  1 Jan 49 00:00:00 +0000", 2_493_072_000),
        (b"1 Jan 50 00:00:00 +0000", -631_152_000),
        (b"1 Jan 100 00:00:00 +0000", 946_684_800),
        (b"29 Feb 2024 23:59:60 +0000", 1_709_251_200),
        (b"29 Feb 2023 00:00:00 +0000", None),
        (b"Mon, 99 Feb 99999 99:99:99 +9999", None),
        (b"1 Jan 9999999999 00:00:00 +0000", None),
        (b"1 Jan 0000 00:00:00 +0000", None),
        (b"1 Jan 2024 00:00:00 +2500", None),
        (b"1 Foo 2024 00:00:00 +0000", None),
        (b"1 Jan 2024 24:00:00 +0000", None),
        (b"", None),
        (b"\xff" * 50, None),
        (b"(" * 1000, None),
    ],
)
def test_header_dates(value, expected):
    assert dates.parse(value) == expected


@given(_MOMENTS, st.integers(-1439, 1439))
def test_header_dates_come_back(moment, zone):
    inside = max(-62_135_510_400, min(253_402_214_399, moment))

    written = dates.format_rfc5322(inside, zone)

    assert dates.parse(written) == inside


@given(st.integers(0, 4_000_000_000))
def test_header_dates_agree_with_the_standard_library(moment):
    written = dates.format_rfc5322(moment).decode()

    assert parsedate_to_datetime(written).timestamp() == moment
    day = dt.datetime.fromtimestamp(moment, dt.UTC)
    assert written.startswith(day.strftime("%a, "))


@pytest.mark.parametrize("unix_s", [-(2**63), 2**63 - 1])
def test_dates_beyond_the_calendar_are_written_at_its_ends(unix_s):
    assert len(dates.format_rfc5322(unix_s)) == 31


@given(st.binary(max_size=60))
def test_no_octets_raise(value):
    dates.parse(value)
