"""Asking whether something is meant."""

import sys
from typing import Annotated

from cyclopts import Parameter

from mailmax.cli.desk import Desk
from mailmax.cli.exits import Exit
from mailmax.settings.field import BadValue

Yes = Annotated[bool, Parameter(name="--yes", negative="")]
"""The option that answers before it is asked."""


def confirm(desk: Desk, words: str) -> None:
    """Ask at a terminal whether that is meant.

    Raises:
        Ended: It is not, or nobody can be asked.
    """
    if not sys.stdin.isatty():
        desk.fail(BadValue("yes", words, "say --yes"), Exit.DENIED)
    print(f"{words}. Go on? [y/N] ", end="", flush=True)
    if sys.stdin.readline(10).strip().lower() not in {"y", "yes"}:
        desk.fail("nothing was done", Exit.DENIED)
