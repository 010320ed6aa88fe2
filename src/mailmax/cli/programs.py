"""``mailmax program``."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from mailmax.bootstrap.programs import programs_of
from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.queue_reading import printed
from mailmax.net import privileges
from mailmax.net.children.directory import SAMPLE, Given
from mailmax.net.children.guarding import words_of
from mailmax.net.children.job import Means
from mailmax.policy.programs import ANY, Ended, Outcome, Program, parse
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import LocalSettings, load_local

app = App(name="program", help="External programs: try one as the services run it.")

_OLD_S = 3_600.0
"""Nobody else's try runs any more."""


@app.command(name="try")
def try_(
    line: str,
    /,
    *files: Path,
    seconds: Annotated[int, Parameter(validator=Number(gte=1, lte=3_600))] = 60,
    common: Common | None = None,
) -> int:
    """Run a program on files as the services would, and show what comes of it.

    The files are copied; the services' user, limits and walls are those of real mail.
    The exit code is 0 when the program removed nothing, 6 when it removed a file, 75
    when it judged nothing, so that mail would have to wait.

    Args:
        line: The command line, in quotes, with %d, %F or %M.
        files: What it is given; a small text when there is none.
        seconds: How long it may take: as program_timeout_s for rules, or
            external_timeout_s for the virus check.
        common: Options of every command.
    """
    desk = Desk(common)
    program = parse("line", line, ANY)
    if isinstance(program, BadValue):
        desk.fail(program, Exit.USAGE)
    try:
        local = load_local(desk.common.root)
        given = [Given(path.read_bytes(), path.name) for path in files]
    except BadSettings as bad:
        desk.fail(bad.bad, Exit.USAGE)
    except OSError as error:
        desk.fail(f"{error.filename}: {error.strerror}", Exit.NOT_FOUND)
    given = given or [SAMPLE]
    if program.wants_message and len(given) != 1:
        desk.fail("%M stands for one file: the whole message", Exit.USAGE)
    privileges.drop(local.run_as)
    logging.getLogger("mailmax").addHandler(logging.NullHandler())  # it is shown
    try:
        means, found = asyncio.run(_run(local, program, given, seconds))
    except OSError as error:
        desk.fail(str(error), Exit.LATER)
    names = [given[place].name for place in _gone(found)]
    if desk.common.json:
        _show_json(desk, means, found, names)
    else:
        _show(means, found, names)
    if not isinstance(found, Ended):
        return Exit.LATER
    return Exit.FOUND if names else Exit.DONE


async def _run(
    local: LocalSettings, program: Program, given: Sequence[Given], seconds: int
) -> tuple[Means, Outcome]:
    programs = programs_of(local, "try")
    await programs.start(_OLD_S)
    try:
        limits = programs.limits.lasting(seconds)
        return await programs.means(), await programs.run(program, given, limits)
    finally:
        await programs.stop()


def _gone(found: Outcome) -> Sequence[int]:
    return found.gone if isinstance(found, Ended) else ()


def _show(means: Means, found: Outcome, names: Sequence[str]) -> None:
    print(words_of(means))
    if isinstance(found, Ended):
        print(f"it ended with status {found.status} after {found.seconds:.2f} s")
        print(f"it removed {', '.join(names) or 'nothing'}")
    else:
        kind = found.kind.replace("_", " ")
        print(f"it judged nothing: {kind}: {found.reason}")
    if found.output:
        text = found.output.decode("utf-8", "backslashreplace").rstrip("\n")
        for line in text.split("\n"):
            print(printed(line))


def _show_json(desk: Desk, means: Means, found: Outcome, names: Sequence[str]) -> None:
    desk.show_json(
        {
            "contained": words_of(means),
            "outcome": "ended" if isinstance(found, Ended) else found.kind,
            "status": found.status if isinstance(found, Ended) else None,
            "reason": "" if isinstance(found, Ended) else found.reason,
            "removed": names,
            "seconds": round(found.seconds, 3),
            "output": found.output.decode("utf-8", "backslashreplace"),
        }
    )
