"""This computer's settings: directories, where DataMax is (mailmax.toml).

Theory:
    What must be known before the hub can be asked, and what only makes sense on one
    node. Everything else lies in the database (`settings.system`). Paths in the file
    may be relative to the node directory D that holds the file.

Rules:
    An unknown key or a value of the wrong kind is refused with field, reason and
    cure; nothing is guessed.

Manual: 3, 1.3.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import msgspec

from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.host_port import HIGHEST_PORT, no_listen, split_host_port
from mailmax.settings.toml import parse_toml
from mailmax.settings.web import WebSettings, check_web, web_port

FILE_NAME = "mailmax.toml"
USUAL_ROOT = "/var/lib/mailmax"
"""The node directory where none is named."""

ServiceName = Literal[
    "smtp", "submission", "submissions", "lmtp", "pop3", "pop3s", "imap", "imaps"
]

STANDARD_PORTS: Mapping[ServiceName, int] = {
    "smtp": 25,
    "submission": 587,
    "submissions": 465,
    "pop3": 110,
    "pop3s": 995,
    "imap": 143,
    "imaps": 993,
}
"""LMTP has none: it listens on a Unix socket, and on ports only where asked for."""

SERVICE_NAMES: tuple[ServiceName, ...] = get_args(ServiceName)

LONGEST_SOCKET_OCTETS = 107
"""What Linux takes as the path of a Unix socket."""
_LONGEST_SOCKET = "queuemax.sock"
"""Of those in the run directory."""

HIGHEST_BASE_PORT = HIGHEST_PORT - max(STANDARD_PORTS.values())

MAY_BE_BLANK = ("logs_smtp", "logs_queue", "logs_pop", "logs_imap")
"""Directories of log files that lie in `DirectorySettings.logs` otherwise."""


class DirectorySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where things lie; relative to the node directory."""

    run: str = "run"
    journal: str = "journal"
    mail: str = "mail"
    queue: str = "queue"
    working: str = "working"
    """Files for external programs; emptied at each start."""
    etrn: str = "etrn"
    quarantine: str = "quarantine"
    virus: str = "virus"
    logs: str = "logs"
    logs_smtp: str = ""
    """The log files of one service; empty: they lie in `logs`."""
    logs_queue: str = ""
    logs_pop: str = ""
    logs_imap: str = ""
    data: str = "data"
    tls: str = "tls"
    secrets: str = "secrets"


class HubSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where DataMax is, and where it listens if it runs here."""

    address: str = ""
    """``unix:PATH`` or ``tls:HOST:PORT``; empty: a socket in the run directory."""
    listen: str = ""
    """``HOST:PORT`` for services on other computers (TLS); empty: this node only."""


class ProgramSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """External programs."""

    read: tuple[str, ...] = ()
    """What they may read and execute beside the system's directories."""


FRESHCLAM = ("/usr/bin/freshclam", "--stdout", "--datadir=%d")
LONGEST_HOURS = 24 * 30
_DAY_MINUTES = 24 * 60


class UpdateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How and when the virus definitions of this computer are updated (manual 3.3)."""

    daily_at: str = ""
    """``HH:MM`` of the server's clock; empty: not daily."""
    every_hours: int = 0
    """0: not by hours."""
    on_start: bool = False
    """When SMTPMax starts: the first look at a message waits for it."""
    command: tuple[str, ...] = FRESHCLAM
    """The program's whole path and its arguments, no shell; ``%d`` is the directory."""
    timeout_minutes: int = 5


class LocalFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it is written."""

    node: str = ""
    base_port: int = 0
    trust_loopback: bool = False
    run_as: str = ""
    """User that the roles become when root starts them; empty: they stay, without
    any capability."""
    database_url: str = ""
    hub: HubSettings = HubSettings()
    directories: DirectorySettings = DirectorySettings()
    programs: ProgramSettings = ProgramSettings()
    virus_updates: UpdateSettings = UpdateSettings()
    web: WebSettings = WebSettings()


@dataclass(frozen=True, slots=True)
class Paths:
    """The directories of a node, absolute."""

    root: Path
    run: Path
    journal: Path
    mail: Path
    queue: Path
    working: Path
    etrn: Path
    quarantine: Path
    virus: Path
    logs: Path
    logs_smtp: Path
    logs_queue: Path
    logs_pop: Path
    logs_imap: Path
    data: Path
    tls: Path
    secrets: Path

    @property
    def host_password(self) -> Path:
        """The file that holds the host password."""
        return self.secrets / "host-password"

    def logs_of(self, name: str) -> Path:
        """Return the directory of a service's log files.

        Args:
            name: What the service is called in logs: ``smtp``.
        """
        found: Path = getattr(self, f"logs_{name}")
        return found

    @property
    def stopped(self) -> Path:
        """Where it stands which services are not to run (`datamax.stopped`)."""
        return self.data / "stopped"

    @property
    def lmtp_socket(self) -> Path:
        """Where LMTP listens for programs of this computer."""
        return self.run / "lmtp.sock"

    @property
    def certificate(self) -> Path:
        """PEM: certificate chain."""
        return self.tls / "cert.pem"

    @property
    def private_key(self) -> Path:
        """PEM: private key, readable by its owner only."""
        return self.tls / "key.pem"


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """The file, with every path absolute."""

    node: str
    """Name of this computer among the services' hosts."""
    base_port: int
    """Added to every default port here."""
    trust_loopback: bool
    run_as: str
    database_url: str
    """``sqlite:///absolute/path`` or ``postgresql://…``."""
    hub_address: str
    hub_listen: str
    paths: Paths
    virus_updates: UpdateSettings
    written: LocalFile
    """What the file said."""
    web_listen: tuple[tuple[str, int], ...] = ()
    """Address and port of each place where the web listens."""
    web_names: tuple[str, ...] = ()
    web_proxies: tuple[str, ...] = ()
    """Names of the web, in lower case."""
    programs_read: tuple[str, ...] = ()
    """What external programs may read beside the system's directories."""


def load_local(root: Path) -> LocalSettings:
    """Read the settings of the node directory `root`.

    Args:
        root: The node directory D.

    Raises:
        BadSettings: There is no file, or something in it cannot be used.
    """
    file = root / FILE_NAME
    try:
        octets = file.read_bytes()
    except FileNotFoundError:
        bad = BadValue(
            FILE_NAME,
            f"there is none in {root}",
            f"make one with: mailmax setup --dir {root}",
        )
        raise BadSettings(bad) from None
    except OSError as error:
        bad = BadValue(FILE_NAME, error.strerror or "cannot be read", f"look at {file}")
        raise BadSettings(bad) from error
    parsed = parse_local(octets)
    if isinstance(parsed, BadValue):
        raise BadSettings(parsed, str(file))
    return resolve_local(parsed, root)


def parse_local(octets: bytes) -> LocalFile | BadValue:
    """Make a checked `LocalFile` of TOML."""
    parsed = parse_toml(
        octets, LocalFile, FILE_NAME, "see docs/reference/mailmax.toml.md"
    )
    if isinstance(parsed, BadValue):
        return parsed
    return _first_bad(parsed) or parsed


def resolve_local(parsed: LocalFile, root: Path) -> LocalSettings:
    """Make every path of the file absolute, below `root` where it was relative."""
    root = root.absolute()
    wanted = msgspec.structs.asdict(parsed.directories)
    wanted |= {name: wanted[name] or wanted["logs"] for name in MAY_BE_BLANK}
    paths = Paths(root, **{name: root / path for name, path in wanted.items()})
    return LocalSettings(
        node=parsed.node,
        base_port=parsed.base_port,
        trust_loopback=parsed.trust_loopback,
        run_as=parsed.run_as,
        database_url=parsed.database_url or f"sqlite:///{paths.data / 'mailmax.db'}",
        hub_address=_absolute_door(
            parsed.hub.address or f"unix:{paths.run / 'datamax.sock'}", root
        ),
        hub_listen=parsed.hub.listen,
        paths=paths,
        programs_read=parsed.programs.read,
        virus_updates=parsed.virus_updates,
        web_listen=_web_places(parsed),
        web_names=tuple(name.lower() for name in parsed.web.names),
        web_proxies=parsed.web.proxies,
        written=parsed,
    )


