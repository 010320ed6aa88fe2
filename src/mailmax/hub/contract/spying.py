"""Watching services live: logins, and chosen events (SPY-1, SPY-2).

Theory:
    An administrator's program begins a *watch* and reads it, part by part; a part
    comes as soon as there is something. Logins pass through the hub anyway. Of events
    the hub tells the services concerned what is wanted (`TraceWanted`); they make
    lines of these, and of nothing while nobody watches.

    Each station holds few lines, and who reads too slowly loses some and is told how
    many: nobody waits for a watcher. A watch ends when it is stopped, when the
    connection of who began it ends, or when it was not read for ten minutes.

Limits:
    5,000 lines and 2 MiB wait for a watcher, 500 come at once; 20,000 lines a second
    of a service; 2,000 characters a line.

Manual: 9.2, 11.1.
"""

from typing import Final

import msgspec

from mailmax.hub.contract.message import Denied, Done, Message, Request

MOST_LINES: Final = 500
"""In one part."""


class TraceLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something that happened."""

    at: float
    """Unix time."""
    service: str
    """smtpmax, popmax, imapmax or queuemax."""
    node: str
    session: str
    """Different from all others of the service on that computer; empty: none."""
    peer: str
    """IP address."""
    user: str
    """Address of who has logged in; empty: nobody has."""
    event: str
    """Its name in the catalogue (`observe.events`)."""
    text: str


# Administrators


class Watching(Message, frozen=True, array_like=True, tag=320):
    """A watch has begun."""

    watch_id: int
    running: tuple[str, ...] = ()
    """Where the service runs just now."""


class WatchTrace(Request[Watching | Denied], frozen=True, array_like=True, tag=321):
    """Begin to watch events of a service."""

    service: str
    events: tuple[str, ...]
    """Keys of `observe.events.categories`: one at least."""
    address: str = ""
    """Only clients there; as in IP filters."""
    user: str = ""
    """Only sessions of who has logged in so."""
    session: str = ""
    """Only that one."""


class WatchLogins(Request[Watching | Denied], frozen=True, array_like=True, tag=322):
    """Begin to watch clients of POP3 and IMAP come, log in and go."""


class TracePart(Message, frozen=True, array_like=True, tag=323):
    """What has happened since; nothing, when nothing did for some seconds."""

    lines: tuple[TraceLine, ...]
    lost: int = 0
    """How many more there would have been, before these."""


class ReadTrace(Request[TracePart | Denied], frozen=True, array_like=True, tag=324):
    """Go on watching."""

    watch_id: int


class StopTrace(Request[Done | Denied], frozen=True, array_like=True, tag=325):
    """Watch no more."""

    watch_id: int


class LoginTotal(msgspec.Struct, frozen=True, array_like=True):
    """How it is with one service."""

    service: str
    connected: int
    """Clients that are here now."""
    logged_in: int
    """Those of them who have logged in."""
    connections: int
    """Since the hub started, as the next two."""
    logins: int
    failed: int


class FailingPeer(msgspec.Struct, frozen=True, array_like=True):
    """Whence somebody fails to log in."""

    peer: str
    failed: int


class Failing(msgspec.Struct, frozen=True, array_like=True):
    """Failed logins of a service within the last hour."""

    service: str
    failed: int
    peers: tuple[FailingPeer, ...]
    """Those of the most, five at most."""


class LoginTotals(Message, frozen=True, array_like=True, tag=326):
    """Connections and logins of POP3 and IMAP."""

    since: float
    """Unix time of the hub's start."""
    rows: tuple[LoginTotal, ...]
    failing: tuple[Failing, ...] = ()
    """Of all services at which one logs in, where some have failed."""


class AskLogins(Request[LoginTotals | Denied], frozen=True, array_like=True, tag=327):
    """How many clients were, and are, there?"""


# Services


class Want(msgspec.Struct, frozen=True, array_like=True):
    """What one watcher wants to see."""

    watch_id: int
    events: tuple[str, ...]
    address: str = ""
    user: str = ""
    session: str = ""


class TraceWanted(Message, frozen=True, array_like=True, tag=328):
    """Hub to a service: make lines of this, and of nothing else, from now on."""

    wants: tuple[Want, ...]


class TappedLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A line, and who wants to see it."""

    watches: tuple[int, ...]
    line: TraceLine


class TellTrace(Request[Done | Denied], frozen=True, array_like=True, tag=329):
    """Service to hub: this has happened."""

    lines: tuple[TappedLine, ...]
    lost: tuple[tuple[int, int], ...] = ()
    """Of which watch how many more there would have been."""
