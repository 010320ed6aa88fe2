"""Whether a program may be started: nobody else can have changed it.

Theory:
    Who may write a program, or a directory on the way to it, decides what the
    services run. So each step of the path, through every symbolic link, must belong
    to root or to the services' user, and be writable by nobody else.

Rules:
    Looked at when a command line is saved, and again before each start: directories
    change.
    A directory such as /tmp, where everybody may make files and nobody may take away
    another's, may lie on the way; a program must not lie in it.

Limits:
    40 symbolic links, as the kernel takes.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from mailmax.policy.programs import Placeholder, Program, parse
from mailmax.settings.field import BadValue

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MOST_LINKS = 40


def take(
    field: str, line: str, known: Sequence[Placeholder], *, needs_one: bool = False
) -> Program | BadValue:
    """Return the program of a command line that is about to be saved, or why not.

    Args:
        field: How to call it in an error.
        line: What a person typed.
        known: The placeholders that mean something there.
        needs_one: Exactly one of them must be there.
    """
    program = parse(field, line, known, needs_one=needs_one)
    if isinstance(program, BadValue):
        return program
    return check(field, program) or program


def check(field: str, program: Program) -> BadValue | None:
    """Say why a program must not be started; None when it may be.

    Args:
        field: How to call it in an error.
        program: Checked as far as its words go.
    """
    path = Path(program.executable)
    try:
        steps = list(_steps(path))
    except OSError as error:
        why = f"{path}: {error.strerror}"
        return BadValue(field, why, "give the path of a program on this computer")
    last, status = steps[-1]
    if not stat.S_ISREG(status.st_mode):
        return BadValue(field, f"{path} is no file", "give the path of a program")
    for step, found in steps:
        if bad := _check_step(field, step, found, is_parent=step == last.parent):
            return bad
    if not os.access(path, os.X_OK):
        who = "nobody may execute it, or not as the services' user"
        return BadValue(field, f"{path}: {who}", f"chmod +x {path}")
    return None


def _check_step(
    field: str, step: Path, status: os.stat_result, *, is_parent: bool
) -> BadValue | None:
    if status.st_uid not in {0, os.geteuid()}:
        why = f"{step} belongs to somebody else"
        return BadValue(field, why, f"chown root {step}, or use another program")
    if stat.S_ISLNK(status.st_mode) or not status.st_mode & _OTHERS_WRITE:
        return None
    if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX and not is_parent:
        return None
    why = f"others may write {'in ' if stat.S_ISDIR(status.st_mode) else ''}{step}"
    return BadValue(field, why, f"chmod go-w {step}, or use another program")


def _steps(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield each step from the root to a file, and those of every link on the way."""
    at = Path("/")
    yield at, at.lstat()
    left = list(path.parts[1:])
    links = 0
    while left:
        name = left.pop(0)
        if name == "..":
            at = at.parent
            continue
        step = at / name
        status = step.lstat()
        yield step, status
        if not stat.S_ISLNK(status.st_mode):
            at = step
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(40, "too many symbolic links")
        target = step.readlink()
        if target.is_absolute():
            at = Path("/")
        left = [part for part in target.parts if part != "/"] + left
