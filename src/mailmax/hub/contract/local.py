"""What is asked of a computer: its mailmax.toml, its directories, the database.

Theory:
    Each service can tell of the computer it runs on, so the hub asks one there; of its
    own computer it tells itself. Values are those that hold; where the file says
    something else by now, both are told: the file acts at the next start.

Rules:
    No password is in any of it.

Manual: 3.1, 3.2, 3.3.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.checks import FindingView
from mailmax.hub.contract.message import Denied, Message, Request

Source = Literal["file", "environment", "command_line", "built_in"]
"""mailmax.toml, ``$MAILMAX_DIR``, ``--dir``, or nobody has set anything."""


class LocalValue(msgspec.Struct, frozen=True, array_like=True):
    """A value of mailmax.toml that holds on a computer."""

    key: str
    """As it is written: ``directories.mail``."""
    value: str
    """In JSON; directories are absolute."""
    source: Source
    coming: str = ""
    """In JSON: what the file says now, if that is something else; acts at the next
    start."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """A directory, and the disk below it."""

    key: str
    """As in `LocalValue`."""
    path: str
    disk: str = ""
    """The same for two on one disk."""
    disk_octets: int = 0
    free_octets: int = 0
    trouble: str = ""
    """Why it cannot be looked at; empty: it can."""


class LocalView(Message, frozen=True, array_like=True, tag=450):
    """One computer."""

    node: str
    file: str
    values: tuple[LocalValue, ...]
    places: tuple[Place, ...]
    trouble: str = ""
    """Why the file could not be used at the next start; empty: it could."""
    nodes: tuple[str, ...] = ()
    """All computers with services; the hub says it."""
    findings: tuple[FindingView, ...] = ()
    """What contradicts itself or is a risk there (``mailmax config check``)."""


class AskLocal(Request[LocalView | Denied], frozen=True, array_like=True, tag=451):
    """What holds on a computer?"""

    node: str = ""
    """Empty: the computer of DataMax."""


class RowCount(msgspec.Struct, frozen=True, array_like=True):
    """How many there are of something."""

    kind: str
    rows: int


class DatabaseView(Message, frozen=True, array_like=True, tag=452):
    """The accounts database."""

    engine: Literal["sqlite", "postgresql"]
    version: str
    """Of the engine."""
    place: str
    """File or URL, without a password."""
    octets: int
    schema: str
    """The last migration that it has had."""
    newest_schema: str
    """The last that this version knows."""
    latency_s: float
    """From the question to the answer, measured now."""
    counts: tuple[RowCount, ...]
    backup: str
    """A command that copies it while everything runs."""


class AskDatabase(
    Request[DatabaseView | Denied], frozen=True, array_like=True, tag=453
):
    """How is the accounts database?"""
