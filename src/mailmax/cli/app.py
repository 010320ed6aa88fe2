"""All commands, each loaded only when it is asked for."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from cyclopts import App, CycloptsError

from mailmax import __version__
from mailmax.base.roles import Role
from mailmax.cli.desk import Ended
from mailmax.cli.exits import Exit
from mailmax.cli.wording import words_of

_LAZY = (
    ("setup", "setup:setup", "Make a new node directory: settings, database, users."),
    ("status", "status:status", "Show the hub and the services; 0 when all are ready."),
    ("sessions", "status:sessions", "Show who is connected."),
    ("activity", "activity:activity", "Show how busy services were, as graphs."),
    ("domain", "domains:app", "Local domains: add, list, delete."),
    ("user", "users:app", "Users: add, import, list, password, disable, delete…"),
    ("alias", "aliases:app", "Further addresses of users: add, list, delete."),
    (
        "rule",
        "rules.commands:app",
        "Rules for mail that comes: list, show, add, change, delete, move, test…",
    ),
    ("filter", "filters:app", "IP filters: add, list, edit, remove, move."),
    ("ban", "bans:app", "Senders whose mail is refused: add, list, remove."),
    ("dnsbl", "block_lists:app", "Block lists: list, with what is disabled; test."),
    ("tarpit", "tarpit:app", "Addresses that are kept out for a while: list, pardon."),
    ("spy", "spy:app", "Watch live: logins, events of a service."),
    (
        "connection",
        "connections:app",
        "Addresses that services listen on: add, list, show, set, delete.",
    ),
    (
        "service",
        "services:app",
        "Services of connections: add, list, set, open, close, delete; start, stop.",
    ),
    ("config", "config:app", "Global settings: get, set; check of all that is set."),
    (
        "cluster",
        "cluster:app",
        "Systems that share clustered domains: add, list, change, remove, status.",
    ),
    (
        "system",
        "systems:app",
        "Systems that are administered from here: add, list, edit, delete, group.",
    ),
    ("queue", "queue:app", "Mail that waits: list, count, show, retry, hold, delete…"),
    ("program", "programs:app", "External programs: try one as services run it."),
    ("virus", "virus:app", "The virus check of many users: enable, disable."),
    (
        "quarantine",
        "quarantine:app",
        "Infected mail that is kept: list, show, release, delete.",
    ),
    ("housekeeping", "housekeeping:app", "Cleaning: status, run, what was done."),
    ("log", "logs:app", "Log files of this computer: list, show, content on or off."),
    ("admin", "web_admin:app", "Into the pages without a user's password: link."),
    ("token", "tokens:app", "Keys for programs that use the REST API: add, list…"),
    ("audit", "audit:app", "Who changed what: list."),
    ("hostpassword", "hostpassword:hostpassword", "Set the host password."),
)
"""Name, module below `mailmax.cli` and object, line in the list of commands."""

app = App(
    name="mailmax",
    help="MailMax, a complete mail server.",
    version=__version__,
    help_format="plaintext",
)
for _name, _where, _help in _LAZY:
    app.command(f"mailmax.cli.{_where}", name=_name, help=_help)


@app.command
def demo(*, dir: Path | None = None, base_port: int | None = None) -> int:  # noqa: A002 - the option's name
    """Run everything on this computer, with sample users and mail; Ctrl-C ends it.

    Args:
        dir: Node directory; a temporary one when missing.
        base_port: Added to the standard ports; 2000 when missing.
    """
    import_module("mailmax.cli.demo").run_demo(dir, base_port)
    return Exit.DONE


@app.command
def serve(
    *,
    dir: Path | None = None,  # noqa: A002, ARG001 - `cli.main` starts it
    setup_listen: str = "",  # noqa: ARG001
) -> int:
    """Run all services of a node until Ctrl-C; set one up in the browser first.

    Where nothing is set up yet it prints a link to the wizard, and starts the services
    when that is done.

    Args:
        dir: Node directory (or $MAILMAX_DIR; else /var/lib/mailmax).
        setup_listen: Where that wizard is, as ADDRESS:PORT; 127.0.0.1:8080 when
            missing. Elsewhere than on loopback it speaks HTTPS.
    """
    return Exit.USAGE


@app.command
def run(role: Role, *, dir: Path | None = None) -> int:  # noqa: A002, ARG001 - `cli.main`
    """Run one service of a node, as systemd or a container does.

    Args:
        role: Which one.
        dir: Node directory (or $MAILMAX_DIR; else /var/lib/mailmax).
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
        print(f"mailmax: {words_of(error)}", file=sys.stderr)
        return Exit.USAGE
    except Ended as ended:
        return ended.code
    except BrokenPipeError:
        return Exit.DONE
    return code if isinstance(code, int) else Exit.DONE
