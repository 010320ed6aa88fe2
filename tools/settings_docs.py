"""Writes docs/reference/settings.md from the declarations of the settings."""

import sys
from pathlib import Path

import msgspec

from mailmax.settings.system import SYSTEM_SETTINGS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"

HEAD = """# Global settings

Written by `tools/settings_docs.py`; change the declarations in
`src/mailmax/settings/system.py` instead. Shown and changed with
`mailmax config get` and `mailmax config set KEY VALUE`; a change acts on running
services within a second. An empty value restores the default.

| key | label | default | unit | what it does | manual |
|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    rows = [
        f"| `{field.key}` | {field.label} | "
        f"`{msgspec.json.encode(field.default).decode()}` | {field.unit} | "
        f"{field.help} | {field.manual} |\n"
        for field in SYSTEM_SETTINGS.values()
    ]
    return HEAD + "".join(rows)


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), "utf-8")
    print(PAGE)


if __name__ == "__main__":
    sys.exit(main())
