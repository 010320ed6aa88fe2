"""``mailmax user admin``: who administers what (manual 7.4)."""

import json
from typing import Annotated

from cyclopts import Parameter

from mailmax.cli.confirming import Yes
from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.hub.contract.administration import Detail
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.users import (
    ADMINISTERS,
    SYSTEM_ADMINISTRATOR,
    ShowUser,
    UserView,
)
from mailmax.settings.field import BadValue

Switch = Annotated[bool, Parameter(negative="")]


def admin(
    address: str,
    *,
    domains: str = "",
    system: Switch = False,
    none: Switch = False,
    yes: Yes = False,
    common: Common | None = None,
) -> int:
    """Let a user administer domains or the whole system; without an option, show it.

    Args:
        address: Who.
        domains: Names with commas between: these and no others.
        system: Everything: every right that these commands have.
        none: Nothing any more.
        yes: Yes, --system is meant.
        common: Options of every command.
    """
    desk = Desk(common)
    if sum((bool(domains), system, none)) > 1:
        reason = "--domains, --system and --none exclude each other"
        desk.fail(BadValue("options", reason, "give one of them"), Exit.USAGE)
    if not (domains or system or none):
        return _show(desk, address)
    names = tuple(domains.replace(",", " ").split())
    if domains and not names:
        bad = BadValue("domains", "it names none", "give names, or say --none")
        desk.fail(bad, Exit.USAGE)
    what = "the system" if system else ", ".join(names) or "nothing any more"
    return desk.change(
        SetAdministration(address, names, system, yes), f"{address} administers {what}"
    )


def administered_by(row: UserView) -> str:
    """Say in a word or two what a user of a list administers."""
    if row.is_system_administrator:
        return "system"
    return f"{row.administers} domains" if row.administers else ""


def _show(desk: Desk, address: str) -> int:
    answer = desk.ask(ShowUser(address))
    if not isinstance(answer, Detail):  # a Denied has ended the command
        return Exit.DENIED
    values = {row.key: json.loads(row.value) for row in answer.rows}
    told = {key: values[key] for key in (SYSTEM_ADMINISTRATOR, ADMINISTERS)}
    if desk.common.json:
        desk.show_json({"name": answer.name, **told})
        return Exit.DONE
    names = ", ".join(told[ADMINISTERS]) or "nothing"
    what = "the system" if told[SYSTEM_ADMINISTRATOR] else names
    print(f"{answer.name} administers {what}")
    return Exit.DONE
