"""Settings of one thing at the terminal: KEY=VALUE in, a table out."""

import json
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from mailmax.cli.desk import Desk
from mailmax.cli.exits import Exit
from mailmax.hub.contract.administration import Detail
from mailmax.hub.contract.message import Denied, Request
from mailmax.settings.field import BadValue

Values = Annotated[list[str] | None, Parameter(name="--set", negative="")]
"""An option that may stand several times: --set KEY=VALUE."""


def changed_values(desk: Desk, pairs: Sequence[str]) -> dict[str, str]:
    """Take KEY=VALUE apart where there must be one at least.

    Raises:
        Ended: There is none, or as in `typed_values`.
    """
    if not pairs:
        bad = BadValue("values", "there are none", "write KEY=VALUE, one at least")
        desk.fail(bad, Exit.USAGE)
    return typed_values(desk, pairs)


def typed_values(desk: Desk, pairs: Sequence[str] | None) -> dict[str, str]:
    """Take KEY=VALUE apart; an empty value takes the own one away.

    Raises:
        Ended: One of them has no equals sign, or a key stands there twice.
    """
    values: dict[str, str] = {}
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not equals:
            bad = BadValue(pair[:60], "it has no value", "write KEY=VALUE")
            desk.fail(bad, Exit.USAGE)
        if key.strip() in values:
            bad = BadValue(key.strip()[:60], "it is given twice", "give it once")
            desk.fail(bad, Exit.USAGE)
        values[key.strip()] = value.strip()
    return values


def show_detail(desk: Desk, request: Request[Detail | Denied]) -> int:
    """Ask for all settings of one thing and show them."""
    answer = desk.ask(request)
    if not isinstance(answer, Detail):  # a Denied has ended the command
        return Exit.DENIED
    values = {row.key: json.loads(row.value) for row in answer.rows}
    if desk.common.json:
        note = {"note": answer.note} if answer.note else {}
        desk.show_json({"name": answer.name, **values, **note})
    else:
        desk.show_table(
            ("Setting", "Value", "Where"),
            [
                (
                    row.key,
                    shown(values[row.key]),
                    "set here" if row.is_own else "not set here",
                )
                for row in answer.rows
            ],
        )
        if answer.note:
            print(answer.note)
    return Exit.DONE


def shown(value: object) -> str:
    """Write a value as a person types it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)
