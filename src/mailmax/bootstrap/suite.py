"""The whole suite on one node: bind, fork, keep alive.

Theory:
    What roles share is imported before the first fork, so that it lies in memory
    once. The supervisor holds no secret, opens no database and reads nothing from
    the network. It binds the ports that the roles ask for, and keeps them.
"""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from mailmax.base.roles import ROLES
from mailmax.bootstrap import only_one
from mailmax.bootstrap.directories import give_lmtp_socket, prepare
from mailmax.bootstrap.node import Node
from mailmax.bootstrap.process import STOP_ORDER, run_role
from mailmax.bootstrap.sockets import (
    LISTENING,
    LMTP_ROLE,
    bind_lmtp,
    from_systemd,
)
from mailmax.bootstrap.wanted import Wanted
from mailmax.net import privileges
from mailmax.net.keeper import Keeper
from mailmax.net.place import place_of
from mailmax.net.sources import KeptSockets, OwnSockets
from mailmax.net.supervise import Supervisor
from mailmax.observe.operational import Notes
from mailmax.settings.local import load_local

_SHARED = (
    "mailmax.hub.client",
    "mailmax.net.listener",
    "mailmax.message.structure",
    "mailmax.store.mailboxes.segments.store",
    "mailmax.store.journal.writer",
)

_HUB = "datamax"
"""It is not stopped alone: nobody could start it again."""


@dataclass(frozen=True, slots=True)
class ExtraRole:
    """Something more to run beside the suite (the demo's sink)."""

    run: Callable[[], None]
    """Called as the service user."""
    bound: socket.socket
    """Bound before the start; kept from the other roles."""


def serve(
    root: Path,
    *,
    extra: Mapping[str, ExtraRole] | None = None,
    to_terminal: bool = True,
) -> None:
    """Run every role of the node directory `root` until SIGTERM or Ctrl-C.

    Args:
        root: The node directory D.
        extra: More processes to keep alive, by name.
        to_terminal: Log to standard error too.

    Raises:
        BadSettings: mailmax.toml cannot be used.
        CannotListenError: LMTP's path cannot be used.
        AlreadyRunningError: The suite runs already, or a part of it does not end.
    """
    local = load_local(root)
    prepare(local)
    more = extra or {}
    note = Notes(local.paths.logs)
    names = [*ROLES, *more]
    only = only_one.take(local.paths.run / "supervisor.lock", root, names, note)
    lmtp = bind_lmtp(local.paths.lmtp_socket)
    give_lmtp_socket(local)
    keeper = Keeper(LISTENING)
    for module in _SHARED:
        import_module(module)

    def run(name: str) -> None:
        only.enter(name)
        line = keeper.in_child(name)
        if name != LMTP_ROLE:
            lmtp.close()
        for other, role in more.items():
            if other != name:
                role.bound.close()
        if name in more:
            privileges.drop(local.run_as)
            privileges.stop_with_parent()
            more[name].run()
            return
        source = KeptSockets(line) if line is not None else OwnSockets()
        bound = [lmtp] if name == LMTP_ROLE else []
        node = Node(local, bound, source, is_supervised=True)
        run_role(name, node, supervised=True, to_terminal=to_terminal)

    Supervisor(
        roles=names,
        run=run,
        stop_order=[tuple(more), *STOP_ORDER],
        on_note=note,
        keeper=keeper,
        may_run=Wanted(local.paths.stopped, _HUB, note),
    ).supervise()
    only.release()


def run_alone(role: str, root: Path) -> None:
    """Run one role of a node, under systemd or by hand.

    Ports that systemd has not opened are bound by the role itself.

    Raises:
        BadSettings: mailmax.toml cannot be used.
        CannotListenError: LMTP's path cannot be used.
    """
    local = load_local(root)
    prepare(local)
    inherited = from_systemd()
    lmtp = [sock for sock in inherited if place_of(sock) is None]
    if role == LMTP_ROLE and not lmtp:
        lmtp = [bind_lmtp(local.paths.lmtp_socket)]
        give_lmtp_socket(local)
    node = Node(local, lmtp, OwnSockets(inherited))
    run_role(role, node, supervised=False, to_terminal=True)
