"""One role as a process: from the fork (or systemd) to its last breath.

Theory:
    Give up privileges, begin the log, start the loop, build the role, serve until
    SIGTERM (or until the role itself gives up), stop in good order. What a role
    needs is imported here and by its own builder only, so that POPMax does not carry
    SQLAlchemy.
"""

import asyncio
import logging
import resource
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import uvloop

from mailmax.base.errors import Failure
from mailmax.bootstrap.node import Node, Service
from mailmax.net import priority, privileges
from mailmax.net.supervise import has_terminal
from mailmax.observe import operational, stalls

STOP_ORDER = (
    ("webadmin", "housekeeping", "smtpmax", "popmax", "imapmax"),
    ("queuemax", "filer"),
    ("datamax",),
)
"""First who takes mail in, last who is asked."""

BEHIND = frozenset({"filer", "queuemax", "housekeeping"})
"""They work behind the scenes, while others answer somebody (`net.priority`)."""

AT_LEISURE = frozenset({"housekeeping"})
"""They work when nobody else does."""

EXIT_REFUSED = 78
"""sysexits' EX_CONFIG: trying again will not help until somebody acts."""

Build = Callable[[Node], Awaitable[Service]]

_log = logging.getLogger("mailmax")


def run_role(role: str, node: Node, *, supervised: bool, to_terminal: bool) -> None:
    """Run one role until it is asked to stop.

    Args:
        role: One of `ROLES`.
        node: Settings and sockets.
        supervised: A supervisor started us: stop when it is gone.
        to_terminal: Log to standard error too.
    """
    _show_name(role)
    privileges.drop(node.local.run_as, may_bind=not supervised)
    if supervised:
        privileges.stop_with_parent()
    if role in BEHIND:
        priority.give_way()
    if role in AT_LEISURE:
        priority.go_last()
    _open_many_files()
    operational.start(role, node.local.paths.logs, to_terminal=to_terminal)
    build: Build = import_module(f"mailmax.bootstrap.roles.{role}").build
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_live(role, build, node, supervised=supervised))
    except Failure as failure:
        _log.critical("%s cannot run: %s", role, failure.text)
        sys.exit(EXIT_REFUSED)


def _show_name(role: str) -> None:
    """Have `top`, `ps -o comm` and `pgrep` tell the roles apart.

    Afterwards the file is root's (`privileges.drop`).
    """
    with suppress(OSError):
        Path("/proc/self/comm").write_text(role)


def _open_many_files() -> None:
    """Use all the descriptors that the system allows: each client needs one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _live(role: str, build: Build, node: Node, *, supervised: bool) -> None:
    loop = asyncio.get_running_loop()
    asked_to_stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, asked_to_stop.set)
    if not supervised:
        loop.add_signal_handler(signal.SIGINT, asked_to_stop.set)
        hung_up = asked_to_stop.set if has_terminal() else _go_on
        loop.add_signal_handler(signal.SIGHUP, hung_up)
    broken: asyncio.Future[None] = loop.create_future()
    node = replace(node, give_up=lambda error: _fail(broken, error))
    building = asyncio.ensure_future(_start(build, node))
    stopping = asyncio.ensure_future(asked_to_stop.wait())
    await asyncio.wait([building, stopping], return_when=asyncio.FIRST_COMPLETED)
    if not building.done():
        building.cancel()
        await asyncio.gather(building, return_exceptions=True)
        return
    service = building.result()
    _log.info("%s serves", role)
    watching = stalls.watch()
    ends: list[asyncio.Future[Any]] = [stopping, broken]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    await service.stop()
    watching.stop()
    _log.info("%s has stopped", role)
    if broken.done() and (error := broken.exception()) is not None:
        raise RuntimeError(f"{role} could not go on") from error


def _fail(broken: "asyncio.Future[None]", error: BaseException) -> None:
    if not broken.done():
        broken.set_exception(error)


def _go_on() -> None:
    """There is nothing to read again: settings act by themselves."""


async def _start(build: Build, node: Node) -> Service:
    service = await build(node)
    await service.start()
    return service
