"""Every setting of the system stands on a page, once."""

import re
from pathlib import Path

from mailmax.settings.system import SYSTEM_SETTINGS

PAGES = Path(__file__).parents[2] / "web" / "src" / "pages"
KEYS = re.compile(r"(?:keys|advanced): \[([^\]]*)\]")


def test_every_setting_is_on_a_page():
    found = [
        key
        for path in sorted(PAGES.glob("*.route.ts"))
        for keys in KEYS.findall(path.read_text())
        for key in re.findall(r"'(\w+)'", keys)
    ]

    assert sorted(found) == sorted(SYSTEM_SETTINGS)
