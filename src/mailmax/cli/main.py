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


def serve(root: Path) -> None:
    """Run all roles of a node."""
    from mailmax.bootstrap.suite import serve as serve_suite  # noqa: PLC0415

    serve_suite(root)


def run(role: str, root: Path) -> None:
    """Run one role of a node."""
    from mailmax.bootstrap.suite import run_alone  # noqa: PLC0415

    run_alone(role, root)


def _start(what: tuple[str, Path] | None) -> None:
    """Start services if the command was understood; else let the app say why not."""
    if what is None:
        return
    role, root = what
    from mailmax.base.errors import Failure  # noqa: PLC0415
    from mailmax.bootstrap.only_one import AlreadyRunningError  # noqa: PLC0415
    from mailmax.bootstrap.sockets import CannotListenError  # noqa: PLC0415

    try:
        if role:
            run(role, root)
        else:
            serve(root)
    except (Failure, CannotListenError, AlreadyRunningError) as failure:
        from mailmax.cli.endings import exit_of  # noqa: PLC0415

        print(f"mailmax: {failure}", file=sys.stderr)
        sys.exit(exit_of(failure))
    sys.exit(Exit.DONE)


def _read_run(arguments: list[str]) -> tuple[str, Path] | None:
    rest, root = _take_dir(arguments)
    if root is None or len(rest) != 1 or rest[0] not in ROLES:
        return None
    return rest[0], root


def _read_serve(arguments: list[str]) -> tuple[str, Path] | None:
    rest, root = _take_dir(arguments)
    return None if root is None or rest else ("", root)


def _take_dir(arguments: list[str]) -> tuple[list[str], Path | None]:
    """Take ``--dir D`` or ``--dir=D`` out."""
    from mailmax.cli.exits import default_root  # noqa: PLC0415

    rest: list[str] = []
    root: Path | None = default_root()
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--dir":
            value = next(waiting, None)
            root = Path(value) if value else None
        elif argument.startswith("--dir="):
            root = Path(argument.removeprefix("--dir="))
        else:
            rest.append(argument)
    return rest, root
