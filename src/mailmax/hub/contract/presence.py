"""Who is here: what services tell of themselves, and what administrators see (HUB-3).

Manual: 2.2, 2.3, 4.1.
"""

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.block_lists import BlockListState
from mailmax.hub.contract.message import Denied, Done, Message, Request


class Presence(Request[Done], frozen=True, array_like=True, tag=8):
    """I am here: said on joining, on change, and before the time-out runs out."""

    ready: bool
    sessions: int = 0
    stalls: int = 0
    """How often its event loop stood still (`observe.stalls`)."""
    block_lists: tuple[BlockListState, ...] = ()
    """Of SMTPMax: those it looks clients up in."""
    trouble: str = ""
    """What people should know of it; a line."""


class SessionOpened(Message, frozen=True, array_like=True, tag=14):
    """Notice of a room: somebody is connected. Said again after joining again."""

    session: int
    """Any number, unique in that process."""
    service: str
    """smtp, pop3, imap, lmtp."""
    peer: str
    address: str = ""
    """Who logged in, once known: told by a second `SessionOpened`."""
    since: float = 0.0
    """Unix time; 0: now."""


class SessionClosed(Message, frozen=True, array_like=True, tag=15):
    """Notice of a room: that one is gone."""

    session: int


class ServiceView(msgspec.Struct, frozen=True, array_like=True):
    """A running service."""

    role: str
    node: str
    software: str
    since: float
    """Unix time."""
    ready: bool
    sessions: int
    acknowledged: int
    """Version of the tables it acts by; 0 when it has none."""
    pid: int = 0
    stalls: int = 0
    """How often its event loop stood still for more than 100 ms, since it started."""
    trouble: str = ""
    """What goes wrong there, in its words; a line."""


class Status(Message, frozen=True, array_like=True, tag=80):
    """The state of the hub and who is here."""

    software: str
    since: float
    epoch: bytes
    version: int
    domains: int
    users: int
    services: tuple[ServiceView, ...]
    database: str
    """Kind and place, without credentials."""
    system_name: str = ""
    """What this system is called (manual 4.1)."""
    virus_checker: str = "none"
    """``clamd`` while mail is looked at for viruses."""
    checked_users: int = 0
    """Whose mail is looked at, or would be."""


class AskStatus(Request[Status | Denied], frozen=True, array_like=True, tag=81):
    """How is the hub, and who is here?"""


class SessionView(msgspec.Struct, frozen=True, array_like=True):
    """Somebody who is connected."""

    role: str
    node: str
    service: str
    peer: str
    address: str
    since: float


class SessionPage(Message, frozen=True, array_like=True, tag=82):
    """Part of the list, the oldest first."""

    rows: tuple[SessionView, ...]
    total: int
    next: str = ""


class ListSessions(Request[SessionPage | Denied], frozen=True, array_like=True, tag=83):
    """Who is connected (HUB-3)?"""

    after: str = ""
    limit: int = PAGE_ROWS
