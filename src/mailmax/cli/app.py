"""All commands, each loaded only when it is asked for."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal

from cyclopts import App, CycloptsError

from mailmax import __version__
from mailmax.cli.desk import Ended
from mailmax.cli.exits import Exit

Role = Literal["datamax", "filer", "queuemax", "smtpmax", "popmax", "imapmax"]

_LAZY = {
    "domain": "mailmax.cli.domains:app",
    "user": "mailmax.cli.users:app",
    "alias": "mailmax.cli.aliases:app",
    "config": "mailmax.cli.config:app",
    "queue": "mailmax.cli.queue:app",
    "status": "mailmax.cli.status:status",
    "sessions": "mailmax.cli.status:sessions",
    "hostpassword": "mailmax.cli.hostpassword:hostpassword",
    "setup": "mailmax.cli.setup:setup",
}

app = App(
    name="mailmax",
    help="MailMax, a complete mail server.",
    version=__version__,
    help_format="plaintext",
)
for _name, _where in _LAZY.items():
    app.command(_where, name=_name)


@app.command
def demo(*, dir: Path | None = None, base_port: int = 2000) -> int:  # noqa: A002 - the option's name
    """Run everything on this computer, with sample users and mail; Ctrl-C ends it.

    Args:
        dir: Node directory; a temporary one when missing.
        base_port: Added to the standard ports.
    """
    import_module("mailmax.cli.demo").run_demo(dir, base_port)
    return Exit.DONE


@app.command
def serve(*, dir: Path) -> int:  # noqa: A002, ARG001 - started by `cli.main` itself
    """Run all services of a node until Ctrl-C.

    Args:
        dir: Node directory.
    """
    return Exit.USAGE


@app.command
def run(role: Role, *, dir: Path) -> int:  # noqa: A002, ARG001 - started by `cli.main`
    """Run one service of a node.

    Args:
        role: Which one.
        dir: Node directory.
    """
    return Exit.USAGE


def run_app(arguments: Sequence[str]) -> int:
    """Carry out a command line; return its exit code."""
    try:
        code = app(
            arguments,
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except CycloptsError as error:
        print(f"mailmax: {error}", file=sys.stderr)
        return Exit.USAGE
    except Ended as ended:
        return ended.code
    except BrokenPipeError:
        return Exit.DONE
    return code if isinstance(code, int) else Exit.DONE
