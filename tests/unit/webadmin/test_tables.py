"""Cells of tables that are saved (TRUST I5)."""

import csv
import io

import pytest

from mailmax.hub.contract.activity import Activity, Series
from mailmax.hub.contract.spying import LoginTotals
from mailmax.webadmin.live.busy import as_cell, as_table, read_activity


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-1", "@a", "\t=1", "\r="]
)
def test_what_a_spreadsheet_would_compute_is_text(text: str):
    [[cell]] = csv.reader(io.StringIO(as_cell(text), newline=""))

    assert cell == f"'{text}"


@pytest.mark.parametrize("text", ["", "7", "a=1", 'a,"b"', "a\r\nb"])
def test_anything_else_stays_as_it_is(text: str):
    rows = list(csv.reader(io.StringIO(as_cell(text), newline="")))

    assert rows in ([[text]], [])


async def test_an_older_system_that_counts_no_starts_has_a_table_too():
    class Older:
        async def ask(self, request):
            if not hasattr(request, "service"):
                return LoginTotals(0.0, (), ())
            line = Series("logins", (1, 2))
            return Activity(request.service, "hour", 10, 40.0, (line,))

    found = await read_activity(Older(), "hour")

    assert [one.starts for one in found.services] == [[0, 0]] * 4
    assert as_table(found).count("\r\n") == 3
