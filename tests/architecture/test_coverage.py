"""docs/coverage.md has each part of the mission once, and no other."""

import re
from collections import Counter
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/coverage.md").read_text("utf-8")
PART = re.compile(r"\b([A-Z]+)-([A-Z]+|\d+)(?: to (\d+))?\b")


def parts(text: str) -> list[str]:
    """Return the ids of a list in words, as in "HUB-1 to 8, NOW-TLS"."""
    found: list[str] = []
    for name, first, last in PART.findall(text):
        if last:
            found += [f"{name}-{n}" for n in range(int(first), int(last) + 1)]
        else:
            found.append(f"{name}-{first}")
    return found


def paragraph(begin: str) -> str:
    return PAGE[PAGE.index(begin) :].partition("\n\n")[0]


def test_each_part_of_the_mission_is_in_a_row_or_not_there_yet():
    rows = re.findall(r"^\| ([A-Z]+-\w+) \|", PAGE, re.MULTILINE)
    told = Counter([*rows, *parts(paragraph("Not there yet:"))])

    assert [part for part, times in told.items() if times > 1] == []
    assert sorted(told) == sorted(parts(paragraph("The mission has these parts")))
