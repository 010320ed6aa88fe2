"""The catalogue of known failures names tests that are there and know their row."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_, *PARTS = (ROOT / "docs/reference/catalogue.md").read_text("utf-8").split("\n## ")
TITLE = re.compile(r"([A-Z]): .* \(\1-?1 to \1-?(\d+)\)\n")
ROW = re.compile(r"\n\| ([A-Z]-?\d+) \| (.+) \| (`.+`) \|(?=\n)")


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part[:1])
def test_no_row_of_a_part_is_left_out(part: str):
    title = TITLE.match(part)
    assert title, "a title says which rows there are, as in (F1 to F5)"

    letter, last = title.groups()
    found = [row.replace("-", "") for row, _, _ in ROW.findall(part)]

    assert found == [f"{letter}{number}" for number in range(1, int(last) + 1)]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part[:1])
def test_each_row_is_in_the_tests_that_it_names(part: str):
    for row, _, shown in ROW.findall(part):
        for path in shown.strip("`").split("`, `"):
            text = (ROOT / path).read_text("utf-8")
            # As "TRUST F2", or in a name as in test_f2_spaces.
            assert re.search(rf"(?i)(?<![a-z0-9]){row}(?![0-9])", text), (row, path)
