"""``mailmax config``: the global settings."""

import json
import sys
from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli import nodes, scanners
from mailmax.cli.checking import check
from mailmax.cli.confirming import Yes, confirm
from mailmax.cli.desk import Common, Desk, read_secret
from mailmax.cli.exits import Exit
from mailmax.cli.values import shown
from mailmax.hub.contract.settings import GetSettings, SetSetting, SettingList
from mailmax.settings.field import Field
from mailmax.settings.system import SYSTEM_SETTINGS

app = App(name="config", help="Global settings.")

Value = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""A hyphen alone is one."""
_SCANNING = ("virus_check", "clamd_address", "external_check", "external_command")
"""What is looked at on this computer when it is set."""


@app.command
def get(key: str = "", *, common: Common | None = None) -> int:
    """Show one setting, or all.

    Args:
        key: Which one.
        common: Options of every command.
    """
    desk = Desk(common)
    answer = desk.ask(GetSettings(key))
    if not isinstance(answer, SettingList):
        return 1
    values = {row.key: json.loads(row.value) for row in answer.rows}
    if desk.common.json:
        desk.show_json(values)
    elif key:
        print(shown(values[key]))
    else:
        desk.show_table(
            ("Setting", "Value", ""),
            [
                (row.key, shown(values[row.key]), "default" if row.is_default else "")
                for row in answer.rows
            ],
        )
    return 0


app.command(check)
app.command(nodes.local)
app.command(nodes.database)


@app.command(name="set")
def set_(
    key: str, value: Value, *, yes: Yes = False, common: Common | None = None
) -> int:
    """Change a setting; it acts at once.

    Args:
        key: Which one.
        value: The new value; an empty text restores the default. For a password - asks
            for it, or reads a line of standard input.
        yes: Do it without asking, where a setting has a warning.
        common: Options of every command.
    """
    field = SYSTEM_SETTINGS.get(key)
    if value == "-" and field is not None and field.is_secret:
        value = read_secret("", field.label, twice=True)
    desk = Desk(common)
    if field is not None and field.warning and not yes and _is_changed(field, value):
        confirm(desk, f"{key}: {field.warning}")
    done = desk.change(SetSetting(key, value), f"{key} is set")
    if done == Exit.DONE and key in _SCANNING:
        for one in scanners.findings(desk):
            print(f"caution: {one.field}: {one.reason}; {one.cure}", file=sys.stderr)
    return done


def _is_changed(field: Field, value: str) -> bool:
    """Tell whether it will be something else than what it is unset."""
    return value != "" and field.decode(value) != field.default
