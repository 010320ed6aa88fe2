"""Whether the virus checks that are set can work on this computer (manual 4.10).

Theory:
    clamd is asked for its version, which names the day of its signatures. Whether the
    external program is there, and nobody else can have changed it, is looked at as
    before each run.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from mailmax.base.units import DAY_S
from mailmax.cli.desk import Desk
from mailmax.hub.contract.checks import FindingView
from mailmax.hub.contract.settings import GetSettings, SettingList
from mailmax.net.children import executable
from mailmax.net.clamd import ask_version, signatures_at
from mailmax.policy import programs
from mailmax.settings.field import BadValue

CLAMD = "clamd"
PROGRAM = "external_program"
NAMES = (CLAMD, PROGRAM)
OLD_DAYS = 7


def findings(desk: Desk) -> Iterator[FindingView]:
    """Judge what is set about virus checks, from this computer."""

    def setting(key: str) -> Any:
        answer = desk.ask(GetSettings(key))
        if not isinstance(answer, SettingList) or not answer.rows:
            return None
        return json.loads(answer.rows[0].value)

    yield from look(setting)


def look(setting: Callable[[str], Any]) -> Iterator[FindingView]:
    """Judge it by the values of the system."""
    if setting("virus_check"):
        yield from _clamd(setting("clamd_address"))
    if setting("external_check"):
        yield from _program(setting("external_command"))


def _clamd(address: str) -> Iterator[FindingView]:
    version = asyncio.run(ask_version(address))
    if not version:
        why = f"clamd does not answer at {address}: mail that is checked hears 451"
        cure = "start it, or set the address that it has"
        yield FindingView(CLAMD, "risk", "clamd_address", why, cure)
        return
    made = signatures_at(version)
    days = int((time.time() - made) // DAY_S) if made else 0
    if days > OLD_DAYS:
        why = f"the signatures of clamd are {days} days old"
        cure = "see that freshclam runs, or set [virus_updates] in mailmax.toml"
        yield FindingView(CLAMD, "risk", "clamd_address", why, cure)


def _program(line: str) -> Iterator[FindingView]:
    program = programs.parse("external_command", line, programs.CHECKER)
    bad = (
        program
        if isinstance(program, BadValue)
        else executable.check("external_command", program)
    )
    if bad is not None:
        yield FindingView(PROGRAM, "risk", bad.field, bad.reason, bad.cure)
