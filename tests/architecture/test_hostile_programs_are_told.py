"""docs/howto/external-programs.md tells every hostile program that is tried."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_table_names_every_test_and_no_other():
    page = (ROOT / "docs/howto/external-programs.md").read_text("utf-8")
    tests = (ROOT / "tests/unit/net/children/test_hostile_programs.py").read_text()
    table = page.partition("`test_one_that_…` |")[2]

    told = [
        name if name.startswith("test_") else f"test_one_that_{name}"
        for name in re.findall(r"`(\w+)` \|$", table, re.MULTILINE)
    ]

    assert sorted(told) == sorted(
        re.findall(r"^async def (test_\w+)", tests, re.MULTILINE)
    )