def check_directories(directories: DirectorySettings) -> BadValue | None:
    """Say what is wrong with the directories; None when nothing is."""
    for name, path in msgspec.structs.asdict(directories).items():
        if "\0" in path or not (path or name in MAY_BE_BLANK):
            return BadValue(f"directories.{name}", "it is blank", "name a directory")
    return None


def check_sockets(paths: Paths) -> BadValue | None:
    """Say whether the paths of sockets would be too long; None when they are not."""
    room = LONGEST_SOCKET_OCTETS - len(os.fsencode(f"/{_LONGEST_SOCKET}"))
    octets = len(os.fsencode(paths.run))
    if octets <= room:
        return None
    return BadValue(
        "directories.run",
        f"{paths.run} has {octets} octets, and the system takes {room} for sockets",
        "name a shorter one, or a shorter node directory",
    )


def _first_bad(parsed: LocalFile) -> BadValue | None:
    if not 0 <= parsed.base_port <= HIGHEST_BASE_PORT:
        return BadValue(
            "base_port",
            f"{parsed.base_port} leaves no room for the ports above it",
            f"give 0 (standard ports) to {HIGHEST_BASE_PORT}",
        )
    if parsed.hub.address and not _is_door(parsed.hub.address):
        return BadValue(
            "hub.address",
            f"{parsed.hub.address!r} is no place to find DataMax",
            "give unix:PATH or tls:HOST:PORT",
        )
    if parsed.hub.listen and split_host_port(parsed.hub.listen) is None:
        return no_listen("hub.listen", parsed.hub.listen)
    return (
        check_directories(parsed.directories)
        or _check_programs(parsed.programs)
        or _check_updates(parsed.virus_updates)
        or check_web(parsed.web)
    )


def _check_programs(programs: ProgramSettings) -> BadValue | None:
    for path in programs.read:
        if not path.startswith("/") or "\0" in path or ".." in path.split("/"):
            cure = "give absolute paths, without .."
            return BadValue("programs.read", f"{path!r} is no absolute path", cure)
    return None


def second_of_day(text: str) -> int | None:
    """Return the seconds after midnight of an ``HH:MM``; None: it is none."""
    hours, colon, minutes = text.partition(":")
    parts = (hours, minutes)
    if not colon or not all(p.isascii() and p.isdecimal() for p in parts):
        return None
    if not 1 <= len(hours) <= 2 or len(minutes) != 2 or int(minutes) > 59:
        return None
    found = int(hours) * 60 + int(minutes)
    return found * 60 if found < _DAY_MINUTES else None


def _check_updates(updates: UpdateSettings) -> BadValue | None:
    where = "virus_updates"
    if updates.daily_at and second_of_day(updates.daily_at) is None:
        why = f"{updates.daily_at!r} is no time of the day"
        return BadValue(f"{where}.daily_at", why, "give HH:MM, as in 03:30")
    if not 0 <= updates.every_hours <= LONGEST_HOURS:
        why = f"{updates.every_hours} is not in the bounds"
        return BadValue(f"{where}.every_hours", why, f"give 0 to {LONGEST_HOURS}")
    if not 1 <= updates.timeout_minutes <= 60:
        why = f"{updates.timeout_minutes} is not in the bounds"
        return BadValue(f"{where}.timeout_minutes", why, "give 1 to 60")
    if not updates.command or not updates.command[0].startswith("/"):
        cure = "give the whole path of a program, and its arguments, as a list"
        return BadValue(f"{where}.command", "it names no program", cure)
    return None


def _web_places(parsed: LocalFile) -> tuple[tuple[str, int], ...]:
    if parsed.web.listen is None:
        return (("127.0.0.1", web_port(parsed.base_port)),)
    places = (split_host_port(text) for text in parsed.web.listen)
    return tuple(place for place in places if place is not None)


def _is_door(address: str) -> bool:
    kind, _, rest = address.partition(":")
    if kind == "unix":
        return bool(rest)
    return kind == "tls" and split_host_port(rest) is not None


def _absolute_door(address: str, root: Path) -> str:
    kind, _, rest = address.partition(":")
    return f"unix:{root / rest}" if kind == "unix" else address
