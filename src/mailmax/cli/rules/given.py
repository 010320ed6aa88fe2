"""What is given of a rule at the terminal: ``--if``, ``--do``, or a file of JSON.

Theory:
    What comes out is one JSON object for the hub, which checks it as a whole. A path in
    what it refuses (``conditions.0.text``) is that of the first ``--if``.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from cyclopts import Parameter

from mailmax.cli.desk import Desk
from mailmax.cli.exits import Exit
from mailmax.cli.rules.actions import read_action
from mailmax.cli.rules.conditions import read_condition
from mailmax.hub.contract.rules import RULE_OCTETS
from mailmax.policy.rules.rule import Rule
from mailmax.settings.field import BadValue

PartT = TypeVar("PartT")


@Parameter(name="*")
@dataclass(frozen=True)
class Given:
    """What a rule asks for and what it does."""

    conditions: Annotated[
        list[str] | None,
        Parameter(
            name="--if",
            help="A condition, as in 'header Subject contains \"offer\"'; several must "
            "all hold. See docs/howto/rules.md.",
            negative="",
        ),
    ] = None
    actions: Annotated[
        list[str] | None,
        Parameter(
            name="--do",
            help="An action, as in 'store Junk'; all are done.",
            negative="",
        ),
    ] = None
    json_rule: Annotated[
        Path | None,
        Parameter(
            name="--json-rule",
            help="A file with the whole rule in JSON, as `rule show --json` gives its "
            "definition; - is standard input.",
            allow_leading_hyphen=True,
        ),
    ] = None

    @property
    def has_any(self) -> bool:
        """Tell whether anything is given."""
        return bool(self.conditions or self.actions or self.json_rule)


def new_definition(desk: Desk, given: Given, name: str) -> str:
    """Return a new rule as JSON.

    Raises:
        Ended: Something of it cannot be understood.
    """
    return changed_definition(desk, given, name, "{}")


def changed_definition(desk: Desk, given: Given, name: str, before: str) -> str:
    """Return a rule with what is given in place of what it had, as JSON.

    Raises:
        Ended: Something of it cannot be understood.
    """
    if given.json_rule is not None and (given.conditions or given.actions):
        cure = "give the file, or --if and --do"
        bad = BadValue("options", "the rule is given in two ways", cure)
        desk.fail(bad, Exit.USAGE)
    if given.json_rule is not None:
        return _with_name(desk, read_file(desk, given.json_rule, RULE_OCTETS), name)
    whole: dict[str, Any] = msgspec.json.decode(before)
    if name:
        whole["name"] = name
    if given.conditions:
        read = [
            _sound(desk, read_condition(f"--if {place}", text))
            for place, text in enumerate(given.conditions, 1)
        ]
        whole["conditions"] = msgspec.to_builtins(read)
    if given.actions:
        done = [
            _sound(desk, read_action(f"--do {place}", text))
            for place, text in enumerate(given.actions, 1)
        ]
        whole["actions"] = msgspec.to_builtins(done)
    return msgspec.json.encode(whole).decode()


def read_file(desk: Desk, file: Path, most: int) -> bytes:
    """Read a file, or standard input for ``-``.

    Args:
        desk: The command's.
        file: Its name.
        most: Octets that it may have.

    Raises:
        Ended: It cannot be read, or it is too long.
    """
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as stream:
            octets = stream.read(most + 1)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        desk.fail(BadValue(str(file), why, "name a file that can be read"), Exit.USAGE)
    if len(octets) > most:
        cure = f"give at most {most} octets"
        desk.fail(BadValue(str(file), "it is too long", cure), Exit.USAGE)
    return octets


def parts_of(definition: str) -> Rule:
    """Return a definition that the hub gave."""
    return msgspec.json.decode(definition, type=Rule)


def _with_name(desk: Desk, octets: bytes, name: str) -> str:
    try:
        whole = msgspec.json.decode(octets)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        cure = "give an object with name, conditions and actions"
        bad = BadValue("--json-rule", f"it is no JSON: {error}", cure)
        desk.fail(bad, Exit.USAGE)
    if name and isinstance(whole, dict):
        whole["name"] = name
    return msgspec.json.encode(whole).decode()


def _sound(desk: Desk, part: PartT | BadValue) -> PartT:
    if isinstance(part, BadValue):
        desk.fail(part, Exit.USAGE)
    return part
