"""The whole suite on one node: bind, fork, keep alive.

Theory:
    What roles share is imported before the first fork, so that it lies in memory
    once. The supervisor holds no secret, opens no database and reads nothing from
    the network.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from mailmax.bootstrap.directories import give_sockets, prepare
from mailmax.bootstrap.node import Node
from mailmax.bootstrap.process import ROLES, STOP_ORDER, run_role
from mailmax.bootstrap.sockets import Sockets, bind, for_role, from_systemd
from mailmax.net.supervise import Supervisor
from mailmax.settings.local import LocalSettings, load_local
from mailmax.store import atomic

_SHARED = (
    "mailmax.hub.client",
    "mailmax.net.listener",
    "mailmax.message.structure",
    "mailmax.store.mailboxes.segments.store",
    "mailmax.store.journal.writer",
)

ExtraRole = Callable[[], None]
"""Something more to run beside the suite (the demo's sink)."""


class AlreadyRunningError(Exception):
    """Another supervisor has this node directory."""


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
        CannotListenError: An address is taken.
        AlreadyRunningError: The suite runs already.
    """
    local = load_local(root)
    prepare(local)
    lock = atomic.Lock.take(local.paths.run / "supervisor.lock")
    if lock is None:
        raise AlreadyRunningError(f"MailMax is running already in {root}")
    sockets = bind(local.listeners)
    give_sockets(local)
    for module in _SHARED:
        import_module(module)
    more = extra or {}

    def run(name: str) -> None:
        if name in more:
            _close_all(sockets, {})
            more[name]()
            return
        own = for_role(sockets, name)
        _close_all(sockets, own)
        node = Node(local, own)
        run_role(name, node, supervised=True, to_terminal=to_terminal)

    Supervisor(
        roles=[*ROLES, *more],
        run=run,
        stop_order=[tuple(more), *STOP_ORDER],
        on_note=_note,
    ).supervise()
    lock.release()


def _note(text: str) -> None:
    sys.stderr.write(f"mailmax: {text}\n")


def run_alone(role: str, root: Path) -> None:
    """Run one role of a node, under systemd or by hand.

    Raises:
        BadSettings: mailmax.toml cannot be used.
        CannotListenError: An address is taken.
    """
    local = load_local(root)
    prepare(local)
    inherited = from_systemd()
    sockets = for_role(inherited, role) if inherited is not None else _own(local, role)
    run_role(role, Node(local, sockets), supervised=False, to_terminal=True)


def _own(local: LocalSettings, role: str) -> Sockets:
    names = for_role({}, role)
    return bind(one for one in local.listeners if one.service in names)


def _close_all(sockets: Sockets, but: Sockets) -> None:
    """Close the sockets of other roles in a freshly forked role."""
    for name, bound in sockets.items():
        if name not in but:
            for sock in bound:
                sock.close()
