"""What a computer tells of itself, so that the wizard need not ask.

Limits:
    50 addresses; those of IPv6 that are no link's and not loopback.

See Also:
    proc(5): ``/proc/net/fib_trie``, ``/proc/net/if_inet6``.
"""

import errno
import ipaddress
import re
import shutil
import socket
from pathlib import Path

import msgspec

from mailmax.cli.answers import Answers
from mailmax.cli.founder import own_name, paths_of
from mailmax.net.place import ANY, Place, Trouble, bind
from mailmax.net.resolver import own_name_servers
from mailmax.settings.local import STANDARD_PORTS

_LOCAL_V4 = re.compile(r"\|-- ([\d.]+)\n\s+/32 host LOCAL")
_GLOBAL_SCOPE = "00"
_MOST_ADDRESSES = 50
_LOW_PORT = 25
_HIGH_BASE_PORT = 2000
_KNOCK_S = 0.2
ROOMS = ("mail", "queue", "journal", "logs", "data")
"""Directories whose disks fill."""


class Findings(msgspec.Struct, frozen=True):
    """What was found here."""

    root: str
    """The node directory to be."""
    host_name: str
    """Empty: this computer has no whole name."""
    addresses: list[str]
    name_servers: list[str]
    base_port: int
    """0 where the standard ports may be had."""
    is_root: bool
    """The services can become another user."""


class Room(msgspec.Struct, frozen=True):
    """Where something would lie, and what is free there."""

    path: str
    free_octets: int
    disk_octets: int


def look_around(root: Path, *, may_bind_low: bool, is_root: bool) -> Findings:
    """Return what is found on this computer."""
    return Findings(
        str(root.absolute()),
        own_name(),
        own_addresses(),
        [address for address, _ in own_name_servers()],
        0 if may_bind_low else _HIGH_BASE_PORT,
        is_root,
    )


def may_bind_low() -> bool:
    """Tell whether whoever starts the services may have the standard ports."""
    found = bind(Place("127.0.0.1", _LOW_PORT))
    if isinstance(found, Trouble):
        return found.number != errno.EACCES
    found.close()
    return True


def own_addresses(net: Path = Path("/proc/net")) -> list[str]:
    """Return the addresses of this computer, without loopback."""
    v4 = _LOCAL_V4.findall(_read(net / "fib_trie"))
    v6 = [
        str(ipaddress.IPv6Address(bytes.fromhex(words[0])))
        for words in map(str.split, _read(net / "if_inet6").splitlines())
        if len(words) > 3 and words[3] == _GLOBAL_SCOPE
    ]
    own = (one for one in (*v4, *v6) if not ipaddress.ip_address(one).is_loopback)
    return list(dict.fromkeys(own))[:_MOST_ADDRESSES]


def rooms(root: Path, answers: Answers) -> dict[str, Room]:
    """Return how much is free where the directories would be."""
    paths = paths_of(root, answers)
    found = {}
    for name in ("root", *ROOMS):
        path: Path = getattr(paths, name)
        there = next((one for one in (path, *path.parents) if _is_seen(one)), None)
        if there is not None:
            disk = shutil.disk_usage(there)
            found[name] = Room(str(path), disk.free, disk.total)
    return found


def taken_ports(answers: Answers) -> list[int]:
    """Return the ports of the services at which another program answers already."""
    address = "127.0.0.1" if answers.ip == ANY else answers.ip
    ports = (answers.base_port + port for port in STANDARD_PORTS.values())
    return [port for port in ports if _answers(address, port)]


def _answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), _KNOCK_S).close()
    except OSError:
        return False
    return True


def _is_seen(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
