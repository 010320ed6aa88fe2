"""What a page sends its reader to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_that_are_named_are_there(page: Path):
    text = page.read_text()
    linked = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text)
    named = re.findall(r"`(docs/[\w./-]+\.md)`", text)

    missing = [one for one in linked if not (page.parent / one).exists()]
    missing += [one for one in named if not (ROOT / one).exists()]

    assert not missing
