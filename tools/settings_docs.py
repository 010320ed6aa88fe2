"""Writes docs/reference/settings.md from the declarations of the settings."""

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from mailmax.settings.binding import BINDING_SETTINGS
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.field import Field
from mailmax.settings.listener import LISTENER_SETTINGS
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.user import USER_SETTINGS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"

HEAD = """# Settings

Written by `tools/settings_docs.py`; change the declarations in
`src/mailmax/settings/` instead. A change acts on running services within a second.
An empty value restores the default, or what holds one scope above.
"""

COLUMNS = """
| key | label | default | unit | what it does | manual |
|---|---|---|---|---|---|
"""

SCOPES: tuple[tuple[str, str, Mapping[str, Field]], ...] = (
    (
        "Of the whole system",
        "`mailmax config get [KEY]`, `mailmax config set KEY VALUE`",
        SYSTEM_SETTINGS,
    ),
    (
        "Of a connection",
        "`mailmax connection show ADDRESS`, `… set ADDRESS KEY=VALUE …`",
        BINDING_SETTINGS,
    ),
    (
        "Of a service of a connection",
        "`mailmax service list`, `mailmax service set ADDRESS SERVICE KEY=VALUE …`",
        LISTENER_SETTINGS,
    ),
    (
        "Of a domain",
        "`mailmax domain show NAME`, `mailmax domain set NAME KEY=VALUE …`",
        DOMAIN_SETTINGS,
    ),
    (
        "Of a user",
        "`mailmax user show ADDRESS`, `mailmax user set ADDRESS KEY=VALUE …`",
        USER_SETTINGS,
    ),
)


def page() -> str:
    """Return the page."""
    return HEAD + "".join(
        f"\n## {title}\n\n{how}\n{COLUMNS}{_rows(fields)}"
        for title, how, fields in SCOPES
    )


def _rows(fields: Mapping[str, Field]) -> str:
    return "".join(
        f"| `{field.key}` | {field.label} | {_default(field)} | {field.unit} | "
        f"{field.help} | {field.manual} |\n"
        for field in fields.values()
    )


def _default(field: Field) -> str:
    if field.inherits:
        return f"`{field.inherits}` one scope above"
    return f"`{msgspec.json.encode(field.default).decode()}`"


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), "utf-8")
    print(PAGE)


if __name__ == "__main__":
    sys.exit(main())
