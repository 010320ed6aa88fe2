"""The door: ``mailmax`` and its commands.

Theory:
    `run` and `serve` start services: they are recognised here, by hand, so that a
    role's process never imports the command line's libraries. Everything else is the
    business of `cli.app`.

Rules:
    Exit codes: 0 done, 2 usage or bad value, 3 not found, 4 conflict, 5 denied, 6
    something was found, 69 hub unreachable, 75 try later, 78 mailmax.toml cannot be
    used.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mailmax.base.roles import ROLES
from mailmax.cli.exits import Exit


def main() -> None:
    """Run a command."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["run"]:
        _start(_read_run(arguments[1:]))
    elif arguments[:1] == ["serve"]:
        _start(_read_serve(arguments[1:]))
    from mailmax.cli.app import run_app  # noqa: PLC0415 - only for real commands

    sys.exit(run_app(arguments))


def serve(root: Path, setup_listen: str = "") -> None:
    """Run all roles of a node; where nothing is set up yet, first the wizard."""
    from mailmax.bootstrap.suite import serve as serve_suite  # noqa: PLC0415
    from mailmax.cli.setup_mode.start import (  # noqa: PLC0415
        is_set_up,
        set_up_in_browser,
    )

    if not is_set_up(root):
        set_up_in_browser(root, setup_listen)
    serve_suite(root)


def run(role: str, root: Path) -> None:
    """Run one role of a node."""
    from mailmax.bootstrap.suite import run_alone  # noqa: PLC0415

    run_alone(role, root)


def _start(what: Callable[[], None] | None) -> None:
    """Start services if the command was understood; else let the app say why not."""
    if what is None:
        return
    from mailmax.base.errors import Failure  # noqa: PLC0415
    from mailmax.bootstrap.only_one import AlreadyRunningError  # noqa: PLC0415
    from mailmax.bootstrap.sockets import CannotListenError  # noqa: PLC0415

    try:
        what()
    except (Failure, CannotListenError, AlreadyRunningError) as failure:
        from mailmax.cli.endings import exit_of  # noqa: PLC0415

        print(f"mailmax: {failure}", file=sys.stderr)
        sys.exit(exit_of(failure))
    sys.exit(Exit.DONE)


def _read_run(arguments: list[str]) -> Callable[[], None] | None:
    rest, root = _take_dir(arguments)
    if root is None or len(rest) != 1 or rest[0] not in ROLES:
        return None
    return partial(run, rest[0], root)


def _read_serve(arguments: list[str]) -> Callable[[], None] | None:
    rest, listen = _take(arguments, "--setup-listen", "")
    rest, root = _take_dir(rest)
    return (
        None if root is None or listen is None or rest else partial(serve, root, listen)
    )


def _take_dir(arguments: list[str]) -> tuple[list[str], Path | None]:
    from mailmax.cli.exits import default_root  # noqa: PLC0415

    rest, root = _take(arguments, "--dir", str(default_root()))
    return rest, Path(root) if root else None


def _take(
    arguments: list[str], option: str, usual: str
) -> tuple[list[str], str | None]:
    """Take ``--option VALUE`` or ``--option=VALUE`` out; None: it has no value."""
    rest: list[str] = []
    found: str | None = usual
    waiting = iter(arguments)
    for argument in waiting:
        if argument == option:
            found = next(waiting, None)
        elif argument.startswith(f"{option}="):
            found = argument.removeprefix(f"{option}=")
        else:
            rest.append(argument)
    return rest, found
