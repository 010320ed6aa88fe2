"""The supervisor's keeper: binds what the roles ask for, and keeps it open.

Theory:
    Each role that listens has a line of its own to the supervisor (a socket pair,
    made anew with each fork). Over it go whole packets:

    role says            keeper does                            keeper says
    open ADDRESS PORT    binds, or takes what it kept           ok and the socket, or
                                                                no ERRNO
    open, no such port                                          no ERANGE
    close ADDRESS PORT   closes it
    settled              closes what this role had before its
                         last start and has not asked for again

    A socket is kept through the death of its role: who starts again is given the same
    one, with the clients who knocked meanwhile.

Rules:
    Nothing comes from the network. A role is believed nothing: what is not in the
    table above ends its line, a place that another role has is "in use". Who lost its
    line so is named, to be started again with a new one: without one it cannot serve.
    Whatever a place does to the system's calls, it is answered.

Limits:
    1,000 sockets a role; packets of 200 octets.
"""

import array
import contextlib
import errno
import os
import select
import socket
from dataclasses import dataclass

from mailmax.net.place import Place, Trouble, bind, is_address
from mailmax.settings.host_port import HIGHEST_PORT

_PACKET_OCTETS = 200
_MOST_PLACES = 1000


@dataclass(slots=True)
class _Kept:
    role: str
    sock: socket.socket
    is_wanted: bool = True


class Keeper:
    """All listening sockets of a node, and the lines to the roles that use them."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        """Begin with none.

        Args:
            roles: Who may ask.
        """
        self._roles = roles
        self._kept: dict[Place, _Kept] = {}
        self._lines: dict[str, socket.socket] = {}
        self._their_ends: dict[str, socket.socket] = {}
        self._epoll = select.epoll()

    def fileno(self) -> int:
        """Return what becomes readable when somebody asks."""
        return self._epoll.fileno()

    # Around a fork

    def before_fork(self, role: str) -> None:
        """Lay a new line for a role that is about to start."""
        if role not in self._roles:
            return
        self._hang_up(role)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._lines[role] = ours
        self._their_ends[role] = theirs
        self._epoll.register(ours, select.EPOLLIN)
        for kept in self._kept.values():
            if kept.role == role:
                kept.is_wanted = False

    def in_parent(self) -> None:
        """Let go of the role's end."""
        for end in self._their_ends.values():
            end.close()
        self._their_ends.clear()

    def in_child(self, role: str) -> socket.socket | None:
        """Let go of everything but the role's end; return that."""
        own = self._their_ends.pop(role, None)
        self.close()
        return own

    def let_go(self, role: str) -> None:
        """Close what a role had: it was stopped, and its clients shall not wait."""
        for place in tuple(self._kept):
            self._close(role, place)

    def close(self) -> None:
        """Let go of everything."""
        for kept in self._kept.values():
            kept.sock.close()
        for line in (*self._lines.values(), *self._their_ends.values()):
            line.close()
        self._epoll.close()
        self._kept.clear()
        self._lines.clear()
        self._their_ends.clear()

    # Serving

    def attend(self) -> tuple[str, ...]:
        """Carry out what was asked since; never waits.

        Returns:
            The roles whose line was ended here: they have to be started again.
        """
        ended: list[str] = []
        for fd, _ in self._epoll.poll(0):
            role = next((r for r, s in self._lines.items() if s.fileno() == fd), "")
            if role and not self._answer(role, self._lines[role]):
                self._hang_up(role)
                ended.append(role)
        return tuple(ended)

    def _answer(self, role: str, line: socket.socket) -> bool:
        """Carry out one packet; tell whether the line is still good."""
        try:
            packet = line.recv(_PACKET_OCTETS)
        except OSError as error:
            return error.errno in {errno.EAGAIN, errno.EINTR}
        try:
            match packet.split():
                case [b"open", address, port] if place := _read(address, port):
                    self._open(role, line, place)
                case [b"open", address, port] if _is_no_port(address, port):
                    line.send(b"no %d" % errno.ERANGE)
                case [b"close", address, port] if place := _read(address, port):
                    self._close(role, place)
                case [b"settled"]:
                    self._settle(role)
                case _:
                    return False
        except OSError:  # it does not hear what it asked for
            return False
        return True

    def _open(self, role: str, line: socket.socket, place: Place) -> None:
        found = self._find(role, place)
        if isinstance(found, Trouble):
            line.send(b"no %d" % found.number)
            return
        fds = array.array("i", [found.fileno()])
        line.sendmsg([b"ok"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])

    def _find(self, role: str, place: Place) -> socket.socket | Trouble:
        kept = self._kept.get(place)
        if kept is not None and kept.role != role:
            return Trouble(errno.EADDRINUSE)
        if kept is not None:
            kept.is_wanted = True
            return kept.sock
        if sum(one.role == role for one in self._kept.values()) >= _MOST_PLACES:
            return Trouble(errno.ENFILE)
        try:
            bound = bind(place)
        except (ValueError, OverflowError):  # sockets refuse it before the system
            return Trouble(errno.EINVAL)
        if isinstance(bound, socket.socket):
            self._kept[place] = _Kept(role, bound)
        return bound

    def _close(self, role: str, place: Place) -> None:
        kept = self._kept.get(place)
        if kept is not None and kept.role == role:
            kept.sock.close()
            del self._kept[place]

    def _settle(self, role: str) -> None:
        for place, kept in tuple(self._kept.items()):
            if kept.role == role and not kept.is_wanted:
                self._close(role, place)

    def _hang_up(self, role: str) -> None:
        line = self._lines.pop(role, None)
        if line is not None:
            with contextlib.suppress(OSError):
                self._epoll.unregister(line)
            line.close()


def _read(address: bytes, port: bytes) -> Place | None:
    """Return the place that a packet names; None when it is none."""
    text = os.fsdecode(address)
    if not is_address(text) or not _is_port(port):
        return None
    return Place(text, int(port))


def _is_no_port(address: bytes, port: bytes) -> bool:
    """Tell whether nothing but the number is wrong with a place."""
    return is_address(os.fsdecode(address)) and port.isdigit() and not _is_port(port)


def _is_port(port: bytes) -> bool:
    return port.isdigit() and len(port) <= 5 and 0 < int(port) <= HIGHEST_PORT
