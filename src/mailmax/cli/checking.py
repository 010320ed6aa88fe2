"""``mailmax config check``: contradictions and risks in all that is set (manual 12).

Theory:
    DataMax judges what it keeps; this computer is looked at here. When DataMax does
    not answer, what is wrong here is said all the same.
"""

import json
import socket
from collections.abc import Iterator, Sequence
from typing import Annotated

from cyclopts import Parameter

from mailmax.bootstrap import this_computer
from mailmax.cli import scanners
from mailmax.cli.desk import Common, Desk, Ended, as_plain
from mailmax.cli.doors import list_all, troubles
from mailmax.cli.exits import Exit
from mailmax.cli.this_computer import look
from mailmax.hub.contract.checks import FindingPage, FindingView, ListFindings
from mailmax.hub.contract.presence import AskStatus, Status
from mailmax.hub.contract.settings import GetSettings, SettingList
from mailmax.policy.checks import (
    access,
    cluster,
    connections,
    domains,
    node,
    smart_hosts,
    system,
    users,
)
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import load_local

_CLOSED = "service_closed"
NAMES = (
    *(
        name
        for page in (
            system,
            smart_hosts,
            connections,
            access,
            domains,
            users,
            cluster,
            node,
        )
        for name in page.CHECKS
    ),
    _CLOSED,
    *scanners.NAMES,
)

Skip = Annotated[list[str] | None, Parameter(negative="")]


def check(*, skip: Skip = None, common: Common | None = None) -> int:
    """Look for contradictions and risks in all that is set, here and in DataMax.

    Each is shown with field, reason, cure and, in brackets, the name of the check.
    The exit code is 0 when there is none, 6 when there is one.

    Args:
        skip: Name of a check whose findings are meant so; may stand several times.
        common: Options of every command.
    """
    desk = Desk(common)
    skipped = frozenset(skip or ())
    strange = skipped.difference(NAMES)
    if strange:
        bad = BadValue(
            "skip", f"there is no check {min(strange)}", f"give {', '.join(NAMES)}"
        )
        desk.fail(bad, Exit.USAGE)
    try:
        facts = look(load_local(desk.common.root))
    except BadSettings as bad:
        found = [_view("mailmax_toml", bad.bad)]
        return _show(desk, "", found, skipped)
    try:
        name, hostname = _names(desk)
        found = [*_kept(desk), *_closed(desk), *scanners.findings(desk)]
    except Ended:
        _show(desk, "", list(this_computer.findings(facts, "")), skipped)
        raise
    here = this_computer.findings(facts, hostname)
    return _show(desk, name, [*found, *here], skipped)


def _names(desk: Desk) -> tuple[str, str]:
    """Return what the system is called, and what services greet with."""
    status = desk.ask(AskStatus())
    setting = desk.ask(GetSettings("hostname"))
    name = status.system_name if isinstance(status, Status) else ""
    own = setting.rows[0].value if isinstance(setting, SettingList) else '""'
    return name, json.loads(own) or socket.getfqdn()


def _kept(desk: Desk) -> Iterator[FindingView]:
    """Ask what is wrong with what DataMax keeps."""
    page = desk.ask(ListFindings())
    while isinstance(page, FindingPage):
        yield from page.rows
        if not page.next:
            return
        page = desk.ask(ListFindings(page.next))


def _closed(desk: Desk) -> Iterator[FindingView]:
    """Ask the running services for ports that they could not open."""
    for trouble in troubles(list_all(desk)):
        what, _, why = trouble.partition(": ")
        cure = (
            "put that right; or take another port (mailmax service set) or address "
            "(mailmax connection add)"
        )
        yield FindingView(_CLOSED, "risk", what, why, cure)


def _view(name: str, bad: BadValue) -> FindingView:
    return FindingView(name, "contradiction", bad.field, bad.reason, bad.cure)


def _show(
    desk: Desk, name: str, found: Sequence[FindingView], skipped: frozenset[str]
) -> int:
    left = [one for one in found if one.check not in skipped]
    if desk.common.json:
        desk.show_json({"system_name": name, "findings": as_plain(left)})
    else:
        for one in left:
            words = f"{one.field}: {one.reason}; {one.cure}"
            print(f"{one.kind}: {words} [{one.check}]")
        if name:
            print(f"{name}: {len(left) or 'nothing'} to look at")
    return Exit.FOUND if left else Exit.DONE
