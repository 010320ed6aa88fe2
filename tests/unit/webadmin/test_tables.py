"""Cells of tables that are saved (TRUST I5)."""

import csv
import io

import pytest

from mailmax.webadmin.live.busy import as_cell


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
