"""Every check of `mailmax config check` is explained, and nothing else is."""

import re
from pathlib import Path

from mailmax.cli.checking import NAMES

PAGE = Path(__file__).parents[2] / "docs/howto/check.md"


def test_the_page_names_every_check():
    table = PAGE.read_text("utf-8").partition("|---|---|")[2]
    explained = [
        name
        for row in table.strip().splitlines()
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]

    assert sorted(explained) == sorted(NAMES)
    assert len(set(NAMES)) == len(NAMES)
