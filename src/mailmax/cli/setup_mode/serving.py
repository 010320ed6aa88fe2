"""The process that serves the wizard: a port, a link on the console, no rights.

Rules:
    On loopback it speaks HTTP, elsewhere TLS alone, with a certificate for this once: a
    password never goes over a network in the clear. Rights are given up before the
    first client; all that is to be read is read before.
"""

import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailmax.base.errors import PermanentFailure
from mailmax.bootstrap.sockets import CannotListenError
from mailmax.cli.answers import Answers
from mailmax.cli.certificate import make_certificate
from mailmax.cli.endings import exit_of
from mailmax.cli.exits import Exit
from mailmax.cli.founder import check_place, on_loopback
from mailmax.cli.service_user import for_a_while
from mailmax.cli.setup_mode.app import PAGE, SetupApp, Wizard
from mailmax.cli.setup_mode.entrance import Entrance
from mailmax.cli.setup_mode.findings import look_around, may_bind_low
from mailmax.cli.setup_mode.founders import Founders
from mailmax.net import privileges, tls
from mailmax.net.place import ANY, Place, Trouble, bind, is_address
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.host_port import split_host_port
from mailmax.settings.web import is_loopback
from mailmax.webadmin.guarded import Connections
from mailmax.webadmin.static import Static

_PATIENCE_S = 5.0
_BACKLOG = 64
_OPTION = "--setup-listen"
_EVERYWHERE = frozenset({ANY, "0.0.0.0", "::"})
"""No address that a browser could be sent to."""


@dataclass(frozen=True, slots=True)
class _Door:
    """Where the wizard is."""

    place: Place
    sock: socket.socket
    tls: ssl.SSLContext | None

    def link(self, token: str) -> str:
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://{self.place}/{'/'.join(PAGE)}?token={token}"


def serve(root: Path, listen: str, lines: tuple[socket.socket, socket.socket]) -> int:
    """Serve the wizard until a system was set up, or somebody ends it.

    Args:
        root: The node directory to be.
        listen: Where, as HOST:PORT; empty: where the web will be.
        lines: To the process that founds (`Founders`).

    Returns:
        The exit code.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # our parent tells us
    try:
        _check_root(root)
        door = _open(listen or on_loopback(0))
    except (PermanentFailure, CannotListenError) as failure:
        print(f"mailmax: {failure}", file=sys.stderr)
        return exit_of(failure)
    is_root = os.geteuid() == 0
    findings = look_around(root, may_bind_low=may_bind_low(), is_root=is_root)
    static = Static()
    static.load()
    privileges.drop(for_a_while(root))
    privileges.stop_with_parent()
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    names = frozenset({socket.gethostname().lower(), findings.host_name} - {""})
    wizard = Wizard(root, findings, names, str(door.place) if listen else "")
    return asyncio.run(_Serving(door, wizard).serve(lines, static))


class _Serving:
    def __init__(self, door: _Door, wizard: Wizard) -> None:
        self._door = door
        self._wizard = wizard
        self._entrance = Entrance()
        self._ended = asyncio.Event()
        self._code = Exit.DONE

    async def serve(
        self, lines: tuple[socket.socket, socket.socket], static: Static
    ) -> int:
        """Serve until the end."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._ended.set)
        app = SetupApp(self._wizard, self._entrance, Founders(*lines), static)
        connections = Connections(app)
        door = self._door
        more: dict[str, Any] = {} if door.tls is None else {"ssl": door.tls}
        server = await loop.create_server(
            connections.make, sock=door.sock, backlog=_BACKLOG, **more
        )

        def leave() -> None:
            server.close()
            connections.take_no_more()

        self._wizard.on_entered = self._say_again
        self._wizard.on_wrong = self._look_at_tries
        self._wizard.on_founded = leave
        self._wizard.on_end = self._ended.set
        self._say()
        await self._ended.wait()
        leave()
        await connections.finish(_PATIENCE_S)
        return self._code

    def _say(self) -> None:
        print(f"Nothing is set up in {self._wizard.root} yet. Open the wizard at")
        print(f"  {self._door.link(self._entrance.token)}", flush=True)
        if self._door.tls is not None:
            print("  (the browser warns once: its certificate is made for this once)")
        print("or end this and run mailmax setup. The link works once.", flush=True)

    def _say_again(self) -> None:
        print("The link was used. Should that not have been you, use this one:")
        print(f"  {self._door.link(self._entrance.token)}", flush=True)

    def _look_at_tries(self) -> None:
        if self._entrance.is_shut:
            print(
                "mailmax: too many wrong links were tried; start it again",
                file=sys.stderr,
                flush=True,
            )
            self._code = Exit.DENIED
            self._ended.set()


def _check_root(root: Path) -> None:
    """Refuse a place of which we know beforehand that it cannot be.

    Raises:
        BadSettings: Says why.
    """
    try:
        bad = check_place(root, Answers(""))
        there = next(one for one in (root, *root.absolute().parents) if one.exists())
        is_closed = not os.access(there, os.W_OK | os.X_OK)
    except PermissionError:
        bad, is_closed = None, True
    if is_closed:
        who = privileges.own_entry().pw_name
        reason = f"{who} may make nothing in {root}"
        cure = "start it as root, or name another directory with --dir"
        raise BadSettings(BadValue("dir", reason, cure)) from PermissionError(str(root))
    if bad is not None:
        raise BadSettings(bad)


def _open(listen: str) -> _Door:
    """Bind the wizard's port.

    Raises:
        BadSettings: That is no address.
        CannotListenError: It cannot be had.
    """
    where = split_host_port(listen)
    if where is None or where[0] in _EVERYWHERE or not is_address(where[0]):
        cure = "give the address that the browser goes to, as in 127.0.0.1:8080"
        raise BadSettings(BadValue(_OPTION, f"{listen!r} is no address and port", cure))
    place = Place(*where)
    context = None if is_loopback(place.address) else _context(place.address)
    sock = bind(place)
    if isinstance(sock, Trouble):
        cure = f"name another, as in {_OPTION} 127.0.0.1:9080"
        raise CannotListenError(
            f"cannot listen on {place} for the wizard: {sock.reason}; {cure}"
        ) from OSError(sock.number, sock.reason)
    return _Door(place, sock, context)


def _context(address: str) -> ssl.SSLContext:
    with tempfile.TemporaryDirectory() as made:
        certificate, key = Path(made) / "cert.pem", Path(made) / "key.pem"
        make_certificate((address,), certificate, key)
        return tls.server_context(certificate, key)
